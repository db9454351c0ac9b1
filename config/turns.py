"""Turns at computing: Python runs one thread of a process at a time, and every hand-over to another one costs."""

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# A body longer than this comes over a slow line for a while, which is no computing.
LARGE_BODY = 1_000_000


def in_turns(application: Application, *, at_once: int) -> Application:
    """Let so many requests compute at once, and the others wait for their turn.

    What is sent to the browser is sent after the turn, so that a download over a slow line keeps nobody waiting;
    nor does an upload, which takes no turn at all.
    """
    turns = BoundedSemaphore(at_once)

    def answer(request: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if int(request.get("CONTENT_LENGTH") or 0) > LARGE_BODY:
            return application(request, start_response)
        with turns:
            return application(request, start_response)

    return answer
