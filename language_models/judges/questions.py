"""Asking about two answers in both orders, and settling what the orders say together.

The user message is one JSON object: what people and models wrote stands in its strings, and the answers are called
"first" and "second" by their place. The instructions stand in the system message, which holds nothing of it.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Generic

from language_models.chat.asking import Answered, AskableModel
from language_models.chat.contract import ChatReply, ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.chat.expense import Expense, expected_expense, expense_of
from language_models.chat.structured import UnreadableAnswerError, json_object_in, shortened
from language_models.judges.contract import (
    JudgeStoppedError,
    Key,
    Order,
    Outcome,
    PairQuestion,
    Round,
    Turn,
    Verdict,
    settle,
)
from language_models.protocols import BudgetSpentError

# Answers are shown whole up to this; of a longer one the judge sees the beginning and the end, with "[…]" between.
_ANSWER_HEAD, _ANSWER_TAIL = 12_000, 4_000
# Of the conversation the last request counts most, turns before it less, and those long before it hardly.
_REQUEST_HEAD, _REQUEST_TAIL = 8_000, 2_000
_TURN_HEAD, _TURN_TAIL = 1_500, 500
_LAST_TURNS = 20
# Changes with what of a question is shown, and how.
_MATERIAL_FORMAT = "1"
# An answer that cannot be read is asked for once more, under another seed and without the schema, which some
# endpoints do not know.
_SEEDS = (21, 22)
# Questions after which those that gave no readable answer are asked again.
_ASKED_TOGETHER = 200

BETTER = ("first", "second", "equal")
# How much better, in words: models keep to three words better than to figures.
MARGINS: Mapping[str, float] = {"slightly": 1.0, "clearly": 2.0, "by far": 3.0}
# What the answer of every judge ends with.
VERDICT_SHAPE: Mapping[str, Any] = {
    "reason": {"type": "string"},
    "better": {"type": "string", "enum": list(BETTER)},
    "margin": {"type": "string", "enum": list(MARGINS)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPrompt:
    """How a judge asks: its instructions, the shape of the answer, and what it shows besides the two answers.

    The shape has the properties of VERDICT_SHAPE at least.
    """

    name: str
    instructions: str
    schema: Mapping[str, Any]
    shows: Callable[[PairQuestion], Mapping[str, Any]] = lambda _question: {}
    answer_tokens: int = 700

    @property
    def version(self) -> str:
        """What changes with any word of the instructions or of the shape."""
        words = self.instructions + json.dumps(self.schema, sort_keys=True) + _MATERIAL_FORMAT
        return f"{self.name}-{sha256(words.encode()).hexdigest()[:10]}"


@dataclass(slots=True)
class _Sheet(Generic[Key]):
    """One question while it is judged: the rounds so far, and the orders that are not settled yet."""

    key: Key
    question: PairQuestion
    rounds: dict[Order, Round] = field(default_factory=dict)
    unsettled: set[Order] = field(default_factory=lambda: set(Order))
    model: str = ""


class TwoOrderJudge:
    """Asks every question twice, with either answer first."""

    def __init__(self, model: AskableModel, *, prompt: PairPrompt) -> None:
        self._model, self._prompt = model, prompt
        self.name, self.prompt_version = prompt.name, prompt.version
        self.expense = Expense()

    def estimate(self, questions: Iterable[PairQuestion]) -> Expense:
        """Return what judging these would take at most where every answer can be read at once."""
        requests = (self._request(question, order, attempt=0) for question in questions for order in Order)
        return expected_expense(requests, price=self._model.price)

    def judge(
        self,
        questions: Iterable[tuple[Key, PairQuestion]],
        *,
        before_each: Callable[[], None] = lambda: None,
    ) -> Generator[tuple[Key, Verdict], None, None]:
        """Yield each key with its verdict once both orders are known; what cannot be read is asked for again.

        Some questions at a time, so that no more of them wait with all their texts while an endpoint is down.
        """
        waiting = iter(questions)
        for first in waiting:
            some = chain([first], islice(waiting, _ASKED_TOGETHER - 1))
            yield from self._judge_some(some, before_each=before_each)

    def _judge_some(
        self, questions: Iterable[tuple[Key, PairQuestion]], *, before_each: Callable[[], None]
    ) -> Generator[tuple[Key, Verdict], None, None]:
        unread: list[tuple[_Sheet[Key], Order]] = []
        asked = ((sheet, order) for sheet in _sheets(questions) for order in Order)
        for sheet, order in self._rounds(asked, attempt=0, before_each=before_each):
            if sheet.rounds[order].value is None:
                unread.append((sheet, order))
                continue
            sheet.unsettled.discard(order)
            if not sheet.unsettled:
                yield sheet.key, self._verdict(sheet)
        for sheet, order in self._rounds(unread, attempt=1, before_each=before_each):
            sheet.unsettled.discard(order)
            if not sheet.unsettled:
                yield sheet.key, self._verdict(sheet)

    def _rounds(
        self,
        asked: Iterable[tuple[_Sheet[Key], Order]],
        *,
        attempt: int,
        before_each: Callable[[], None],
    ) -> Generator[tuple[_Sheet[Key], Order], None, None]:
        """Yield each sheet and order when its round is known; raises JudgeStoppedError."""
        requests = (
            ((sheet, order), self._request(sheet.question, order, attempt=attempt)) for sheet, order in asked
        )
        try:
            with closing(self._model.ask_all(requests, before_each=before_each)) as outcomes:
                for answered in outcomes:
                    sheet, order = answered.key
                    sheet.rounds[order] = _with_earlier(self._round(answered, order), sheet.rounds.get(order))
                    sheet.model = answered.reply.model if answered.reply else sheet.model
                    yield sheet, order
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise JudgeStoppedError(str(error)) from error

    def _round(self, answered: Answered[Any], order: Order) -> Round:
        reply = answered.reply
        if reply is None:
            self.expense += Expense(notes={"requests_failed": 1})
            said = str(answered.error)
            return Round(order=order, text="", value=None, error=said, cost=Decimal(0), is_failed=True)
        self.expense += expense_of(reply, price=self._model.price)
        value, strength = _read(reply, order)
        if value is None:
            self.expense += Expense(notes={"answers_unreadable": 1})
        return Round(
            order=order,
            text=reply.text,
            value=value,
            strength=strength,
            error="" if reply.text.strip() else reply.refusal,
            prompt_tokens=0 if reply.is_cached else reply.prompt_tokens,
            completion_tokens=0 if reply.is_cached else reply.completion_tokens,
            cost=self._model.price.of_reply(reply),
            seconds=0.0 if reply.is_cached else reply.seconds,
            is_cached=reply.is_cached,
        )

    def _verdict(self, sheet: _Sheet[Key]) -> Verdict:
        rounds = tuple(sheet.rounds[order] for order in Order)
        outcome, strength = settle(rounds)
        self._forget(sheet.question, [each.order for each in rounds if each.value is None])
        return Verdict(
            outcome=outcome,
            strength=strength,
            rounds=rounds,
            judge=self.name,
            prompt_version=self.prompt_version,
            model=sheet.model or self._model.model,
        )

    def _forget(self, question: PairQuestion, unread: Iterable[Order]) -> None:
        """Keep no reply that could not be read, so that a later run asks anew."""
        for order in unread:
            for attempt, _seed in enumerate(_SEEDS):
                self._model.forget(self._request(question, order, attempt=attempt))

    def _request(self, question: PairQuestion, order: Order, *, attempt: int) -> ChatRequest:
        return ChatRequest(
            messages=(
                {"role": "system", "content": self._prompt.instructions},
                {"role": "user", "content": _material(question, order, shown=self._prompt.shows(question))},
            ),
            settings=SamplingSettings(temperature=0.0, max_tokens=self._prompt.answer_tokens),
            seed=_SEEDS[attempt],
            schema=self._prompt.schema if attempt == 0 else None,
            sources=tuple(sorted(set(question.sources))),
        )


def _with_earlier(last: Round, earlier: Round | None) -> Round:
    """Return a round with what asking before it took: an answer that could not be read was paid too."""
    if earlier is None:
        return last
    return replace(
        last,
        prompt_tokens=earlier.prompt_tokens + last.prompt_tokens,
        completion_tokens=earlier.completion_tokens + last.completion_tokens,
        cost=None if earlier.cost is None or last.cost is None else earlier.cost + last.cost,
        seconds=earlier.seconds + last.seconds,
        is_cached=earlier.is_cached and last.is_cached,
    )


def _sheets(questions: Iterable[tuple[Key, PairQuestion]]) -> Iterator[_Sheet[Key]]:
    for key, question in questions:
        yield _Sheet(key, question)


def _material(question: PairQuestion, order: Order, *, shown: Mapping[str, Any]) -> str:
    """Return what is judged as one JSON object."""
    answers = (question.answer_a, question.answer_b)
    first, second = answers if order is Order.A_FIRST else answers[::-1]
    return json.dumps(
        {
            "conversation": _shown_turns(question.prompt[-_LAST_TURNS:]),
            **shown,
            "first": shortened(first, head=_ANSWER_HEAD, tail=_ANSWER_TAIL),
            "second": shortened(second, head=_ANSWER_HEAD, tail=_ANSWER_TAIL),
        },
        ensure_ascii=False,
    )


def _shown_turns(turns: Sequence[Turn]) -> list[dict[str, str]]:
    texts = [shortened(turn.text, head=_TURN_HEAD, tail=_TURN_TAIL) for turn in turns[:-1]]
    texts += [shortened(turn.text, head=_REQUEST_HEAD, tail=_REQUEST_TAIL) for turn in turns[-1:]]
    return [{"from": turn.role, "text": text} for turn, text in zip(turns, texts, strict=True)]


def _read(reply: ChatReply, order: Order) -> tuple[Outcome | None, float | None]:
    """Return which answer a reply prefers and how much, positive where a is better; None where it does not say."""
    try:
        said = json_object_in(reply.text)
    except UnreadableAnswerError:
        return None, None
    better, margin = said.get("better"), said.get("margin")
    if better not in BETTER:
        return None, None
    if better == "equal":
        return Outcome.TIE, 0.0
    outcome = Outcome.A if (better == "first") is (order is Order.A_FIRST) else Outcome.B
    size = MARGINS.get(margin) if isinstance(margin, str) else None
    return outcome, size if outcome is Outcome.A or size is None else -size
