"""How the mishaps of a written check are told."""

from pydantic_monty import MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

from checks.sandbox.limits import SandboxLimits
from checks.sandbox.problems import ENDED_UNEXPECTEDLY, TAKES_TWO, ProblemSentence

# What Python says of a call whose arguments do not fit.
WRONG_ARGUMENTS = ("check() takes ", "check() missing ")
# What the interpreter calls the code that a session runs first, which is the check's own.
CHECK_FILE = "<python-input-0>"
MESSAGE_CHARACTERS = 200
SOME_MODULES = "re, json, math, collections, itertools, functools, datetime, unicodedata, csv"
BYTES_PER_MEGABYTE = 1024**2


def is_overrun(error: MontyError) -> bool:
    """Return whether the check broke a limit or its process, rather than raising something of its own."""
    inner = error.exception()
    return isinstance(error, MontyCrashedError) or isinstance(inner, (TimeoutError, MemoryError))


def sentence_on(error: MontyError, *, limits: SandboxLimits) -> ProblemSentence:
    """Say what ended a run."""
    inner = error.exception()
    if isinstance(inner, TimeoutError) or getattr(error, "timed_out", False):
        return ProblemSentence(f"The check took longer than {limits.seconds:g} s.")
    if isinstance(inner, MemoryError):
        megabytes = limits.memory_bytes // BYTES_PER_MEGABYTE
        return ProblemSentence(f"The check needed more than {megabytes} MB of memory.")
    if isinstance(error, MontyCrashedError):
        return ENDED_UNEXPECTEDLY
    return ProblemSentence(f"{_line_of(error)}{_raised(type(inner).__name__, str(inner))}")


def sentence_on_verdict(verdict: str) -> ProblemSentence:
    """Say what a check did instead of returning a bool: "raised NAME: MESSAGE" or "returned TYPE"."""
    deed, _, rest = verdict.partition(" ")
    if deed == "returned":
        return ProblemSentence(f"The check returned {rest} instead of True or False.")
    name, _, message = rest.partition(": ")
    return _raised(name, message)


def _raised(name: str, message: str) -> ProblemSentence:
    if name == "TypeError" and message.startswith(WRONG_ARGUMENTS):
        return TAKES_TWO
    shown = " ".join(message.split())[:MESSAGE_CHARACTERS].rstrip(".")
    if name == "SyntaxError":
        return ProblemSentence(f"This is not Python: {shown}.")
    if name == "NotImplementedError":
        return ProblemSentence(f"The sandbox does not know this part of Python: {shown}.")
    if name == "ModuleNotFoundError":
        return ProblemSentence(f"{shown}. The sandbox has, among others: {SOME_MODULES}.")
    return ProblemSentence(f"The check raised {name}: {shown}." if shown else f"The check raised {name}.")


def _line_of(error: MontyError) -> str:
    frames = error.traceback() if isinstance(error, MontyRuntimeError | MontySyntaxError) else []
    own_lines = [frame.line for frame in frames if frame.filename == CHECK_FILE]
    return f"Line {own_lines[-1]}: " if own_lines else ""
