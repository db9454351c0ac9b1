"""Two requests compute at once, whatever else a process has at hand."""

from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from threading import Event

import pytest

from config.turns import LARGE_BODY, in_turns


class Desk:
    """An application whose requests compute until they are told to stop."""

    def __init__(self) -> None:
        self.begun: Queue[str] = Queue()
        self.go_on = {name: Event() for name in ("first", "second", "third", "upload")}

    def __call__(self, environ, start_response):
        self.begun.put(environ["PATH_INFO"])
        assert self.go_on[environ["PATH_INFO"]].wait(10)
        return [environ["PATH_INFO"].encode()]


def ask(pool: ThreadPoolExecutor, application, name: str, *, length: int = 0) -> Future:
    return pool.submit(application, {"PATH_INFO": name, "CONTENT_LENGTH": str(length)}, lambda *_: None)


def test_a_third_request_waits_for_its_turn_and_an_upload_does_not():
    desk = Desk()
    application = in_turns(desk, at_once=2)
    with ThreadPoolExecutor(4) as pool:
        answers = [ask(pool, application, "first"), ask(pool, application, "second")]
        assert {desk.begun.get(timeout=10), desk.begun.get(timeout=10)} == {"first", "second"}
        answers += [
            ask(pool, application, "third"),
            ask(pool, application, "upload", length=LARGE_BODY + 1),
        ]
        # The upload has begun after the third request was sent, which still waits.
        assert desk.begun.get(timeout=10) == "upload"
        assert desk.begun.empty()
        desk.go_on["first"].set()
        assert desk.begun.get(timeout=10) == "third"
        for event in desk.go_on.values():
            event.set()
        assert [b"".join(answer.result(10)) for answer in answers] == [
            b"first",
            b"second",
            b"third",
            b"upload",
        ]


def test_a_turn_ends_with_an_error_too():
    def fails(_environ, _start_response):
        raise ValueError("no answer")

    application = in_turns(fails, at_once=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="no answer"):
            application({}, lambda *_: None)
