"""A judge's way through a question, step by step, and the engine that walks many questions through it at once.

A way is a generator: it yields what is to be asked next, is sent the rounds that came of it, and returns what they
amount to. So each method reads from top to bottom, and asking in parallel, asking again, prices and the cache are here.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import Any, Generic, TypeAlias

from language_models.chat.asking import Answered, AskableModel
from language_models.chat.contract import (
    ChatReply,
    ChatRequest,
    ChatUnavailableError,
    SamplingSettings,
    WeighedWords,
)
from language_models.chat.expense import Expense, expected_expense, expense_of
from language_models.judges.contract import (
    JudgeStoppedError,
    Key,
    Order,
    Outcome,
    PairQuestion,
    Round,
    Verdict,
)
from language_models.judges.settling import Settled
from language_models.protocols import BudgetSpentError

# An answer that cannot be read is asked for once more, under another seed and without the schema and the chances, which
# some endpoints do not know.
_SEEDS = (21, 22)
# Questions after which those that gave no readable answer are asked again.
_ASKED_TOGETHER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of an answer; nothing where it cannot be read."""

    is_read: bool = False
    value: Outcome | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    strength: float | None = None
    log_odds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing to ask: the instructions, the material as one JSON object, and how the answer is read.

    `asker` is the place of the model that is asked, 0 unless a judge asks several.
    """

    instructions: str
    material: Mapping[str, Any]
    read: Callable[[ChatReply], Reading]
    schema: Mapping[str, Any] | None = None
    order: Order | None = None
    step: str = ""
    shown: tuple[str, ...] = ()
    weighed: WeighedWords | None = None
    answer_tokens: int = 700
    asker: int = 0


Way: TypeAlias = Generator[Sequence[Ask], Sequence[Round], Settled]


@dataclass(slots=True)
class _Sheet(Generic[Key]):
    """One question on its way: what is asked now, what came of it, and what came before."""

    key: Key
    question: PairQuestion
    way: Way
    asks: Sequence[Ask]
    rounds: dict[int, Round] = field(default_factory=dict)
    unsettled: set[int] = field(default_factory=set)
    earlier: list[Round] = field(default_factory=list)

    def begin(self, asks: Sequence[Ask]) -> None:
        """Turn to what is to be asked next."""
        self.asks, self.rounds, self.unsettled = asks, {}, set(range(len(asks)))


class DeliberatingJudge:
    """Walks every question along a way."""

    def __init__(
        self,
        models: Sequence[AskableModel],
        *,
        name: str,
        prompt_version: str,
        way: Callable[[PairQuestion], Way],
    ) -> None:
        self._models, self._way = models, way
        self.name, self.prompt_version = name, prompt_version
        self.expense = Expense()
        # Models that know no schema or no chances: found out once, not with every question.
        self._plain: set[int] = set()

    def estimate(self, questions: Iterable[PairQuestion]) -> Expense:
        """Return what judging these would take at most, where every answer can be read at once: the longest way."""
        whole = Expense()
        for question in questions:
            for ask in _longest(self._way(question)):
                request = self._request(question, ask, attempt=0)
                whole += expected_expense([request], price=self._models[ask.asker].price)
        return whole

    def judge(
        self,
        questions: Iterable[tuple[Key, PairQuestion]],
        *,
        before_each: Callable[[], None] = lambda: None,
    ) -> Generator[tuple[Key, Verdict], None, None]:
        """Yield each key with its verdict once its way has ended; what cannot be read is asked for again.

        Some questions at a time, so that no more of them wait with all their texts while an endpoint is down.
        """
        waiting = iter(questions)
        for first in waiting:
            some = chain([first], islice(waiting, _ASKED_TOGETHER - 1))
            yield from self._judge_some(some, before_each=before_each)

    def _judge_some(
        self, questions: Iterable[tuple[Key, PairQuestion]], *, before_each: Callable[[], None]
    ) -> Generator[tuple[Key, Verdict], None, None]:
        sheets: Iterable[_Sheet[Key]] = (_sheet(key, question, self._way) for key, question in questions)
        while sheets:
            going_on = []
            for sheet in self._asked(sheets, before_each=before_each):
                settled = self._step_on(sheet)
                if settled is None:
                    going_on.append(sheet)
                else:
                    yield sheet.key, self._verdict(sheet, settled)
            sheets = going_on

    def _asked(
        self, sheets: Iterable[_Sheet[Key]], *, before_each: Callable[[], None]
    ) -> Iterator[_Sheet[Key]]:
        """Ask what each sheet asks now, and yield it when all of that is settled."""
        unread: list[tuple[_Sheet[Key], int]] = []
        asked = ((sheet, place) for sheet in sheets for place in range(len(sheet.asks)))
        for attempt, some in enumerate((asked, unread)):
            for sheet, place in self._by_model(some, attempt=attempt, before_each=before_each):
                if attempt == 0 and not sheet.rounds[place].is_read:
                    unread.append((sheet, place))
                    continue
                sheet.unsettled.discard(place)
                if not sheet.unsettled:
                    yield sheet

    def _by_model(
        self, asked: Iterable[tuple[_Sheet[Key], int]], *, attempt: int, before_each: Callable[[], None]
    ) -> Iterator[tuple[_Sheet[Key], int]]:
        """Ask one model after the other; with one model alone nothing is read before its turn."""
        if len(self._models) == 1:
            yield from self._rounds(asked, asker=0, attempt=attempt, before_each=before_each)
            return
        ordered = sorted(asked, key=_asker)
        for asker, some in groupby(ordered, key=_asker):
            yield from self._rounds(some, asker=asker, attempt=attempt, before_each=before_each)

    def _rounds(
        self,
        asked: Iterable[tuple[_Sheet[Key], int]],
        *,
        asker: int,
        attempt: int,
        before_each: Callable[[], None],
    ) -> Iterator[tuple[_Sheet[Key], int]]:
        """Yield each sheet and place when its round is known; raises JudgeStoppedError."""
        requests = (
            ((sheet, place), self._request(sheet.question, sheet.asks[place], attempt=attempt))
            for sheet, place in asked
        )
        try:
            with closing(self._models[asker].ask_all(requests, before_each=before_each)) as outcomes:
                for answered in outcomes:
                    sheet, place = answered.key
                    earlier = sheet.rounds.get(place)
                    now = self._round(answered, sheet.asks[place])
                    if earlier is not None and earlier.is_failed and now.is_read:
                        self._plain.add(asker)
                    sheet.rounds[place] = _with_earlier(now, earlier)
                    yield sheet, place
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise JudgeStoppedError(str(error)) from error

    def _round(self, answered: Answered[Any], ask: Ask) -> Round:
        reply, model = answered.reply, self._models[ask.asker]
        said: dict[str, Any] = {"order": ask.order, "step": ask.step, "shown": ask.shown}
        if reply is None:
            self.expense += Expense(notes={"requests_failed": 1})
            failed: dict[str, Any] = {"cost": Decimal(0), "is_failed": True, "is_read": False}
            return Round(text="", value=None, error=str(answered.error), model=model.model, **said, **failed)
        self.expense += expense_of(reply, price=model.price)
        reading = ask.read(reply)
        if not reading.is_read:
            self.expense += Expense(notes={"answers_unreadable": 1})
        return Round(
            **said,
            text=reply.text,
            value=reading.value,
            is_read=reading.is_read,
            scores=reading.scores,
            strength=reading.strength,
            log_odds=reading.log_odds,
            model=reply.model or model.model,
            error="" if reply.text.strip() else reply.refusal,
            prompt_tokens=0 if reply.is_cached else reply.prompt_tokens,
            completion_tokens=0 if reply.is_cached else reply.completion_tokens,
            cost=model.price.of_reply(reply),
            seconds=0.0 if reply.is_cached else reply.seconds,
            is_cached=reply.is_cached,
        )

    def _step_on(self, sheet: _Sheet[Key]) -> Settled | None:
        """Send the rounds on their way; returns what they amount to, None where more is to be asked."""
        rounds = [sheet.rounds[place] for place in range(len(sheet.asks))]
        sheet.earlier += rounds
        self._forget(sheet, rounds)
        if any(each.is_failed for each in rounds):
            return Settled(outcome=Outcome.UNREADABLE)
        try:
            sheet.begin(sheet.way.send(rounds))
        except StopIteration as end:
            settled: Settled = end.value
            return settled
        return None

    def _verdict(self, sheet: _Sheet[Key], settled: Settled) -> Verdict:
        names = dict.fromkeys(each.model for each in sheet.earlier if each.model)
        return Verdict(
            outcome=settled.outcome,
            strength=settled.strength,
            strength_from=settled.strength_from,
            method=settled.method,
            votes=settled.votes,
            rounds=tuple(sheet.earlier),
            judge=self.name,
            prompt_version=self.prompt_version,
            model=", ".join(names) or self._models[0].model,
        )

    def _forget(self, sheet: _Sheet[Key], rounds: Sequence[Round]) -> None:
        """Keep no reply that could not be read, so that a later run asks anew."""
        for ask, asked in zip(sheet.asks, rounds, strict=True):
            if not asked.is_read:
                for attempt, _seed in enumerate(_SEEDS):
                    self._models[ask.asker].forget(self._request(sheet.question, ask, attempt=attempt))

    def _request(self, question: PairQuestion, ask: Ask, *, attempt: int) -> ChatRequest:
        has_extras = attempt == 0 and ask.asker not in self._plain
        return ChatRequest(
            messages=(
                {"role": "system", "content": ask.instructions},
                {"role": "user", "content": json.dumps(ask.material, ensure_ascii=False)},
            ),
            settings=SamplingSettings(temperature=0.0, max_tokens=ask.answer_tokens),
            seed=_SEEDS[attempt],
            schema=ask.schema if has_extras else None,
            weighed=ask.weighed if has_extras else None,
            sources=tuple(sorted(set(question.sources))),
        )


def _asker(asked: tuple[_Sheet[Key], int]) -> int:
    sheet, place = asked
    return sheet.asks[place].asker


def _sheet(key: Key, question: PairQuestion, way: Callable[[PairQuestion], Way]) -> _Sheet[Key]:
    begun = way(question)
    sheet = _Sheet(key, question, begun, ())
    sheet.begin(next(begun))
    return sheet


def _longest(way: Way) -> Iterator[Ask]:
    """Yield everything that a way asks where no step settles anything."""
    asks = next(way)
    while True:
        yield from asks
        try:
            asks = way.send([_unsettling(ask) for ask in asks])
        except StopIteration:
            return


def _unsettling(ask: Ask) -> Round:
    """Return a round that says one thing in one order and another in the other, in as many words as it may."""
    value = Outcome.A if ask.order is Order.A_FIRST else Outcome.B
    return Round(
        order=ask.order, step=ask.step, shown=ask.shown, text="word " * ask.answer_tokens, value=value
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
