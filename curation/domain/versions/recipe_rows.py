"""A row on its way into a version: its texts, who decided it, and what a recipe may judge it by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeAlias

from curation.domain.corpus.hashing import canonical_json

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
class MeasuredBy:
    """What a measure that a recipe names says of a row's chosen answer; None where it has not scored it.

    `least` is what a veto asks for, None for a measure that gives the row its weight.
    """

    name: str
    value: float | None
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What is known of a row beside its texts; "" is unknown.

    `conversations`, `users`, `topics` and `vectors` (those of the prompts' last messages) are of both prompts where
    the answers stand under two; the first two are stable over imports. `is_model_unknown` says that an answer that
    nobody edited names no model. `agreement` is None where nobody of ours voted. `barred_by` says whose terms keep it
    from commercial use. `measured` has what each measure of the recipe says, in its order; nothing of a row without
    a chosen answer.
    """

    conversations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    language: str = ""
    topics: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    is_model_unknown: bool = False
    tags: frozenset[str] = frozenset()
    annotators: tuple[str, ...] = ()
    agreement: float | None = None
    is_in_view: bool = True
    is_evaluation: bool = False
    is_evaluation_prompt: bool = False
    barred_by: str = ""
    vectors: tuple[Any, ...] = ()
    measured: tuple[MeasuredBy, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecipeRow:
    """A preference with its texts; a row of one answer alone has [] on the other side.

    `is_blind` says that people decided it who did not see the signal; `weight` is what it counts in training, None
    where the recipe weighs nothing; `values` are frozen with it.
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
    weight: float | None = None
    facts: RowFacts = RowFacts()
    values: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """The hash of the row's text and of who decided it how: what makes two rows the same."""
        content = [self.prompt, self.rejected_prompt, self.chosen, self.rejected]
        verdict: list[Any] = [self.decided_by, self.is_tie, self.strength]
        if self.weight is not None:
            verdict.append(self.weight)
        return sha256(canonical_json([content, verdict])).hexdigest()

    @property
    def stable_key(self) -> tuple[str, ...]:
        """An order of rows that hangs on what was said, by whom, and never on when it was imported."""
        return (self.sha256, "\n".join(self.facts.conversations), "\n".join(self.facts.users), self.source)

    @cached_property
    def verdict(self) -> tuple[bytes, bytes, bool]:
        """Digests of the better and the worse answer, each with what it answers, and whether neither is better."""
        worse = [self.rejected_prompt or self.prompt, self.rejected]
        sides = [sha256(canonical_json(side)).digest() for side in ([self.prompt, self.chosen], worse)]
        better, worse_one = sorted(sides) if self.is_tie else sides
        return better, worse_one, self.is_tie

    @property
    def prompts(self) -> list[StoredTurns]:
        """What is answered: two prompts where the answers stand under two."""
        return [self.prompt, self.rejected_prompt] if self.rejected_prompt else [self.prompt]

    @property
    def last_requests(self) -> list[str]:
        """The text of the message that is answered, of each prompt."""
        return [str(prompt[-1]["content"]) for prompt in self.prompts]

    @property
    def openings(self) -> list[str]:
        """The first thing the user said, of each prompt: threads of one tree share it."""
        return [
            next((str(turn["content"]) for turn in prompt if turn["role"] == "user"), "")
            for prompt in self.prompts
        ]


def side_text(turns: StoredTurns) -> str:
    """Return the words of one side."""
    return "\n".join(str(turn["content"]) for turn in turns)
