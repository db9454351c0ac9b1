"""What a judge can be asked about a response set: pairs of answers, with the texts that a question needs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from curation.models import ModelVersion, Prompt, ResponseSet, ResponseSetEntry
from curation.queries.corpus.texts import prompt_texts, response_texts
from language_models.judges.contract import PairQuestion, Turn

# Pairs whose texts are read at once.
CHUNK_PAIRS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPair:
    """Two answers to a prompt, by id, with the wishes that they are weighed against."""

    prompt: int
    response_a: int
    response_b: int
    checklist: tuple[str, ...] = ()


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


def pair_questions(pairs: Sequence[AnswerPair]) -> list[PairQuestion | None]:
    """Return what a judge is asked about each pair; None where texts were withdrawn."""
    prompts = prompt_texts(pair.prompt for pair in pairs)
    answers = response_texts(key for pair in pairs for key in (pair.response_a, pair.response_b))
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
            sources=(prompts[pair.prompt].conversation_id,),
        )
        for pair in pairs
    ]


def _withdrawn(prompts: Iterable[int]) -> set[int]:
    gone = Prompt.objects.filter(pk__in=list(prompts), conversation__withdrawn_at__isnull=False)
    return set(gone.values_list("id", flat=True))
