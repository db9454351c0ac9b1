"""Runs a library check over many outputs, with the same kind of result as a written one."""

from collections.abc import Sequence

from checks.contract import Check
from checks.outcomes import CheckOutcome
from checks.sandbox.limits import Case


def run_check(check: Check, cases: Sequence[Case]) -> list[CheckOutcome]:
    """Return what the check says of each case, in order."""
    return [_outcome(check, check.run(prompt, response)) for prompt, response in cases]


def _outcome(check: Check, passed: bool | None) -> CheckOutcome:
    if passed is None:
        return CheckOutcome(passed=None, sentence=check.skip_sentence)
    return CheckOutcome(passed=passed, sentence="" if passed else check.failure_sentence)
