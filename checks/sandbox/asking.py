"""Asks a process of its own about written checks, and ends it when its time is up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from checks.outcomes import CheckOutcome
from checks.sandbox.limits import DEFAULT_LIMITS, Case, SandboxLimits
from checks.sandbox.problems import ENDED_UNEXPECTEDLY, MISSING_FUNCTION, ProblemSentence

# To start, to read the texts, and to end overruns by itself; a process that takes longer is killed.
GRACE_SECONDS = 30.0
PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent


def compile_written_check(source: str, *, limits: SandboxLimits = DEFAULT_LIMITS) -> ProblemSentence | None:
    """Return what is wrong with the code that shows without any output, or None where it can be run."""
    if problem := _problem_of_text(source, limits=limits):
        return problem
    reply = _reply(source, cases=None, limits=limits)
    return ENDED_UNEXPECTEDLY if reply is None else reply["problem"]


def run_written_check(
    source: str, cases: Sequence[Case], *, limits: SandboxLimits = DEFAULT_LIMITS
) -> list[CheckOutcome]:
    """Run `def check(prompt: str, response: str) -> bool` on each case, in order.

    Never raises on account of the code: what goes wrong is the outcome of the output it went wrong on.
    Globals that the code changes may last from one output to the next, or not.
    """
    if not cases:
        return []
    problem = _problem_of_text(source, limits=limits)
    reply = None if problem else _reply(source, cases=cases, limits=limits)
    if reply is None:
        return [CheckOutcome(passed=None, sentence=problem or ENDED_UNEXPECTEDLY)] * len(cases)
    return [_outcome(entry) for entry in reply["outcomes"]]


def _problem_of_text(source: str, *, limits: SandboxLimits) -> ProblemSentence | None:
    if len(source) > limits.source_characters:
        return ProblemSentence(
            f"The code has {len(source):,} characters; at most {limits.source_characters:,} are run."
        )
    return None if source.strip() else MISSING_FUNCTION


def _outcome(entry: bool | str) -> CheckOutcome:
    if isinstance(entry, str):
        return CheckOutcome(passed=None, sentence=entry)
    return CheckOutcome(passed=entry)


def _reply(source: str, *, cases: Sequence[Case] | None, limits: SandboxLimits) -> dict[str, Any] | None:
    """Return what the process answers, or None where it broke or had to be killed."""
    request = json.dumps({"source": source, "cases": cases, "limits": asdict(limits)})
    process = _start()
    try:
        answer, _ = process.communicate(request, timeout=limits.total_seconds + GRACE_SECONDS)
    except (subprocess.TimeoutExpired, OSError):
        answer = ""
    finally:
        _end(process)
    with suppress(ValueError):
        reply: dict[str, Any] = json.loads(answer)
        return reply
    return None


def _start() -> subprocess.Popen[str]:
    """Start the process in a group of its own, with an environment that holds no secret."""
    return subprocess.Popen(
        [sys.executable, "-m", "checks.sandbox.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={"PYTHONPATH": str(PROJECT_ROOT), "PATH": os.defpath, "PYTHONUTF8": "1"},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the process and whatever it started, unless it ended well."""
    if process.poll() == 0:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
