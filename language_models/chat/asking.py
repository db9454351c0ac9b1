"""Ask many requests of one model at once: in parallel, no faster than allowed, never beyond the budget, none twice."""

import json
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Generic, TypeVar

from language_models.chat.contract import ChatClient, ChatError, ChatReply, ChatRequest, ChatUnavailableError
from language_models.protocols import Cache, Meter, Usage

Key = TypeVar("Key")

# What an answer without a limit is taken to be as long as, in tokens, when its price is set aside.
UNLIMITED_ANSWER = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million tokens cost, in the currency of the budget; None where no price is known."""

    prompt: Decimal | None = None
    completion: Decimal | None = None

    def of(self, *, prompt_tokens: int, completion_tokens: int) -> Decimal | None:
        """Return the cost of a request, or None where a price is not known."""
        if self.prompt is None or self.completion is None:
            return None
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / 1_000_000

    def of_reply(self, reply: ChatReply) -> Decimal | None:
        """Return what a reply cost: nothing where it was stored already."""
        if reply.is_cached:
            return Decimal(0)
        return self.of(prompt_tokens=reply.prompt_tokens, completion_tokens=reply.completion_tokens)

    def expected(self, request: ChatRequest) -> Decimal | None:
        """Return about the most that a request may cost, before the endpoint counts itself."""
        written = request.settings.max_tokens or UNLIMITED_ANSWER
        asked = tokens_of(request.messages) + _as_json(request.schema)
        return self.of(prompt_tokens=asked, completion_tokens=written)


def tokens_of(messages: Iterable[Mapping[str, Any]]) -> int:
    """Return about how many tokens messages take; rather too many than too few, for a budget hangs on it."""
    return sum(
        _tokens(str(each.get("content") or "")) + _as_json(each.get("tool_calls")) for each in messages
    )


def _as_json(written: Any) -> int:
    """Return about how many tokens tool calls or a schema take; none where there are none."""
    return _tokens(json.dumps(written, ensure_ascii=False)) if written else 0


def _tokens(text: str) -> int:
    """Return about a quarter of the letters where they are Latin, and each letter where they are Chinese."""
    return -(-(3 * len(text.encode("utf-8", "replace")) - len(text)) // 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[Key]):
    """What became of one request: a reply, or the error that stands in its place."""

    key: Key
    reply: ChatReply | None = None
    error: ChatError | None = None


class Pace:
    """Lets at most so many requests begin in a minute, evenly."""

    def __init__(
        self,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._next_at = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may begin."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._next_at)
            self._next_at = begin + self._gap
        if begin > now:
            self._sleep(begin - now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskableModel:
    """A chat model with all that asking takes: its client, price and pace, and who counts and who remembers.

    `address` and `model` tell its requests from those of others in the cache.
    """

    client: ChatClient
    address: str = ""
    model: str = ""
    price: Price = field(default_factory=Price)
    parallel: int = 4
    pace: Pace = field(default_factory=lambda: Pace(None))
    cache: Cache | None = None
    meter: Meter | None = None

    def ask_all(
        self, requests: Iterable[tuple[Key, ChatRequest]], *, before_each: Callable[[], None] = lambda: None
    ) -> Generator[Answered[Key], None, None]:
        """Yield what becomes of each request, as soon as it is known, in any order.

        A stored reply to an equal request is taken and costs nothing; to ask anew, give another seed.
        `before_each` runs in the caller's thread and may raise to stop: nothing new is asked then, and what is under
        way is still yielded before its error goes on. So it is when the budget is spent (BudgetSpentError) and when
        the whole endpoint fails (ChatUnavailableError). Whoever stops listening closes the iterator
        (`contextlib.closing`): what is under way is awaited, counted and stored, so that it need not be paid again.
        """
        with ThreadPoolExecutor(max_workers=self.parallel, thread_name_prefix="chat") as threads:
            asking = _Asking(self, threads, iter(requests), before_each)
            try:
                yield from asking.outcomes()
            finally:
                asking.finish()

    def forget(self, request: ChatRequest) -> None:
        """Take no stored reply to this request any more: it could not be used."""
        if self.cache:
            self.cache.forget(self.hash_of(request))

    def hash_of(self, request: ChatRequest) -> str:
        """Return the name of a request in the cache."""
        return request.hash_for(endpoint=self.address, model=self.model)


class _Asking(Generic[Key]):
    """One round of requests: those under way, and why no more are begun."""

    def __init__(
        self,
        askable: AskableModel,
        threads: ThreadPoolExecutor,
        remaining: Iterator[tuple[Key, ChatRequest]],
        before_each: Callable[[], None],
    ) -> None:
        self.askable, self.threads = askable, threads
        self.remaining, self.before_each = remaining, before_each
        self.under_way: dict[Future[Answered[Key]], tuple[str, ChatRequest]] = {}
        self.stopped: Exception | None = None

    def outcomes(self) -> Iterator[Answered[Key]]:
        while True:
            self._begin_more()
            if not self.under_way:
                break
            yield from self._settled()
        if self.stopped is not None:
            raise self.stopped

    def finish(self) -> None:
        """Settle what is still under way, for nobody listens any more."""
        while self.under_way:
            self._settled()

    def _begin_more(self) -> None:
        try:
            room = 0 if self.stopped else self.askable.parallel - len(self.under_way)
            for key, request in islice(self.remaining, room):
                self.before_each()
                name = self.askable.hash_of(request)
                self.under_way[self._begin(key, request, name)] = (name, request)
        except Exception as error:  # noqa: BLE001 - goes on when what is under way has been yielded
            self.stopped = error

    def _begin(self, key: Key, request: ChatRequest, name: str) -> "Future[Answered[Key]]":
        askable = self.askable
        stored = askable.cache.find(name, sources=request.sources) if askable.cache else None
        if stored is not None:
            known: Future[Answered[Key]] = Future()
            known.set_result(Answered(key=key, reply=stored))
            return known
        if askable.meter:
            askable.meter.authorise(name, expected_cost=askable.price.expected(request))
        return self.threads.submit(_answered, key, request, askable)

    def _settled(self) -> list[Answered[Key]]:
        """Wait for the next replies, count and store them, and return what is to be yielded."""
        finished, _pending = wait(self.under_way, return_when=FIRST_COMPLETED)
        answers = []
        for future in finished:
            name, request = self.under_way.pop(future)
            answered = future.result()
            self._settle(answered, name, request)
            if isinstance(answered.error, ChatUnavailableError):
                self.stopped = self.stopped or answered.error
            else:
                answers.append(answered)
        return answers

    def _settle(self, answered: Answered[Key], name: str, request: ChatRequest) -> None:
        askable, reply = self.askable, answered.reply
        if reply is not None and reply.is_cached:
            return
        if reply is None:
            if askable.meter:
                askable.meter.release(name)
            return
        if askable.meter:
            askable.meter.record(_usage(reply, name=name, cost=askable.price.of_reply(reply)))
        if askable.cache:
            askable.cache.store(name, reply=reply, sources=request.sources)


def _usage(reply: ChatReply, *, name: str, cost: Decimal | None) -> Usage:
    return Usage(
        model=reply.model,
        request_hash=name,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        seconds=reply.seconds,
        cost=cost,
    )


def _answered(key: Key, request: ChatRequest, askable: AskableModel) -> Answered[Key]:
    askable.pace.wait()
    try:
        return Answered(key=key, reply=askable.client.complete(request))
    except ChatError as error:
        return Answered(key=key, error=error)
