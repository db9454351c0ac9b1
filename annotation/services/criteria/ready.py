"""Starting a set from the library of ready criteria, which needs no model."""

from collections.abc import Iterable

from django.db import transaction

from annotation.domain.criteria.ready import READY, ReadyCriterion
from annotation.models import Assertion, CriteriaSet, Criterion, CriterionOrigin
from annotation.queries.criteria.assertions import current_criteria
from annotation.services.criteria.checks import AssertionDraft, add_assertion
from annotation.services.criteria.sets import Source, Wording, add_criterion
from curation.models import User


def ready_criteria(criteria_set: CriteriaSet) -> list[ReadyCriterion]:
    """Return the ready criteria that the set does not have yet."""
    taken = {criterion.name for criterion in current_criteria(criteria_set)}
    return [ready for ready in READY.values() if ready.name not in taken]


@transaction.atomic
def add_ready_criteria(
    *, criteria_set: CriteriaSet, keys: Iterable[str], actor: User | None = None
) -> list[Criterion]:
    """Add these criteria of the library with their assertions; those that the set has already are left out."""
    wanted = set(keys)
    return [_add(criteria_set, ready, actor) for ready in ready_criteria(criteria_set) if ready.key in wanted]


def _add(criteria_set: CriteriaSet, ready: ReadyCriterion, actor: User | None) -> Criterion:
    criterion = add_criterion(
        criteria_set=criteria_set,
        wording=Wording(name=ready.name, text=ready.text, max_false_failure_rate=ready.tolerance),
        source=Source(origin=CriterionOrigin.LIBRARY),
        actor=actor,
    )
    for own in ready.assertions:
        draft = AssertionDraft(
            name=own.name,
            check_name=own.check_name,
            parameters=own.parameters,
            origin=Assertion.Origin.LIBRARY,
        )
        add_assertion(criterion=criterion, draft=draft, actor=actor)
    return criterion
