"""A user's message as its judge sees it: what was asked and answered before it, and what is claimed of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Task
from curation.domain.enrichers.pseudonyms import Pseudonyms, masked_text
from curation.models import Message
from feedback_mining.domain.taxonomy import CRITERIA, title_of
from feedback_mining.models import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A criterion that detectors claim, with the words that show it; who claims it is not said."""

    criterion: str
    title: str
    polarity: str
    definition: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """The message, the request and the answer before it, and the claims."""

    text: str
    request: str
    answer: str
    claims: Sequence[Claim]


def shown_message(task: Task) -> ShownMessage | None:
    """Return the message that a task asks about; with pseudonyms where its queue masks personal data."""
    message = task.message
    if message is None:
        return None
    names = Pseudonyms()

    def shown(text: str) -> str:
        return masked_text(text, pseudonyms=names) if task.queue.masks_pii else text

    before = list(
        Message.objects.filter(conversation_id=message.conversation_id, position__lt=message.position)
        .order_by("-position")
        .only("role", "text")[:4]
    )
    return ShownMessage(
        request=shown(_newest(before, Message.Role.USER)),
        answer=shown(_newest(before, Message.Role.ASSISTANT)),
        text=shown(message.text),
        claims=[_claim(signal, shown(_words(signal, message.text))) for signal in _surest_signals(message)],
    )


def _newest(before: Sequence[Message], role: str) -> str:
    return next((message.text for message in before if message.role == role and message.text), "")


def _surest_signals(message: Message) -> list[Signal]:
    """Return a signal for each claimed criterion, that of the surest detector."""
    signals = Signal.objects.filter(message=message).current().order_by("-probability", "id")
    surest: dict[str, Signal] = {}
    for signal in signals:
        surest.setdefault(signal.criterion, signal)
    return sorted(surest.values(), key=lambda signal: (signal.span_start, signal.criterion))


def _words(signal: Signal, text: str) -> str:
    return text[signal.span_start : signal.span_end]


def _claim(signal: Signal, quote: str) -> Claim:
    known = CRITERIA.get(signal.criterion)
    return Claim(
        criterion=signal.criterion,
        title=title_of(signal.criterion),
        polarity=signal.polarity,
        definition=known.definition if known else "",
        quote=quote,
    )
