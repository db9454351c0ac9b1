"""What a recipe may judge candidates by, fetched a chunk at a time in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.errors import RecipeError
from curation.domain.exporters.dataset_rows import SideRecord, side_as_json, vote_as_json
from curation.domain.versions.recipe_rows import (
    MeasuredBy,
    RecipeRow,
    RowFacts,
    RowKeys,
    StoredTurns,
    side_text,
)
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import (
    CommercialUse,
    Conversation,
    Evidence,
    MessageEmbedding,
    MessageTopic,
    Project,
    Response,
    ResponseSet,
    ResponseSetEntry,
    Tag,
)
from curation.queries.corpus.saved_views import conversations_of_view, views_of
from curation.queries.corpus.texts import PromptTurns, prompt_turns
from curation.queries.scoring.measures import values_by_response
from curation.queries.scoring.recipe_measures import Measure, measures_of_recipe
from curation.queries.versions.answer_facts import AnswerFacts, answer_facts, barred_by_writer
from curation.queries.versions.candidates import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of a conversation; of its answers, those in a prompt are barred by their writer as well."""

    key: str
    user: str
    language: str
    barred_by: str
    answers_barred_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Everything that the candidates of a chunk refer to, by id."""

    prompts: dict[int, PromptTurns]
    answers: dict[int, AnswerFacts]
    origins: dict[int, Origin]
    tags: dict[int, frozenset[str]]
    topics: dict[int, str]
    vectors: dict[int, Any]
    in_view: set[int] | None
    in_evaluation: set[int]
    evaluated: set[int]
    evidence: dict[int, list[Evidence]]
    measures: Sequence[Measure]
    measured: Mapping[tuple[int, int], float]


def rows_of(project: Project, chosen: Sequence[Candidate], *, recipe: DatasetRecipe) -> list[RecipeRow]:
    """Return candidates with their texts and what is known of them."""
    chunk = _fetched(project, [candidate.keys for candidate in chosen], recipe)
    return [_row_of(candidate, chunk) for candidate in chosen]


def _fetched(project: Project, keys: Sequence[RowKeys], recipe: DatasetRecipe) -> Chunk:
    prompts = prompt_turns(
        prompt for row in keys for prompt in (row.prompt, row.rejected_prompt) if prompt is not None
    )
    answer_ids = {answer for row in keys for answer in (row.chosen, row.rejected) if answer is not None}
    conversations = {prompt.conversation_id for prompt in prompts.values()}
    last = {prompt.last_message_id for prompt in prompts.values()}
    pairs = {row.pair for row in keys if row.pair is not None}
    return Chunk(
        prompts=prompts,
        answers=answer_facts(answer_ids),
        origins=_origins(conversations),
        tags=_tags(conversations),
        topics=_topics(last) if "topic" in recipe.caps else {},
        vectors=_vectors(last) if recipe.decontaminate else {},
        in_view=_in_view(project, conversations, recipe.view) if recipe.view else None,
        in_evaluation=_in_evaluation(answer_ids),
        evaluated=_evaluated(conversations),
        evidence=_evidence(pairs),
        measures=(measures := measures_of_recipe(project, recipe)),
        measured=_measured(measures, keys),
    )


def _measured(measures: Sequence[Measure], keys: Sequence[RowKeys]) -> Mapping[tuple[int, int], float]:
    chosen = [row.chosen for row in keys if row.chosen is not None]
    return values_by_response({measure.scorer_id for measure in measures}, chosen) if measures else {}


def _origins(conversations: Iterable[int]) -> dict[int, Origin]:
    rows = Conversation.objects.filter(pk__in=conversations).values_list(
        *("id", "content_hash", "source_user__pseudonym", "language"),
        *("batch__commercial_use", "model_version__commercial_use"),
    )
    return {
        conversation: Origin(
            key=f"{key}/{user or ''}",
            user=user or "",
            language=language,
            barred_by="" if use == CommercialUse.ALLOWED else "source",
            answers_barred_by=barred_by_writer(use_of_answers),
        )
        for conversation, key, user, language, use, use_of_answers in rows
    }


def _tags(conversations: Iterable[int]) -> dict[int, frozenset[str]]:
    names: dict[int, set[str]] = defaultdict(set)
    rows = Tag.objects.filter(conversation_id__in=conversations)
    for conversation, name in rows.values_list("conversation_id", "name"):
        names[conversation].add(name)
    return {conversation: frozenset(found) for conversation, found in names.items()}


def _topics(messages: Iterable[int]) -> dict[int, str]:
    rows = MessageTopic.objects.filter(message_id__in=messages)
    return dict(rows.values_list("message_id", "topic__name"))


def _vectors(messages: Iterable[int]) -> dict[int, Any]:
    rows = MessageEmbedding.objects.filter(message_id__in=messages)
    return {message: vector.to_numpy() for message, vector in rows.values_list("message_id", "vector")}


def _in_view(project: Project, conversations: Iterable[int], name: str) -> set[int]:
    view = views_of(project).filter(name=name).first()
    if view is None:
        raise RecipeError(
            _("The recipe asks for the saved view %(name)s, which this project does not have.")
            % {"name": name}
        )
    return set(conversations_of_view(view).filter(pk__in=conversations).values_list("id", flat=True))


def _in_evaluation(answers: Iterable[int]) -> set[int]:
    entries = ResponseSetEntry.objects.filter(
        response_id__in=answers, response_set__purpose=ResponseSet.Purpose.EVALUATION
    )
    return set(entries.values_list("response_id", flat=True))


def _evaluated(conversations: Iterable[int]) -> set[int]:
    """Return those of these conversations that a standing set asks about, to evaluate models on."""
    entries = ResponseSetEntry.objects.filter(
        prompt__conversation__in=conversations,
        response_set__purpose=ResponseSet.Purpose.EVALUATION,
        response_set__archived_at__isnull=True,
    )
    return set(entries.values_list("prompt__conversation", flat=True).distinct())


def _evidence(pairs: Iterable[int]) -> dict[int, list[Evidence]]:
    notes: dict[int, list[Evidence]] = defaultdict(list)
    rows = Evidence.objects.filter(pair_id__in=pairs).only(
        "pair_id", "kind", "criterion", "source_name", "wording_version"
    )
    for note in rows.order_by("id"):
        notes[note.pair_id or 0].append(note)
    return notes


def _row_of(candidate: Candidate, chunk: Chunk) -> RecipeRow:
    candidate = _in_order(candidate, chunk)
    keys = candidate.keys
    joint = chunk.prompts[keys.rejected_prompt].turns if keys.rejected_prompt is not None else []
    return RecipeRow(
        keys=keys,
        prompt=chunk.prompts[keys.prompt].turns,
        rejected_prompt=joint,
        chosen=_turns_of(keys.chosen, chunk),
        rejected=_turns_of(keys.rejected, chunk),
        decided_by=candidate.decided_by,
        source=candidate.source[:60],
        confidence=candidate.confidence,
        is_blind=candidate.is_blind,
        is_tie=candidate.is_tie,
        strength=candidate.strength,
        weight=_weight_of(candidate, chunk),
        facts=_facts_of(candidate, chunk),
        values=_values_of(candidate, chunk),
    )


def _said_by_measures(candidate: Candidate, chunk: Chunk) -> tuple[MeasuredBy, ...]:
    chosen = candidate.keys.chosen
    if chosen is None:
        return ()
    return tuple(
        MeasuredBy(
            name=measure.name,
            value=chunk.measured.get((measure.scorer_id, chosen)),
            least=measure.least,
        )
        for measure in chunk.measures
    )


def _weight_of(candidate: Candidate, chunk: Chunk) -> float | None:
    weighing = [said.value for said in _said_by_measures(candidate, chunk) if said.least is None]
    return next((value for value in weighing if value is not None), None)


def _in_order(candidate: Candidate, chunk: Chunk) -> Candidate:
    """Put the sides of a tie in the order of their texts: ids would depend on what was imported first."""
    keys = candidate.keys
    is_turned = candidate.is_tie and _text_of(keys.chosen, chunk) > _text_of(keys.rejected, chunk)
    return candidate.turned() if is_turned and keys.rejected_prompt is None else candidate


def _text_of(answer: int | None, chunk: Chunk) -> str:
    return side_text(_turns_of(answer, chunk))


def _turns_of(answer: int | None, chunk: Chunk) -> StoredTurns:
    return [] if answer is None else [chunk.answers[answer].turn]


def _answers_of(candidate: Candidate, chunk: Chunk) -> list[AnswerFacts]:
    keys = candidate.keys
    return [chunk.answers[answer] for answer in (keys.chosen, keys.rejected) if answer is not None]


def _facts_of(candidate: Candidate, chunk: Chunk) -> RowFacts:
    answers = _answers_of(candidate, chunk)
    conversations = _conversations_of(candidate, chunk)
    origins = [chunk.origins[conversation] for conversation in conversations]
    last = dict.fromkeys(prompt.last_message_id for prompt in _prompts_of(candidate, chunk))
    return RowFacts(
        conversations=tuple(dict.fromkeys(origin.key for origin in origins)),
        users=tuple(dict.fromkeys(origin.user for origin in origins if origin.user)),
        language=origins[0].language,
        topics=tuple(dict.fromkeys(chunk.topics[message] for message in last if message in chunk.topics)),
        models=tuple(dict.fromkeys(answer.model for answer in answers if answer.model)),
        is_model_unknown=any(
            not answer.model and answer.origin != Response.Origin.EDITED for answer in answers
        ),
        tags=frozenset().union(*(chunk.tags.get(key, frozenset()) for key in conversations)),
        annotators=tuple(dict.fromkeys(vote.annotator for vote in candidate.votes if vote.annotator)),
        agreement=candidate.agreement,
        is_in_view=chunk.in_view is None or set(conversations) <= chunk.in_view,
        is_evaluation=any(answer.id in chunk.in_evaluation for answer in answers),
        is_evaluation_prompt=any(each in chunk.evaluated for each in conversations),
        barred_by=_barred_by(candidate, chunk),
        vectors=tuple(chunk.vectors[message] for message in last if message in chunk.vectors),
        measured=_said_by_measures(candidate, chunk),
    )


def _prompts_of(candidate: Candidate, chunk: Chunk) -> list[PromptTurns]:
    keys = candidate.keys
    return [chunk.prompts[prompt] for prompt in (keys.prompt, keys.rejected_prompt) if prompt is not None]


def _conversations_of(candidate: Candidate, chunk: Chunk) -> list[int]:
    return [prompt.conversation_id for prompt in _prompts_of(candidate, chunk)]


def _barred_by(candidate: Candidate, chunk: Chunk) -> str:
    """Say whose terms do not allow commercial use; those of the source before those of who wrote."""
    found = [answer.barred_by for answer in _answers_of(candidate, chunk)]
    for prompt in _prompts_of(candidate, chunk):
        origin = chunk.origins[prompt.conversation_id]
        found.append(origin.barred_by)
        if any(turn["role"] == "assistant" for turn in prompt.turns):
            found.append(origin.answers_barred_by)
    return next((reason for reason in ("source", "model", "unnamed_writer") if reason in found), "")


def _values_of(candidate: Candidate, chunk: Chunk) -> dict[str, Any]:
    """Return what is frozen with the row beside its texts."""
    notes = chunk.evidence.get(candidate.keys.pair or 0, [])
    chosen_rank, rejected_rank = candidate.ranks
    makers = {
        "mined": sorted({note.source_name for note in notes if note.source_name}),
        "wrote": sorted({name for answer in _answers_of(candidate, chunk) for name in answer.writers}),
        "judged": sorted({name for name in candidate.judges if name}),
    }
    values = {
        "decision": candidate.decision,
        "votes": [vote_as_json(vote) for vote in candidate.votes],
        "chosen": _side(candidate.keys.chosen, chosen_rank, chunk),
        "rejected": _side(candidate.keys.rejected, rejected_rank, chunk),
        "language": chunk.origins[chunk.prompts[candidate.keys.prompt].conversation_id].language,
        "agreement": candidate.agreement,
        "weight": _weight_of(candidate, chunk),
        "criteria": sorted({_criterion(note) for note in notes if note.criterion}),
        "makers": {deed: names for deed, names in makers.items() if names},
    }
    return {
        name: value for name, value in values.items() if value not in ("", None, {}, []) or name == "votes"
    }


def _criterion(note: Evidence) -> str:
    version = f" {note.wording_version}" if note.wording_version is not None else ""
    return f"{note.criterion}{version}"


def _side(answer: int | None, rank: float | None, chunk: Chunk) -> dict[str, Any]:
    if answer is None:
        return {}
    known = chunk.answers[answer]
    return side_as_json(
        SideRecord(
            response_id=known.uuid,
            model=known.model,
            terms=known.terms,
            origin=known.origin,
            scores=known.scores,
            attributes=known.attributes,
            judgement=known.judgement,
            rank=None if rank is None else int(rank),
        )
    )
