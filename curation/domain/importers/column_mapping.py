"""Which column of a table means what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """The column of each meaning, "" where the table has none.

    `messages` holds a whole conversation as a list of messages; then each row is one, and `prompt` and the responses
    may follow it.
    `choice_codes` says what a value of the choice column stands for: a, b, tie or both_bad. A conversation is
    told from others by `conversation`; where that is empty, by user and task together; where one of those is
    empty too, each row is a conversation. The code of "" says which response is the chosen one throughout, in
    a table without a choice column. Without a header the columns are called column_1, column_2 ...
    """

    messages: str = ""
    prompt: str = ""
    prompt_input: str = ""
    system: str = ""
    response_a: str = ""
    response_b: str = ""
    model_a: str = ""
    model_b: str = ""
    rating_a: str = ""
    rating_b: str = ""
    choice: str = ""
    choice_codes: Mapping[str, str] = field(default_factory=dict)
    conversation: str = ""
    user: str = ""
    task: str = ""
    time: str = ""
    language: str = ""
    source_id: str = ""
    has_header: bool = True
    unescape_html: bool = True

    @property
    def columns(self) -> dict[str, str]:
        """Return meaning → column for every meaning that has a column."""
        named = ((name, getattr(self, name)) for name in COLUMN_MEANINGS)
        return {name: column for name, column in named if column}

    @property
    def is_enough(self) -> bool:
        """Say whether conversations with answers can be read by it."""
        return bool(self.messages or (self.prompt and self.response_a))

    @property
    def conversation_columns(self) -> tuple[str, ...]:
        """Return the columns that tell one conversation from another, none where each row is one."""
        if self.conversation:
            return (self.conversation, self.user) if self.user else (self.conversation,)
        return (self.user, self.task) if self.user and self.task else ()

    def as_json(self) -> dict[str, Any]:
        """Return the mapping in the form that an import batch stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ColumnMapping":
        """Read a stored mapping back, passing over keys of other versions."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


COLUMN_MEANINGS = tuple(
    each.name
    for each in fields(ColumnMapping)
    if each.name not in {"choice_codes", "has_header", "unescape_html"}
)
