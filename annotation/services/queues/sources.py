"""What a queue is filled with: the things of its source, cut as its protocol reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce, Length

from annotation.domain.protocol import AnswerError, Reads
from annotation.domain.queues.ordering import Order, drawn, worth_of_pair
from annotation.models import Queue
from annotation.protocols import load_protocol
from curation.models import Conversation, DatasetRow, PreferencePair, Project
from curation.queries.corpus.saved_views import conversations_of_view, view_of
from curation.services.writing.set_pairs import BEGINNING as SET
from curation.services.writing.set_pairs import propose_set_pairs
from feedback_mining.queries.signals import signalled_messages

# What `source["pairs"]` may name, beside the recipe of a response set.
MINED, CANDIDATES = "mined", "candidates"
# Beginnings of names: the pairs of a recipe, and the rows of a dataset version by its uuid.
RECIPE, VERSION = "recipe:", "version:"
# As `source["answers"]`: only what models were asked to write, so not what was logged. Base against tuned, say.
WRITTEN = "written"

# A mined pair's answers have different questions within one conversation; those of a joint pair come from two.
IN_ONE_CONVERSATION = Q(chosen__prompt__conversation=F("rejected__prompt__conversation"))
HAS_TWO_QUESTIONS = Q(rejected_prompt__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing to ask about; `name` is the same each time, so that a queue asks it once."""

    name: str
    conversation_id: int
    response_ids: tuple[int, ...] = ()
    # The question that all of them are shown under; None: each under its own.
    prompt_id: int | None = None
    pair_id: int | None = None
    message_id: int | None = None
    # How much a verdict tells for a minute of reading; what is unknown is worth nothing yet.
    worth: float = 0.0


def subjects_of(queue: Queue) -> Iterator[Subject]:
    """Yield what the queue's source holds, in the order of the corpus; of some conversations where it says how many.

    The conversations of `source["most"]` are drawn by `source["seed"]`: two queues of one seed draw the same.
    """
    if "most" not in queue.source:
        yield from _all_subjects(queue)
        return
    subjects = list(_all_subjects(queue))
    seed, most = queue.source.get("seed", ""), int(queue.source["most"])
    conversations = {subject.conversation_id for subject in subjects}
    # What a queue holds already stays what it is about, whatever came into the source since.
    held = set(queue.tasks.values_list("conversation_id", flat=True)) if queue.pk else set()
    kept = held or set(sorted(conversations, key=lambda each: drawn(seed, "source", each))[:most])
    yield from (subject for subject in subjects if subject.conversation_id in kept)


def is_writing(source: Mapping[str, str]) -> bool:
    """Return whether looking into a source writes: the pairs of a response set are proposed only then."""
    return source.get("pairs", MINED).startswith(SET)


def _all_subjects(queue: Queue) -> Iterator[Subject]:
    reads = load_protocol(queue.protocol).reads
    if reads is Reads.MESSAGE:
        yield from _signalled_messages(queue)
        return
    if reads not in CUTS:
        message = f"A queue cannot be filled for the protocol {queue.protocol!r}: it reads {reads}."
        raise AnswerError(message)
    yield from CUTS[reads](_source_of(queue), is_weighed=queue.order == Order.VALUE)


