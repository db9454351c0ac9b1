"""Simulated annotators: a session cookie, a CSRF token, and no pause between judgements."""

import re
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

FIELD = re.compile(r'name="(lease|idempotency_key|person)" value="([^"]*)"')
FORM = re.compile(r'<form class="verdict-bar".*?</form>', re.DOTALL)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One cycle: how long the next task took, and how long the judgement."""

    next_ms: float
    save_ms: float


@dataclass(slots=True)
class Shift:
    """What one annotator did: cycles, the keys of confirmed judgements, and what went wrong."""

    steps: list[Step] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Annotator:
    """Somebody at the desk, over one kept connection as a browser has it.

    With `is_whole` the answer to a judgement brings the next task, as it does for a browser with scripts; otherwise
    the task is asked for and the judgement sent by requests of their own.
    """

    def __init__(self, *, address: str, path: str, session: str, is_whole: bool = False) -> None:
        self.connection = HTTPConnection(address, timeout=TIMEOUT)
        self.path = path
        self.is_whole = is_whole
        self.cookies = {"sessionid": session}
        self.token = ""

    def work(self, shift: Shift, *, until: float) -> None:
        """Judge until the time is over or nothing is left."""
        try:
            began = time.perf_counter()
            page = self.ask()
            while (form := FORM.search(page)) and time.monotonic() < until:
                asked_ms = (time.perf_counter() - began) * 1000
                began = time.perf_counter()
                page = self.judge(form.group(), page, shift)
                saved_ms = (time.perf_counter() - began) * 1000
                began = time.perf_counter()
                if self.is_whole:
                    asked_ms = 0.0
                else:
                    page = self.ask()
                shift.steps.append(Step(asked_ms, saved_ms))
        except Exception as error:  # noqa: BLE001 - whatever it was, it is counted and told
            shift.errors.append(repr(error))
        finally:
            self.connection.close()

    def ask(self) -> str:
        """Return the desk with the next task, as htmx asks for it."""
        return self.read(self.send("GET", self.path, {}))

    def judge(self, form: str, page: str, shift: Shift) -> str:
        """Send the first choice of a form; returns the desk where the answer brings it."""
        fields = dict(FIELD.findall(form))
        token = TOKEN.search(page)
        sent = {**fields, "choice": "a", "csrfmiddlewaretoken": token.group(1) if token else ""}
        body = urlencode(sent)
        kind = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": sent["csrfmiddlewaretoken"],
        }
        preferred = {} if self.is_whole else {"Prefer": "return=minimal"}
        answer = self.send("POST", f"{self.path}submit/", {**kind, **preferred}, body)
        if answer.getheader("X-Harken-Desk") == "judged":
            shift.confirmed.append(fields["idempotency_key"])
        else:
            shift.errors.append(f"{answer.status} {answer.getheader('X-Harken-Desk')}")
        return self.read(answer)

    def send(self, method: str, path: str, headers: dict[str, str], body: str = "") -> HTTPResponse:
        """Send a request with the cookies so far, and keep those of the answer."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {"HX-Request": "true", "Cookie": cookies, **headers})
        answer = self.connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer

    def read(self, answer: HTTPResponse) -> str:
        """Return the body; raise where the server failed."""
        body = answer.read().decode()
        if answer.status >= 400:
            message = f"{answer.status} for {self.path}"
            raise OSError(message)
        return body


def work_at_once(annotators: list[Annotator], *, seconds: float) -> list[Shift]:
    """Let everybody work at the same time for so long; returns what each of them did."""
    shifts = [Shift() for _ in annotators]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=one.work, args=(shift,), kwargs={"until": until})
        for one, shift in zip(annotators, shifts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shifts
