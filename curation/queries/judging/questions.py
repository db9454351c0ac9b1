"""What a judge can be asked about a response set: pairs of answers, with the texts that a question needs."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from curation.models import ModelVersion, Prompt, Response, ResponseSet, ResponseSetEntry
from curation.queries.corpus.texts import prompt_texts, response_texts
from language_models.judges.contract import PairQuestion, Turn

# Pairs whose texts are read at once.
CHUNK_PAIRS = 50
# Of further answers to a prompt so many are shown beside the two, the newest.
MOST_OTHERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPair:
    """Two answers to a prompt, by id, with the wishes that they are weighed against, and the pair that they are."""

    prompt: int
    response_a: int
    response_b: int
    checklist: tuple[str, ...] = ()
    preference_pair: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPairs:
    """The pairs of a set that a judge can be asked about, and how many prompts are left out, by a short code.

    These are `unanswered`, where one of the two gave no answer, and `same_text`, where there is nothing to tell apart.
    """

    pairs: list[AnswerPair] = field(default_factory=list)
    left_out: Mapping[str, int] = field(default_factory=dict)


def contestants(response_set: ResponseSet) -> list[ModelVersion]:
    """Return the models that were asked for the answers of a set, the one known longest first."""
    return list(
        ModelVersion.objects.filter(
            pk__in=ResponseSetEntry.objects.filter(response_set=response_set).values("model_version")
        ).order_by("id")
    )


def answer_pairs(
    response_set: ResponseSet,
    *,
    models: tuple[ModelVersion, ModelVersion],
    checklists: Mapping[int, Sequence[str]],
) -> AnswerPairs:
    """Pair two models' answers to each prompt, the first of one with the first of the other and so on.

    `checklists` are wishes by the prompt's id.
    """
    first, second = (_given(response_set, model) for model in models)
    pairs: list[AnswerPair] = []
    left_out: Counter[str] = Counter()
    for place in sorted(_places(response_set, models)):
        if place not in first or place not in second:
            left_out["unanswered"] += 1
            continue
        (one, one_text), (other, other_text) = first[place], second[place]
        if one_text == other_text:
            left_out["same_text"] += 1
            continue
        checklist = tuple(checklists.get(place[0], ()))
        pairs.append(AnswerPair(prompt=place[0], response_a=one, response_b=other, checklist=checklist))
    return AnswerPairs(pairs=pairs, left_out=dict(left_out))


def _standing(response_set: ResponseSet) -> QuerySet[ResponseSetEntry]:
    return ResponseSetEntry.objects.filter(
        response_set=response_set, prompt__conversation__withdrawn_at__isnull=True
    )


def _places(response_set: ResponseSet, models: Iterable[ModelVersion]) -> set[tuple[int, int]]:
    """Return (prompt, number) of every answer that was wanted of these models."""
    rows = _standing(response_set).filter(model_version__in=list(models))
    return set(rows.values_list("prompt_id", "number"))


def _given(response_set: ResponseSet, model: ModelVersion) -> dict[tuple[int, int], tuple[int, str]]:
    """Return a model's answers as (prompt, number) → (id, hash of the text)."""
    rows = _standing(response_set).filter(model_version=model, state=ResponseSetEntry.State.GIVEN)
    found = rows.values_list("prompt_id", "number", "response__id", "response__content_hash")
    return {(prompt, number): (response, text) for prompt, number, response, text in found}


def pair_questions(pairs: Sequence[AnswerPair], *, reads: Collection[str] = ()) -> list[PairQuestion | None]:
    """Return what a judge is asked about each pair; None where texts were withdrawn.

    `reads` names the extras that the judge weighs: a "reference" is what a person made of an answer to the prompt, and
    "others" are further answers to it.
    """
    prompts = prompt_texts(pair.prompt for pair in pairs)
    extras = _extras(pairs, reads=reads)
    answers = response_texts(_wanted(pairs, extras))
    gone = _withdrawn(prompts)
    return [
        None
        if pair.prompt in gone or pair.prompt not in prompts
        else PairQuestion(
            prompt=tuple(
                Turn(role=each["role"], text=each["content"]) for each in prompts[pair.prompt].messages
            ),
            answer_a=answers.get(pair.response_a, ""),
            answer_b=answers.get(pair.response_b, ""),
            checklist=pair.checklist,
            reference=answers.get(extra.reference or 0, ""),
            others=tuple(filter(None, (answers.get(key, "") for key in extra.others))),
            sources=(prompts[pair.prompt].conversation_id,),
        )
        for pair, extra in zip(pairs, extras, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extra:
    """Further answers to a pair's prompt, by id."""

    reference: int | None = None
    others: tuple[int, ...] = ()


def _extras(pairs: Sequence[AnswerPair], *, reads: Collection[str]) -> list[_Extra]:
    """Return the extras of each pair: the newest answer that a person wrote, and the others, the newest first."""
    if not {"reference", "others"} & set(reads):
        return [_Extra() for _pair in pairs]
    by_prompt: dict[int, list[tuple[int, str]]] = {}
    rows = Response.objects.filter(prompt__in={pair.prompt for pair in pairs}).order_by("-id")
    for prompt, response, origin in rows.values_list("prompt_id", "id", "origin"):
        by_prompt.setdefault(prompt, []).append((response, origin))
    return [_extra(pair, by_prompt.get(pair.prompt, []), reads=reads) for pair in pairs]


def _extra(pair: AnswerPair, known: Sequence[tuple[int, str]], *, reads: Collection[str]) -> _Extra:
    further = [(key, origin) for key, origin in known if key not in (pair.response_a, pair.response_b)]
    written = [key for key, origin in further if origin == Response.Origin.EDITED]
    return _Extra(
        reference=written[0] if written and "reference" in reads else None,
        others=tuple(key for key, _origin in further[:MOST_OTHERS]) if "others" in reads else (),
    )


def _wanted(pairs: Sequence[AnswerPair], extras: Sequence[_Extra]) -> Iterator[int]:
    for pair, extra in zip(pairs, extras, strict=True):
        yield from (pair.response_a, pair.response_b, *extra.others)
        if extra.reference is not None:
            yield extra.reference


def _withdrawn(prompts: Iterable[int]) -> set[int]:
    gone = Prompt.objects.filter(pk__in=list(prompts), conversation__withdrawn_at__isnull=False)
    return set(gone.values_list("id", flat=True))