def _signalled_messages(queue: Queue) -> Iterator[Subject]:
    """Yield the user messages in which a detector found feedback, in the order of the corpus."""
    messages = signalled_messages(queue.project)
    if queue.language:
        messages = messages.filter(conversation__language=queue.language)
    if "view" in queue.source:
        messages = messages.filter(conversation__in=_conversations_of(queue))
    for message, uuid, conversation in messages.values_list("id", "uuid", "conversation_id").iterator():
        yield Subject(name=f"message:{uuid}", conversation_id=conversation, message_id=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is there to ask about: pairs, and rows of a dataset version that came without one."""

    project: Project
    pairs: QuerySet[PreferencePair]
    rows: QuerySet[DatasetRow]


def _source_of(queue: Queue) -> Source:
    """Return what the queue draws from, in its language and of the conversations of its view."""
    named = _named(queue)
    pairs: QuerySet[PreferencePair] = named.pairs
    rows: QuerySet[DatasetRow] = named.rows
    if queue.source.get("answers") == WRITTEN:
        pairs = pairs.filter(chosen__message__isnull=True, rejected__message__isnull=True)
    narrowing: dict[str, Any] = {}
    if queue.language:
        narrowing["prompt__conversation__language"] = queue.language
    if "view" in queue.source:
        narrowing["prompt__conversation__in"] = _conversations_of(queue)
    return Source(
        project=queue.project,
        pairs=pairs.filter(**narrowing).order_by("id"),
        rows=rows.filter(**narrowing).order_by("id"),
    )


def _named(queue: Queue) -> Source:
    """Return the pairs that the source names: of an origin, a recipe, a response set, or a dataset version."""
    wanted = queue.source.get("pairs", MINED)
    pairs = PreferencePair.objects.for_project(queue.project).standing()
    rows: QuerySet[DatasetRow] = DatasetRow.objects.none()
    if wanted.startswith(SET):
        propose_set_pairs(project=queue.project, recipe=wanted)
        pairs = pairs.filter(recipe=wanted)
    elif wanted.startswith(RECIPE):
        pairs = pairs.filter(recipe=wanted.removeprefix(RECIPE))
    elif wanted.startswith(VERSION):
        rows = _rows_of(queue.project, wanted.removeprefix(VERSION))
        pairs = pairs.filter(pk__in=rows.values("pair"))
        rows = rows.filter(pair__isnull=True)
    elif wanted == CANDIDATES:
        # A regenerated or edited answer proposes a pair whatever its origin; only people make a label of it.
        pairs = pairs.filter(is_candidate=True).exclude(recipe__startswith=SET)
    else:
        pairs = pairs.filter(origin=wanted, is_candidate=False)
    return Source(project=queue.project, pairs=pairs, rows=rows)


def _rows_of(project: Project, version: str) -> QuerySet[DatasetRow]:
    """Return the rows of a frozen version whose conversation stands."""
    rows = DatasetRow.objects.for_project(project).filter(
        version__uuid=UUID(version), version__frozen_at__isnull=False
    )
    standing = rows.filter(
        prompt__conversation__archived_at__isnull=True, prompt__conversation__withdrawn_at__isnull=True
    )
    return standing.filter(chosen__isnull=False, rejected__isnull=False)


def _conversations_of(queue: Queue) -> QuerySet[Conversation]:
    """Return the conversations of the view that a queue draws from; none where the view was put away."""
    view = view_of(queue.project, UUID(queue.source["view"]))
    return Conversation.objects.none() if view is None else conversations_of_view(view)


def _whole_pairs(source: Source, *, is_weighed: bool) -> Iterator[Subject]:
    """Yield the pairs of one conversation: both sides are answers to the pair's question, the mined ones too."""
    yield from _as_pairs(source.pairs.filter(IN_ONE_CONVERSATION), is_weighed=is_weighed, is_joint=False)
    yield from _as_rows(source.rows.filter(rejected_prompt__isnull=True), is_joint=False)


def _joint_pairs(source: Source, *, is_weighed: bool) -> Iterator[Subject]:
    """Yield the pairs of two conversations, each answer with its own question."""
    yield from _as_pairs(source.pairs.exclude(IN_ONE_CONVERSATION), is_weighed=is_weighed, is_joint=True)
    yield from _as_rows(source.rows.filter(rejected_prompt__isnull=False), is_joint=True)


def _as_pairs(pairs: QuerySet[PreferencePair], *, is_weighed: bool, is_joint: bool) -> Iterator[Subject]:
    fields = ("id", "uuid", "prompt_id", "prompt__conversation_id", "chosen_id", "rejected_id")
    worths = _worths(pairs) if is_weighed else {}
    for pair, uuid, prompt, conversation, chosen, rejected in pairs.values_list(*fields).iterator():
        yield Subject(
            name=f"pair:{uuid}",
            conversation_id=conversation,
            pair_id=pair,
            prompt_id=None if is_joint else prompt,
            response_ids=(chosen, rejected),
            worth=worths.get(pair, 0.0),
        )


def _as_rows(rows: QuerySet[DatasetRow], *, is_joint: bool) -> Iterator[Subject]:
    """Yield rows that were imported as they are, and are no pairs of ours."""
    fields = ("prompt_id", "prompt__conversation_id", "chosen_id", "rejected_id")
    for prompt, conversation, chosen, rejected in rows.values_list(*fields).iterator():
        yield Subject(
            name=f"answers:{chosen}:{rejected}",
            conversation_id=conversation,
            response_ids=(chosen, rejected),
            prompt_id=None if is_joint else prompt,
        )


def _worths(pairs: QuerySet[PreferencePair]) -> dict[int, float]:
    """Return how much a verdict on each pair tells; of what was proposed without confidence, everything is open."""
    lengths = [
        Length(Coalesce(f"{side}__message__text", f"{side}__body_text")) for side in ("chosen", "rejected")
    ]
    rows = pairs.order_by().annotate(characters=lengths[0] + lengths[1])
    fields = ("id", "confidence", "strength", "is_candidate", "characters")
    return {
        pair: worth_of_pair(
            confidence=0.5 if is_candidate else confidence, strength=strength, characters=characters or 0
        )
        for pair, confidence, strength, is_candidate, characters in rows.values_list(*fields).iterator()
    }


def _single_answers(source: Source, *, is_weighed: bool) -> Iterator[Subject]:
    """Yield every answer of the pairs once."""
    worths = _worths_of_answers(source.pairs) if is_weighed else {}
    for response, uuid, prompt, _asked, conversation in _answers_of(source):
        yield Subject(
            name=f"response:{uuid}:{prompt}",
            conversation_id=conversation,
            response_ids=(response,),
            prompt_id=prompt,
            worth=worths.get(response, 0.0),
        )


def _worths_of_answers(pairs: QuerySet[PreferencePair]) -> dict[int, float]:
    """Return the worth of each answer: that of the most telling pair it is in."""
    worths, found = _worths(pairs), dict[int, float]()
    for pair, *sides in pairs.order_by().values_list("id", "chosen_id", "rejected_id").iterator():
        for side in sides:
            found[side] = max(found.get(side, 0.0), worths[pair])
    return found


def _answers_to_a_prompt(source: Source, *, is_weighed: bool) -> Iterator[Subject]:
    """Yield the prompts that have two answers or more among the pairs, each with all of them."""
    worths = _worths_of_answers(source.pairs) if is_weighed else {}
    for _prompt, rows in groupby(_answers_of(source), key=lambda row: row[2]):
        answers = list(rows)
        if len(answers) > 1:
            _response, _uuid, prompt, asked, conversation = answers[0]
            yield Subject(
                name=f"prompt:{asked}",
                conversation_id=conversation,
                response_ids=tuple(row[0] for row in answers),
                prompt_id=prompt,
                worth=max(worths.get(row[0], 0.0) for row in answers),
            )


def _answers_of(source: Source) -> Iterator[tuple[int, UUID, int, UUID, int]]:
    """Yield the answers of pairs and rows, with the question that each is shown under, by that question.

    An answer's id and uuid, the question's id and uuid, and its conversation. The question is the pair's, which of a
    mined pair's later answer is not its own: its own holds the complaint.
    """
    found: set[tuple[int, int, UUID, UUID, int]] = set()
    for rows, is_joint in ((source.pairs, ~IN_ONE_CONVERSATION), (source.rows, HAS_TWO_QUESTIONS)):
        for side in ("chosen", "rejected"):
            shown_under = {
                name: Case(When(is_joint, then=F(f"{side}__prompt{path}")), default=F(f"prompt{path}"))
                for name, path in (("asked", ""), ("asked_uuid", "__uuid"), ("asked_in", "__conversation"))
            }
            fields = ("asked", f"{side}_id", f"{side}__uuid", "asked_uuid", "asked_in")
            found.update(rows.order_by().annotate(**shown_under).values_list(*fields).iterator())
    for prompt, response, uuid, asked, conversation in sorted(found):
        yield response, uuid, prompt, asked, conversation


class Cut(Protocol):
    """How a source is cut into subjects; worths are computed where the queue goes by them."""

    def __call__(self, source: Source, *, is_weighed: bool) -> Iterator[Subject]:
        """Yield the subjects."""


CUTS: dict[Reads, Cut] = {
    Reads.PAIR: _whole_pairs,
    Reads.JOINT_PAIR: _joint_pairs,
    Reads.ANSWER: _single_answers,
    Reads.ANSWERS: _answers_to_a_prompt,
}
