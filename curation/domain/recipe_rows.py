"""A row on its way into a version: its texts, who decided it, and what a recipe may judge it by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeAlias

from curation.domain.hashing import canonical_json

# {"role", "content"}, and "parts" where a message is more than text.
StoredTurn: TypeAlias = dict[str, Any]
StoredTurns: TypeAlias = list[StoredTurn]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKeys:
    """The ids, the caller's own, of what a row is made of."""

    prompt: int
    chosen: int | None = None
    rejected: int | None = None
    rejected_prompt: int | None = None
    pair: int | None = None
    ranked_list: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What is known of a row beside its texts; "" is unknown.

    `conversation` and `user` are stable over imports. `agreement` is None where nobody of ours voted. `barred_by`
    says whose terms keep it from commercial use. `vector` is that of the prompt's last message.
    """

    conversation: str = ""
    user: str = ""
    language: str = ""
    topic: str = ""
    models: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    annotators: tuple[str, ...] = ()
    agreement: float | None = None
    is_in_view: bool = True
    is_evaluation: bool = False
    barred_by: str = ""
    vector: Any = None


@dataclass(frozen=True, kw_only=True)
class RecipeRow:
    """A preference with its texts; a row of one answer alone has [] on the other side.

    `is_blind` says that people decided it who did not see the signal; `values` are frozen with it.
    """

    keys: RowKeys
    prompt: StoredTurns
    chosen: StoredTurns
    rejected: StoredTurns
    decided_by: str
    source: str
    rejected_prompt: StoredTurns = field(default_factory=list)
    confidence: float = 1.0
    is_blind: bool = False
    is_tie: bool = False
    strength: float | None = None
    facts: RowFacts = RowFacts()
    values: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """The hash of the row's text and of who decided it how: what makes two rows the same."""
        content = [self.prompt, self.rejected_prompt, self.chosen, self.rejected]
        verdict = [self.decided_by, self.is_tie, self.strength]
        return sha256(canonical_json([content, verdict])).hexdigest()

    @property
    def stable_key(self) -> tuple[str, ...]:
        """An order of rows that hangs on what was said, by whom, and never on when it was imported."""
        return (self.sha256, self.facts.conversation, self.facts.user, self.source)

    @property
    def last_request(self) -> str:
        """The text of the message that is answered."""
        return str(self.prompt[-1]["content"])

    @property
    def opening(self) -> str:
        """The first thing the user said: threads of one tree share it."""
        return next((str(turn["content"]) for turn in self.prompt if turn["role"] == "user"), "")


def side_text(turns: StoredTurns) -> str:
    """Return the words of one side."""
    return "\n".join(str(turn["content"]) for turn in turns)
