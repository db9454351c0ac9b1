"""What a queue is filled with: the things of its source, cut as its protocol reads them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import F, QuerySet

from annotation.domain.protocol import AnswerError, Reads
from annotation.models import Queue
from annotation.protocols import load_protocol
from curation.models import Conversation, PreferencePair, Response
from curation.queries.corpus.saved_views import conversations_of_view, view_of
from curation.services.writing.set_pairs import BEGINNING as SET
from curation.services.writing.set_pairs import propose_set_pairs
from feedback_mining.queries.signals import signalled_messages

# What `source["pairs"]` may name, beside the recipe of a response set.
MINED, CANDIDATES = "mined", "candidates"
PAIR_SOURCES = (MINED, CANDIDATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing to ask about; `name` is the same each time, so that a queue asks it once."""

    name: str
    conversation_id: int
    response_ids: tuple[int, ...] = ()
    pair_id: int | None = None
    message_id: int | None = None
    # How much a verdict tells for a minute of reading; what is unknown is worth nothing yet.
    worth: float = 0.0


def subjects_of(queue: Queue) -> Iterator[Subject]:
    """Yield what the queue's source holds, in the order of the corpus."""
    reads = load_protocol(queue.protocol).reads
    if reads is Reads.MESSAGE:
        yield from _signalled_messages(queue)
        return
    if reads not in CUTS:
        message = f"A queue cannot be filled for the protocol {queue.protocol!r}: it reads {reads}."
        raise AnswerError(message)
    yield from CUTS[reads](_pairs_of(queue))


def _signalled_messages(queue: Queue) -> Iterator[Subject]:
    """Yield the user messages in which a detector found feedback, in the order of the corpus."""
    messages = signalled_messages(queue.project)
    if "view" in queue.source:
        messages = messages.filter(conversation__in=_conversations_of(queue))
    for message, uuid, conversation in messages.values_list("id", "uuid", "conversation_id").iterator():
        yield Subject(name=f"message:{uuid}", conversation_id=conversation, message_id=message)


def _pairs_of(queue: Queue) -> QuerySet[PreferencePair]:
    wanted = queue.source.get("pairs", MINED)
    pairs = PreferencePair.objects.for_project(queue.project).standing()
    if wanted.startswith(SET):
        propose_set_pairs(project=queue.project, recipe=wanted)
        pairs = pairs.filter(recipe=wanted)
    elif wanted == CANDIDATES:
        # A regenerated or edited answer proposes a pair whatever its origin; only people make a label of it.
        pairs = pairs.filter(is_candidate=True).exclude(recipe__startswith=SET)
    else:
        pairs = pairs.filter(origin=wanted, is_candidate=False)
    if "view" in queue.source:
        pairs = pairs.filter(prompt__conversation__in=_conversations_of(queue))
    return pairs.order_by("id")


def _conversations_of(queue: Queue) -> QuerySet[Conversation]:
    """Return the conversations of the view that a queue draws from; none where the view was put away."""
    view = view_of(queue.project, UUID(queue.source["view"]))
    return Conversation.objects.none() if view is None else conversations_of_view(view)


def _whole_pairs(pairs: QuerySet[PreferencePair]) -> Iterator[Subject]:
    """Yield the pairs whose sides answer the same prompt."""
    yield from _as_pairs(pairs.filter(chosen__prompt=F("rejected__prompt")))


def _joint_pairs(pairs: QuerySet[PreferencePair]) -> Iterator[Subject]:
    """Yield the pairs whose sides answer different prompts."""
    yield from _as_pairs(pairs.exclude(chosen__prompt=F("rejected__prompt")))


def _as_pairs(pairs: QuerySet[PreferencePair]) -> Iterator[Subject]:
    fields = ("id", "uuid", "prompt__conversation_id", "chosen_id", "rejected_id")
    for pair, uuid, conversation, chosen, rejected in pairs.values_list(*fields).iterator():
        yield Subject(
            name=f"pair:{uuid}",
            conversation_id=conversation,
            pair_id=pair,
            response_ids=(chosen, rejected),
        )


def _single_answers(pairs: QuerySet[PreferencePair]) -> Iterator[Subject]:
    """Yield every answer of the pairs once."""
    for response, uuid, _prompt, _asked, conversation in _answers_of(pairs):
        yield Subject(name=f"response:{uuid}", conversation_id=conversation, response_ids=(response,))


def _answers_to_a_prompt(pairs: QuerySet[PreferencePair]) -> Iterator[Subject]:
    """Yield the prompts that have two answers or more among the pairs, each with all of them."""
    for _prompt, rows in groupby(_answers_of(pairs), key=lambda row: row[2]):
        answers = list(rows)
        if len(answers) > 1:
            _response, _uuid, _prompt_id, asked, conversation = answers[0]
            yield Subject(
                name=f"prompt:{asked}",
                conversation_id=conversation,
                response_ids=tuple(row[0] for row in answers),
            )


def _answers_of(pairs: QuerySet[PreferencePair]) -> Iterable[tuple[int, UUID, int, UUID, int]]:
    """Return id and uuid, prompt's id and uuid, and conversation of the answers in pairs, by prompt."""
    sides = pairs.order_by().values("chosen").union(pairs.order_by().values("rejected"), all=False)
    answers = Response.objects.filter(pk__in=sides.values_list("chosen", flat=True))
    fields = ("id", "uuid", "prompt_id", "prompt__uuid", "prompt__conversation_id")
    return answers.order_by("prompt_id", "id").values_list(*fields).iterator()


CUTS: dict[Reads, Callable[[QuerySet[PreferencePair]], Iterator[Subject]]] = {
    Reads.PAIR: _whole_pairs,
    Reads.JOINT_PAIR: _joint_pairs,
    Reads.ANSWER: _single_answers,
    Reads.ANSWERS: _answers_to_a_prompt,
}
