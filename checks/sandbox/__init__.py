"""Runs checks that people wrote in Python, away from this process and from everything on this machine."""

from checks.outcomes import CheckOutcome
from checks.sandbox.asking import compile_written_check, run_written_check
from checks.sandbox.limits import Case, SandboxLimits
from checks.sandbox.problems import ProblemSentence

__all__ = [
    "Case",
    "CheckOutcome",
    "ProblemSentence",
    "SandboxLimits",
    "compile_written_check",
    "run_written_check",
]
