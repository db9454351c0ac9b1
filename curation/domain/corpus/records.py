"""Conversations as importers hand them on: plain values that know nothing of tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

JsonValue: TypeAlias = Any
JudgedBy: TypeAlias = Literal["person", "model", "unknown"]

ROLES = ("system", "user", "assistant", "tool")
# What a conversation takes in memory beside its texts.
RECORD_WEIGHT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Words that a reader sees."""

    text: str

    def as_json(self) -> dict[str, JsonValue]:
        """Return the part in the form that is stored and hashed."""
        return {"type": "text", "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    """A model's request to run a tool; `arguments` is decoded JSON, or text where it is not JSON."""

    call_id: str
    name: str
    arguments: JsonValue

    def as_json(self) -> dict[str, JsonValue]:
        """Return the part in the form that is stored and hashed."""
        return {"type": "tool_call", "call_id": self.call_id, "name": self.name, "arguments": self.arguments}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    """What a tool answered to the call of the same id."""

    call_id: str
    content: str

    def as_json(self) -> dict[str, JsonValue]:
        """Return the part in the form that is stored and hashed."""
        return {"type": "tool_result", "call_id": self.call_id, "content": self.content}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentPart:
    """A file that came with a message, known by the sha256 of its bytes.

    Where the bytes are not at hand, sha256 is "" and `name` is the file's address.
    """

    sha256: str
    media_type: str
    name: str = ""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the part in the form that is stored and hashed."""
        return {
            "type": "attachment",
            "sha256": self.sha256,
            "media_type": self.media_type,
            "name": self.name,
        }


Part: TypeAlias = TextPart | ToolCallPart | ToolResultPart | AttachmentPart


def parts_as_json(parts: Iterable[Part]) -> list[dict[str, JsonValue]]:
    """Return parts in the form that is stored and hashed."""
    return [part.as_json() for part in parts]


def strings_beside(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the strings in arguments of tool calls, and the names of files: what a message's text leaves out."""
    return [
        text
        for part in parts
        for value in (part.get("arguments"), part.get("name") if part["type"] == "attachment" else None)
        for text in _strings_in(value)
    ]


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings_in(each)


def stored_parts(text: str, rich_parts: list[dict[str, JsonValue]] | None) -> list[dict[str, JsonValue]]:
    """Return the parts of a stored turn: its text alone, where it has none that say more."""
    return [{"type": "text", "text": text}] if rich_parts is None else rich_parts


def parts_from_json(stored: Iterable[Mapping[str, JsonValue]]) -> tuple[Part, ...]:
    """Read parts back from their stored form; a KeyError names an unknown type."""
    return tuple(_PART_TYPES[part["type"]](**_without_type(part)) for part in stored)


def text_of(parts: Iterable[Part]) -> str:
    """Return the plain text of parts, for search and export: text and tool results, one a line."""
    texts = (
        part.text if isinstance(part, TextPart) else part.content
        for part in parts
        if isinstance(part, TextPart | ToolResultPart)
    )
    return "\n".join(text for text in texts if text)


def weight_of(value: Any) -> int:
    """Return about how many characters a value takes as JSON."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum([8 + len(key) + weight_of(inner) for key, inner in value.items()])
    if isinstance(value, list | tuple):
        return 8 * len(value) + sum(map(weight_of, value))
    return 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """One turn; `is_repeat` says that an earlier thread of the same tree already carries it."""

    role: str
    parts: tuple[Part, ...]
    sent_at: datetime | None = None
    source_id: str = ""
    is_repeat: bool = False

    @property
    def text(self) -> str:
        """Return the message as plain text."""
        if len(self.parts) == 1 and isinstance(self.parts[0], TextPart):
            return self.parts[0].text
        return text_of(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to a prompt; a lower rank is better, equal ranks tie.

    `message_index` is set where the reply is the logged message itself, `is_edited` where a person rewrote it.
    `critique` is what its judge wrote about it, `wishes` are what the user would have had of it; both are kept as
    evidence, never as text of a conversation.
    """

    parts: tuple[Part, ...]
    model: str = ""
    rank: int | None = None
    ratings: Mapping[str, float] = field(default_factory=dict)
    source_id: str = ""
    message_index: int | None = None
    is_edited: bool = False
    critique: str = ""
    wishes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the reply as plain text."""
        return text_of(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyGroup:
    """Alternative answers to `messages[:prompt_length]` of the conversation that carries the group.

    `kept_reply` is the index of the answer that the user went on with after having the others written anew: behaviour,
    which proposes a pair for people to judge and is never a label by itself. `strength`, 1 to 3, says by how much the
    better of two is better; `is_both_bad` that neither of two equal ones is any good. `judge` is what the source calls
    the person who ranked them; only a pseudonym of it is stored.
    """

    prompt_length: int
    replies: tuple[Reply, ...]
    judged_by: JudgedBy
    kept_reply: int | None = None
    judge: str = ""
    strength: int | None = None
    is_both_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScore:
    """A value that the source gave, such as a thumb or stars: of one message, or of the conversation for None.

    A score of an assistant's message is one of that response.
    """

    name: str
    value: float
    message_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """The bytes of an attachment, which an AttachmentPart names by their sha256."""

    sha256: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where in a file a record stands: `line` counts from 1, `record` from 1 where lines do not apply."""

    file: str
    line: int | None = None
    record: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.file}, line {self.line}"
        if self.record is not None:
            return f"{self.file}, record {self.record}"
        return self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRecord:
    """A conversation read from a source; `units` counts the source records that it accounts for.

    `may_continue` says that the source may give it again under the same id, then longer.
    """

    messages: tuple[MessageRecord, ...]
    source_id: str
    position: Position
    source_user: str = ""
    language: str = ""
    model: str = ""
    started_at: datetime | None = None
    reply_groups: tuple[ReplyGroup, ...] = ()
    scores: tuple[SourceScore, ...] = ()
    tags: tuple[str, ...] = ()
    attached_files: tuple[AttachedFile, ...] = ()
    units: int = 1
    cleaned: int = 0
    may_continue: bool = False

    @property
    def brings_more(self) -> bool:
        """Whether more of the record is needed than its messages' rows: answers, marks, files, what it goes on from."""
        if self.reply_groups or self.scores or self.tags or self.attached_files or self.may_continue:
            return True
        return any(isinstance(part, AttachmentPart) for message in self.messages for part in message.parts)

    @property
    def weight(self) -> int:
        """About how many characters and bytes the record holds: its messages, other answers, and files."""
        bodies = [message.parts for message in self.messages]
        for group in self.reply_groups:
            bodies += [reply.parts for reply in group.replies if reply.message_index is None]
        files = sum(len(file.content) for file in self.attached_files) if self.attached_files else 0
        # Mostly texts, which are counted here without a call for each: every record passes by twice.
        weights = [
            len(part.text) if type(part) is TextPart else weight_of(part.as_json())
            for parts in bodies
            for part in parts
        ]
        return RECORD_WEIGHT + files + sum(weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRecord:
    """Two conversations of which one, with its last answer, was preferred to the other: prompts may differ (DOVE).

    `is_tie` says that neither was, and `is_both_bad` that neither of the two is any good.
    """

    chosen: ConversationRecord
    rejected: ConversationRecord
    judged_by: JudgedBy
    position: Position
    is_tie: bool = False
    is_both_bad: bool = False
    units: int = 1

    @property
    def weight(self) -> int:
        """About how many characters and bytes both conversations hold."""
        return self.chosen.weight + self.rejected.weight


class RefusalReason(StrEnum):
    """Why a record was not imported: a short code that is stored and counted."""

    BROKEN_JSON = "broken_json"
    NOT_A_NUMBER = "not_a_number"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_UTF8 = "not_utf8"
    DUPLICATE_KEY = "duplicate_key"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    NO_MESSAGES = "no_messages"
    UNKNOWN_ROLE = "unknown_role"
    EMPTY_MESSAGE = "empty_message"
    ROLES_OUT_OF_ORDER = "roles_out_of_order"
    DELETED = "deleted"
    BELOW_DELETED = "below_deleted"
    PARENT_MISSING = "parent_missing"
    BELOW_MISSING = "below_missing"
    BELOW_REFUSED = "below_refused"
    REPEATED_ID = "repeated_id"
    PARENT_CYCLE = "parent_cycle"
    SIDES_DISAGREE = "sides_disagree"
    EQUAL_SIDES = "equal_sides"
    BROKEN_ROW = "broken_row"
    BROKEN_ARCHIVE = "broken_archive"
    UNREADABLE_FILE = "unreadable_file"
    UNREADABLE_RECORD = "unreadable_record"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that could not be imported; `sentence` is for people, `excerpt` shows its beginning."""

    position: Position
    reason: RefusalReason
    sentence: str
    excerpt: str = ""
    units: int = 1


def _without_type(part: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {key: value for key, value in part.items() if key != "type"}


_PART_TYPES: dict[str, type[Part]] = {
    "text": TextPart,
    "tool_call": ToolCallPart,
    "tool_result": ToolResultPart,
    "attachment": AttachmentPart,
}
