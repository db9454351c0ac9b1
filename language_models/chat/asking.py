"""Ask many requests of one endpoint at once: in parallel, no faster than allowed, and never beyond the budget."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Generic, TypeVar

from language_models.chat.contract import ChatClient, ChatError, ChatReply, ChatRequest, ChatUnavailableError

Key = TypeVar("Key")


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


def ask_all(
    requests: Iterable[tuple[Key, ChatRequest]],
    *,
    client: ChatClient,
    parallel: int = 4,
    pace: Pace | None = None,
    before_each: Callable[[ChatRequest], None] = lambda _request: None,
) -> Iterator[Answered[Key]]:
    """Yield what becomes of each request, as soon as it is known, in any order.

    `before_each` runs in the caller's thread and may raise to stop: nothing new is asked then, and what is under way
    is still yielded before its error goes on. So it is when the whole endpoint fails, with ChatUnavailableError.
    """
    rhythm = pace or Pace(None)
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="chat") as threads:

        def begin(key: Key, request: ChatRequest) -> "Future[Answered[Key]]":
            before_each(request)
            return threads.submit(_answered, key, request, client, rhythm)

        yield from _as_they_come(iter(requests), begin, parallel)


def _as_they_come(
    remaining: Iterator[tuple[Key, ChatRequest]],
    begin: "Callable[[Key, ChatRequest], Future[Answered[Key]]]",
    parallel: int,
) -> Iterator[Answered[Key]]:
    under_way: set[Future[Answered[Key]]] = set()
    stopped: Exception | None = None
    while True:
        try:
            room = 0 if stopped else parallel - len(under_way)
            for key, request in islice(remaining, room):
                under_way.add(begin(key, request))
        except Exception as error:  # noqa: BLE001 - goes on below, when what is under way has been kept
            stopped = error
        if not under_way:
            break
        finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for answered in (future.result() for future in finished):
            if isinstance(answered.error, ChatUnavailableError):
                stopped = stopped or answered.error
            else:
                yield answered
    if stopped is not None:
        raise stopped


def _answered(key: Key, request: ChatRequest, client: ChatClient, pace: Pace) -> Answered[Key]:
    pace.wait()
    try:
        return Answered(key=key, reply=client.complete(request))
    except ChatError as error:
        return Answered(key=key, error=error)
