"""The one rule of what a conversation is, whatever format it came in.

A conversation begins with any number of system messages, then a user message. After that user, assistant,
tool and system messages may follow in any order, several of one role in a row included, as real logs have
them; a tool message needs an assistant message before it. A user prompt without an answer is accepted.
System messages without words are left out. A user or assistant message must hold words, a tool call or an
attachment; a tool's answer may be empty. Anything else is refused as a whole.
"""

from collections.abc import Iterable

from curation.domain.corpus.records import MessageRecord, Part, RefusalReason, TextPart
from curation.domain.importers.importing import RecordError


def accepted_turns(messages: Iterable[MessageRecord]) -> tuple[MessageRecord, ...]:
    """Return the messages of a conversation that keeps the rule; raises RecordError for one that does not."""
    turns = tuple(message for message in messages if not _is_empty_system(message))
    if not turns:
        raise RecordError(RefusalReason.NO_MESSAGES, "This record holds no messages.")
    _require_content(turns)
    _require_order([message.role for message in turns])
    return turns


def has_content(parts: Iterable[Part]) -> bool:
    """Say whether parts hold anything: words, a tool call, a tool's answer or an attachment."""
    return any(not isinstance(part, TextPart) or bool(part.text.strip()) for part in parts)


def text_message(role: str, text: str) -> MessageRecord:
    """Return a message that is text alone."""
    return MessageRecord(role=role, parts=(TextPart(text=text),))


def _is_empty_system(message: MessageRecord) -> bool:
    return message.role == "system" and not has_content(message.parts)


def _require_content(turns: tuple[MessageRecord, ...]) -> None:
    for number, message in enumerate(turns, start=1):
        if message.role != "tool" and not has_content(message.parts):
            raise RecordError(
                RefusalReason.EMPTY_MESSAGE, f"Message {number}, of the {message.role}, is empty."
            )


def _require_order(roles: list[str]) -> None:
    first = next((number for number, role in enumerate(roles) if role != "system"), None)
    if first is None:
        raise RecordError(RefusalReason.ROLES_OUT_OF_ORDER, "This record holds system messages alone.")
    if roles[first] != "user":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER,
            f"The conversation begins with a message of the {roles[first]}; it must begin with the user's.",
        )
    if "tool" in roles and "assistant" not in roles[: roles.index("tool")]:
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER,
            f"Message {roles.index('tool') + 1} is a tool's answer, but no assistant message is before it.",
        )
