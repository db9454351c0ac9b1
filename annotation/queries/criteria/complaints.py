"""Complaints and wishes that mining found, each with the answer that drew it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.domain.criteria.from_complaints import Complaint
from curation.models import Message, Project
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.queries.signals import conversations_with, findings_by_message
from feedback_mining.queries.wishes import standing_wishes

# The newest; more would say the same again.
MOST_CONVERSATIONS, MOST_WISHES = 5_000, 2_000
CHUNK = 500


def complaints_of(project: Project) -> list[Complaint]:
    """Return what stands of the complaints in the newest conversations that hold some."""
    conversations = conversations_with(project, polarity=Polarity.DSAT)[-MOST_CONVERSATIONS:]
    found: list[Complaint] = []
    for start in range(0, len(conversations), CHUNK):
        found += _complaints_in(project, conversations[start : start + CHUNK])
    return found


def _complaints_in(project: Project, conversations: Sequence[int]) -> list[Complaint]:
    findings = findings_by_message(project, conversation_ids=conversations)
    said = _said_before(project, findings)
    return [
        Complaint(
            subject=finding.criterion,
            words=said[message].text[finding.start : finding.end],
            conversation_id=said[message].conversation_id,
            response_message_id=said[message].answer_before,
        )
        for message, own in findings.items()
        for finding in own
        if polarity_of(finding.criterion) is Polarity.DSAT and message in said
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A user's message and the newest answer before it."""

    text: str
    conversation_id: int
    answer_before: int | None


def _said_before(project: Project, message_ids: Iterable[int]) -> dict[int, _Said]:
    """Return these messages with the id of the newest answer before each; two queries."""
    messages = list(Message.objects.for_project(project).filter(pk__in=list(message_ids)))
    answers = (
        Message.objects.for_project(project)
        .filter(
            conversation__in={message.conversation_id for message in messages},
            role=Message.Role.ASSISTANT,
        )
        .order_by("position")
    )
    of_conversation: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for conversation, position, pk in answers.values_list("conversation_id", "position", "id"):
        of_conversation[conversation].append((position, pk))
    return {
        message.pk: _Said(
            text=message.text,
            conversation_id=message.conversation_id,
            answer_before=_newest_before(message.position, of_conversation[message.conversation_id]),
        )
        for message in messages
    }


def _newest_before(position: int, answers: Sequence[tuple[int, int]]) -> int | None:
    """Return the id of the last of these (position, id), in order, that stands before a position."""
    return next((pk for at, pk in reversed(answers) if at < position), None)


def wishes_of(project: Project) -> list[Complaint]:
    """Return the newest wishes that stand, in the words of the checklist."""
    rows = standing_wishes(project).filter(
        message__conversation__archived_at__isnull=True, message__conversation__withdrawn_at__isnull=True
    )
    newest = list(rows.order_by("-id").values_list("message_id", "text")[:MOST_WISHES])
    said = _said_before(project, {message for message, _text in newest})
    return [
        Complaint(
            subject="",
            words=text,
            conversation_id=said[message].conversation_id,
            response_message_id=said[message].answer_before,
        )
        for message, text in newest
        if message in said and text.strip()
    ]
