"""Criteria are split, merged and put in another order; what people graded under the old ones stays with those."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import CriteriaSet, Criterion, CriterionOrigin
from annotation.queries.criteria.assertions import current_criteria
from annotation.services.criteria.sets import (
    CriterionReplacedError,
    Source,
    Wording,
    add_criterion,
    archive_criterion,
)
from curation.domain.errors import HarkenError
from curation.models import User
from curation.services.work.audit import record_event


@transaction.atomic
def split_criterion(
    *, criterion: Criterion, wordings: Sequence[Wording], actor: User | None = None
) -> list[Criterion]:
    """Put several criteria in the place of one; its assertions go with the first of them."""
    if len(wordings) < 2:
        raise HarkenError(_("A split makes two criteria at least. Write a second one, or reword this one."))
    current = _locked([criterion])[0]
    source = Source(
        origin=CriterionOrigin.SPLIT,
        kind=current.kind,
        prompted_by=[UUID(output) for output in current.prompted_by],
        made_from=[current.key],
    )
    parts = [
        add_criterion(criteria_set=current.criteria_set, wording=wording, source=source, actor=actor)
        for wording in wordings
    ]
    current.assertions.update(criterion=parts[0])
    archive_criterion(criterion=current, actor=actor)
    _put_at(parts, position=current.position)
    return parts


@transaction.atomic
def merge_criteria(
    *, criteria: Sequence[Criterion], wording: Wording, actor: User | None = None
) -> Criterion:
    """Put one criterion in the place of several of a set; it gets all their assertions."""
    if len({criterion.key for criterion in criteria}) < 2:
        raise HarkenError(_("A merger takes two criteria at least. Choose another one to merge with."))
    merging = _locked(criteria)
    first = min(merging, key=lambda criterion: (criterion.position, criterion.key))
    prompted_by = dict.fromkeys(output for criterion in merging for output in criterion.prompted_by)
    source = Source(
        origin=CriterionOrigin.MERGED,
        kind=first.kind,
        prompted_by=[UUID(output) for output in prompted_by],
        made_from=[criterion.key for criterion in merging],
    )
    merged = add_criterion(criteria_set=first.criteria_set, wording=wording, source=source, actor=actor)
    for criterion in merging:
        criterion.assertions.update(criterion=merged)
        archive_criterion(criterion=criterion, actor=actor)
    _put_at([merged], position=first.position)
    return merged


@transaction.atomic
def move_criterion(*, criterion: Criterion, by: int, actor: User | None = None) -> None:
    """Move a criterion so many places down its set's order, or up where negative; it stops at the ends."""
    criteria_set = CriteriaSet.objects.select_for_update().get(pk=criterion.criteria_set_id)
    order = list(current_criteria(criteria_set))
    place = next((at for at, each in enumerate(order) if each.pk == criterion.pk), None)
    if place is None:
        raise CriterionReplacedError(_("This wording was replaced by a newer one. Reload the page."))
    order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
    _number(order)
    record_event(
        action="criterion.moved",
        project=criteria_set.project,
        actor=actor,
        target=criterion,
        details={"by": by},
    )


def _locked(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Return these criteria of one set, each in its newest wording."""
    locked = Criterion.objects.select_for_update(of=("self",)).select_related("criteria_set__project")
    found = list(locked.filter(pk__in=[criterion.pk for criterion in criteria]).order_by("pk"))
    if any(criterion.archived_at is not None for criterion in found):
        raise CriterionReplacedError(
            _("One of these wordings was replaced by a newer one. Reload the page and begin again.")
        )
    if len({criterion.criteria_set_id for criterion in found}) > 1:
        raise HarkenError(_("Only criteria of the same set can be merged."))
    return found


def _put_at(criteria: Sequence[Criterion], *, position: int) -> None:
    """Number the set anew with these criteria, in this order, where the one that they replace stood."""
    moved = {criterion.pk for criterion in criteria}
    others = [each for each in current_criteria(criteria[0].criteria_set) if each.pk not in moved]
    before = [each for each in others if each.position < position]
    _number([*before, *criteria, *others[len(before) :]])


def _number(order: Sequence[Criterion]) -> None:
    for place, criterion in enumerate(order):
        criterion.position = place
    Criterion.objects.bulk_update(order, ["position"])
