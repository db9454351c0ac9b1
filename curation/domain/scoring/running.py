"""Runs a frozen check over many answers: of the library in this process, written code in the sandbox."""

from collections.abc import Sequence

from checks import Check, ParameterError, UnknownCheckError, build_check
from checks.outcomes import CheckOutcome
from checks.running import run_check
from checks.sandbox import Case, run_written_check
from checks.sandbox.problems import STOPPED_AFTER_OVERRUNS, TOO_LONG_ALTOGETHER
from curation.domain.scoring.check_sets import FrozenCheck

GIVEN_UP = (STOPPED_AFTER_OVERRUNS, TOO_LONG_ALTOGETHER)
NOT_RUN_HERE = "This check asks a model, and frozen measures ask none."


class FrozenRunner:
    """One frozen check on its way through many answers; code that keeps overrunning is not tried on the rest."""

    def __init__(self, frozen: FrozenCheck) -> None:
        self._frozen = frozen
        self._given_up: CheckOutcome | None = None

    def outcomes(self, cases: Sequence[Case]) -> list[CheckOutcome]:
        """Return what the check says of each (last user message, answer), in order; raises nothing of its own."""
        if self._given_up is not None:
            return [self._given_up] * len(cases)
        if self._frozen.kind == "check":
            return self._of_the_library(cases)
        if self._frozen.kind != "code":
            return [CheckOutcome(passed=None, sentence=NOT_RUN_HERE)] * len(cases)
        outcomes = run_written_check(self._frozen.source, cases)
        if outcomes and outcomes[-1].sentence in GIVEN_UP:
            self._given_up = outcomes[-1]
        return outcomes

    def _of_the_library(self, cases: Sequence[Case]) -> list[CheckOutcome]:
        try:
            check = build_check(self._frozen.check, self._frozen.parameters)
        except (ParameterError, UnknownCheckError) as error:
            return [CheckOutcome(passed=None, sentence=str(error))] * len(cases)
        return [_outcome(check, case) for case in cases]


def _outcome(check: Check, case: Case) -> CheckOutcome:
    try:
        return run_check(check, [case])[0]
    except Exception as error:  # noqa: BLE001 - a guest's check may raise anything; the others shall go on
        return CheckOutcome(passed=None, sentence=f"The check raised {type(error).__name__}.")
