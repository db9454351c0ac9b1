"""Trying an assertion on graded outputs while it is being written: nothing is stored, and code runs in the sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore

from django.utils.translation import gettext as _

from annotation.models import Assertion, CriteriaSet
from annotation.queries.criteria.graded_outputs import GradedOutput, outputs_to_try
from annotation.services.criteria.checks import AssertionDraft
from checks import ParameterError, UnknownCheckError, build_check
from checks.outcomes import CheckOutcome
from checks.running import run_check
from checks.sandbox import SandboxLimits, run_written_check

# Somebody is waiting, so that less is allowed than in a run.
LIMITS = SandboxLimits(seconds=0.5, total_seconds=5.0, overruns=1)
# A process of the web server starts no more sandboxes than these at once, whatever is typed.
_AT_ONCE = BoundedSemaphore(2)
_WAIT_SECONDS = 5.0
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedOutput:
    """What an assertion says of one output, beside what people say."""

    output: GradedOutput
    outcome: CheckOutcome

    @property
    def is_at_odds(self) -> bool:
        """Whether it passes what people call bad, or fails what they call good."""
        return None not in (self.output.is_good, self.outcome.passed) and (
            self.output.is_good != self.outcome.passed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What trying an assertion came to; `problem` says why it could not be tried."""

    outputs: Sequence[TriedOutput] = ()
    problem: str = ""

    def count(self, *, is_good: bool | None, passed: bool | None) -> int:
        """Return how many outputs have this thumb and this outcome."""
        return sum((each.output.is_good, each.outcome.passed) == (is_good, passed) for each in self.outputs)

    @property
    def graded(self) -> int:
        """How many of the outputs are graded."""
        return sum(each.output.is_good is not None for each in self.outputs)

    @property
    def bad_failed(self) -> int:
        """Bad outputs that it fails, as it should."""
        return self.count(is_good=False, passed=False)

    @property
    def good_failed(self) -> int:
        """Good outputs that it fails."""
        return self.count(is_good=True, passed=False)

    @property
    def bad(self) -> int:
        """Outputs that people call bad."""
        return sum(each.output.is_good is False for each in self.outputs)

    @property
    def good(self) -> int:
        """Outputs that people call good."""
        return self.graded - self.bad

    @property
    def failed(self) -> int:
        """Outputs that it fails."""
        return sum(each.outcome.passed is False for each in self.outputs)

    @property
    def skipped(self) -> int:
        """Outputs of which it says nothing."""
        return sum(each.outcome.has_no_verdict for each in self.outputs)

    @property
    def shown(self) -> Sequence[TriedOutput]:
        """The outputs most worth a look: at odds with people, then skipped ones, then failed ones."""

        def rank(each: TriedOutput) -> tuple[bool, bool, bool]:
            return not each.is_at_odds, not each.outcome.has_no_verdict, each.outcome.passed is not False

        return [each for each in sorted(self.outputs, key=rank)[:SHOWN] if rank(each) != (True, True, True)]


def try_assertion(*, criteria_set: CriteriaSet, draft: AssertionDraft) -> Tried:
    """Return what an assertion says of graded outputs."""
    if draft.kind == Assertion.Kind.JUDGE:
        return Tried(problem=_("A question is asked when the set is run: each answer may cost something."))
    outputs = outputs_to_try(criteria_set)
    if not outputs:
        return Tried(problem=_("There is no output to try it on yet. Mine feedback and build pairs first."))
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        return Tried(problem=_("Others are trying code at the moment. Try again in a few seconds."))
    try:
        outcomes = _outcomes(draft, outputs)
    except (ParameterError, UnknownCheckError) as error:
        return Tried(problem=str(error))
    finally:
        _AT_ONCE.release()
    if len({each.sentence for each in outcomes}) == 1 and outcomes[0].has_no_verdict:
        return Tried(problem=outcomes[0].sentence)
    return Tried(
        outputs=[
            TriedOutput(output=output, outcome=outcome)
            for output, outcome in zip(outputs, outcomes, strict=True)
        ]
    )


def _outcomes(draft: AssertionDraft, outputs: Sequence[GradedOutput]) -> list[CheckOutcome]:
    cases = [output.case for output in outputs]
    if draft.check_name:
        return run_check(build_check(draft.check_name, draft.parameters), cases)
    return run_written_check(draft.source, cases, limits=LIMITS)
