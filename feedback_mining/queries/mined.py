"""Mined conversations as pair recipes read them, with what stands of their signals and wishes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from curation.models import Conversation, Message, Project
from feedback_mining.domain.constraints import Constraint
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.pairs import KnownWish, MinedConversation
from feedback_mining.queries.conversations import CHUNK_CONVERSATIONS, conversations_with_messages
from feedback_mining.queries.signals import findings_by_message
from feedback_mining.queries.wishes import constraint_of, constraints_by_message, wishes_by_message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of messages, by their ids."""

    findings: Mapping[int, list[Finding]]
    constraints: Mapping[int, list[Constraint]]
    wishes: Mapping[int, list[KnownWish]]


def mined_conversations(
    project: Project, ids: Sequence[int], *, at_once: int = CHUNK_CONVERSATIONS
) -> Iterator[tuple[MinedConversation, list[Message]]]:
    """Yield conversations with what stands of their signals and wishes, read a chunk at a time."""
    for start in range(0, len(ids), at_once):
        chunk = ids[start : start + at_once]
        known = _Known(
            findings=findings_by_message(project, conversation_ids=chunk),
            constraints=constraints_by_message(project, conversation_ids=chunk),
            wishes=_known_wishes(project, chunk),
        )
        for conversation, messages in conversations_with_messages(chunk):
            yield _mined(conversation, messages, known), messages


def _known_wishes(project: Project, ids: Sequence[int]) -> dict[int, list[KnownWish]]:
    return {
        message: [
            KnownWish(text=wish.text, constraint=constraint_of(wish) if wish.constraint else None)
            for wish in wishes
        ]
        for message, wishes in wishes_by_message(project, conversation_ids=ids).items()
    }


def _mined(conversation: Conversation, messages: Sequence[Message], known: _Known) -> MinedConversation:
    return MinedConversation(
        conversation=str(conversation.uuid),
        messages=tuple((message.role, message.text) for message in messages),
        findings={message.position: tuple(known.findings.get(message.pk, ())) for message in messages},
        constraints={message.position: tuple(known.constraints.get(message.pk, ())) for message in messages},
        wishes={
            message.position: tuple(known.wishes[message.pk])
            for message in messages
            if message.pk in known.wishes
        },
    )
