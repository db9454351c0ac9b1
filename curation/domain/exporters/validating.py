"""Rows read as a trainer would read them: what it would drop, cut or misread, counted, and the first of them named."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from curation.domain.exporters.chat_messages import chat_messages
from curation.domain.exporters.chat_templates import ChatTokenizer, TemplateRefusedError
from curation.domain.exporters.dataset_rows import DatasetRowRecord, Turns

# What a token of common text takes, where no tokenizer is named.
CHARACTERS_A_TOKEN = 4


class Fault(StrEnum):
    """What is wrong with a row for a trainer."""

    EQUAL_ANSWERS = "equal_answers"
    EMPTY_MESSAGE = "empty_message"
    ROLES_OUT_OF_ORDER = "roles_out_of_order"
    TEMPLATE_REFUSES = "template_refuses"
    TEXT_CHANGED = "text_changed"
    PROMPT_NOT_A_PREFIX = "prompt_not_a_prefix"
    SPECIAL_TOKEN_IN_TEXT = "special_token_in_text"  # noqa: S105 - a kind of fault


SENTENCES = {
    Fault.EQUAL_ANSWERS: "its chosen and its rejected answer differ by nothing but space",
    Fault.EMPTY_MESSAGE: "it holds an empty message",
    Fault.ROLES_OUT_OF_ORDER: "its roles do not take turns as a template expects",
    Fault.TEMPLATE_REFUSES: "the chat template does not take it",
    Fault.TEXT_CHANGED: "the chat template changes or drops a part of its text",
    Fault.PROMPT_NOT_A_PREFIX: "its prompt, as the template writes it, is no beginning of prompt and answer",
    Fault.SPECIAL_TOKEN_IN_TEXT: "its text holds a mark of the tokenizer, which is read as one",
}


@dataclass(slots=True, kw_only=True)
class Validation:
    """What was found in the rows that passed; lengths are in tokens, or estimated where no tokenizer is named.

    `over_length` counts rows with a side longer than `max_tokens`, `prompt_fills` those whose prompt alone leaves no
    room for an answer: a trainer drops these in silence.
    """

    tokenizer: ChatTokenizer | None = None
    max_tokens: int | None = None
    rows: int = 0
    faulty: int = 0
    longest: int = 0
    over_length: int = 0
    prompt_fills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    first_bad: tuple[str, str] | None = None

    def checking(self, rows: Iterable[DatasetRowRecord]) -> Iterator[DatasetRowRecord]:
        """Yield rows unchanged and note what a trainer would make of them."""
        for row in rows:
            self._note(row)
            yield row

    def as_json(self) -> dict[str, Any]:
        """Return the findings in the form that a job keeps."""
        return {
            "rows": self.rows,
            "faulty": self.faulty,
            "faults": dict(sorted(self.faults.items())),
            "first_bad": list(self.first_bad) if self.first_bad else None,
            "tokenizer": self.tokenizer.name if self.tokenizer else "",
            "max_tokens": self.max_tokens,
            "longest": self.longest,
            "over_length": self.over_length,
            "prompt_fills": self.prompt_fills,
        }

    def _note(self, row: DatasetRowRecord) -> None:
        self.rows += 1
        found = list(faults_of(row, tokenizer=self.tokenizer))
        self.faults.update(map(str, found))
        self.faulty += bool(found)
        if found and self.first_bad is None:
            self.first_bad = (row.id, SENTENCES[found[0]])
        self._measure(row)

    def _measure(self, row: DatasetRowRecord) -> None:
        lengths = [
            (_length(prompt, self.tokenizer), _length(turns, self.tokenizer)) for prompt, turns in sides(row)
        ]
        longest = max(prompt + answer for prompt, answer in lengths)
        self.longest = max(self.longest, longest)
        if self.max_tokens is not None:
            self.over_length += longest > self.max_tokens
            self.prompt_fills += max(prompt for prompt, _answer in lengths) >= self.max_tokens


def sides(row: DatasetRowRecord) -> list[tuple[Turns, Turns]]:
    """Return prompt and answer of each side that a row has."""
    both = ((row.prompt, row.chosen), (row.rejected_prompt or row.prompt, row.rejected))
    return [(prompt, turns) for prompt, turns in both if turns]


def faults_of(row: DatasetRowRecord, *, tokenizer: ChatTokenizer | None = None) -> Iterator[Fault]:
    """Yield what is wrong with a row, each fault once."""
    if row.chosen and row.rejected and not row.rejected_prompt and _words(row.chosen) == _words(row.rejected):
        yield Fault.EQUAL_ANSWERS
    if any(not turn.content.strip() and not turn.parts for turn in row.turns):
        yield Fault.EMPTY_MESSAGE
    if not all(_takes_turns((*prompt, *turns)) for prompt, turns in sides(row)):
        yield Fault.ROLES_OUT_OF_ORDER
    if tokenizer is not None:
        yield from dict.fromkeys(
            fault for prompt, turns in sides(row) for fault in _template_faults(prompt, turns, tokenizer)
        )


def _words(turns: Turns) -> list[str]:
    return [turn.content.strip() for turn in turns if not turn.parts] + [
        repr(turn.parts) for turn in turns if turn.parts
    ]


def _takes_turns(turns: Turns) -> bool:
    """Say whether a system's message comes first if at all, and the others answer each other.

    A tool answers the assistant, who may then speak or call again; two messages of one voice stand for no template.
    """
    roles = [turn.role for turn in turns]
    if roles and roles[0] == "system":
        roles = roles[1:]
    follows = {"user": {"assistant"}, "assistant": {"user", "tool"}, "tool": {"tool", "assistant"}}
    return roles[:1] == ["user"] and all(
        after in follows.get(before, ()) for before, after in pairwise(roles)
    )


def _template_faults(prompt: Turns, answer: Turns, tokenizer: ChatTokenizer) -> Iterator[Fault]:
    asked = chat_messages(prompt, attachment=_no_bytes)
    whole = chat_messages((*prompt, *answer), attachment=_no_bytes)
    if asked is None or whole is None:
        return
    try:
        start = tokenizer.render(asked, asks_for_answer=True)
        text = tokenizer.render(whole, asks_for_answer=False)
    except TemplateRefusedError:
        yield Fault.TEMPLATE_REFUSES
        return
    spoken = [turn.content for turn in (*prompt, *answer) if turn.content]
    if any(mark in content for mark in tokenizer.special_texts for content in spoken):
        yield Fault.SPECIAL_TOKEN_IN_TEXT
    if any(content not in text for content in spoken):
        yield Fault.TEXT_CHANGED
    if tokenizer.template and not _begins(text, start, tokenizer):
        yield Fault.PROMPT_NOT_A_PREFIX


def _begins(text: str, start: str, tokenizer: ChatTokenizer) -> bool:
    """Say whether the prompt's tokens are the first tokens of the whole, as a trainer that masks them expects."""
    if not text.startswith(start):
        return False
    prompt = tokenizer.tokens(start)
    return tokenizer.tokens(text)[: len(prompt)] == prompt


def _length(turns: Turns, tokenizer: ChatTokenizer | None) -> int:
    text = "\n".join(turn.content for turn in turns)
    if tokenizer is None:
        return -(-len(text) // CHARACTERS_A_TOKEN)
    return len(tokenizer.tokens(text))


def _no_bytes(_sha256: str) -> bytes | None:
    return None
