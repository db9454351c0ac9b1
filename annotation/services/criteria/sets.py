"""Criteria, their wordings, and the grades that people give under them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid6 import uuid7

from annotation.models import CriteriaSet, Criterion, CriterionOrigin, Grade
from annotation.queries.criteria.grades import Thumbs, own_thumbs
from curation.domain.errors import HarkenError
from curation.models import Membership, Project, Response, User
from curation.services.work.audit import record_event

DEFAULT_TOLERANCE = 0.25  # what EvalGen uses
MOST_GRADERS = 9
# Django takes an empty list for a blank, which a criterion that no output brought up rightly has.
MAY_BE_EMPTY = {"prompted_by", "made_from"}


class CriterionReplacedError(HarkenError):
    """A wording that is no longer the newest cannot be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a criterion says, and which share of wrongly failed answers is tolerated."""

    name: str
    text: str
    max_false_failure_rate: float = DEFAULT_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a criterion comes from; `prompted_by` are the outputs that brought it up.

    `made_from` are the keys of criteria that were split or merged. `quoted_response` is set where its words are a
    user's or a grader's about that answer, so that they go where its conversation is withdrawn.
    """

    origin: str = CriterionOrigin.WRITTEN
    kind: str = Criterion.Kind.CODE
    prompted_by: Sequence[UUID] = ()
    made_from: Sequence[UUID] = ()
    quoted_response: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeSheet:
    """What one person says of one output: true is good, false bad, None says nothing or takes back.

    A criterion that is left out of `by_criterion` stays as it was, and so does the overall thumb where a criterion
    was graded alone (`is_partial`). `policy` is why this output was shown.
    """

    overall: bool | None
    is_partial: bool = False
    by_criterion: Mapping[Criterion, bool | None] = field(default_factory=dict)
    note: str = ""
    policy: str = ""


@transaction.atomic
def create_criteria_set(*, project: Project, name: str, actor: User | None = None) -> CriteriaSet:
    """Make an empty set of criteria; its name is unique in the project."""
    criteria_set = CriteriaSet(project=project, name=name, created_by=actor)
    criteria_set.full_clean()
    criteria_set.save()
    record_event(action="criteria_set.created", project=project, actor=actor, target=criteria_set)
    return criteria_set


@transaction.atomic
def add_criterion(
    *, criteria_set: CriteriaSet, wording: Wording, source: Source | None = None, actor: User | None = None
) -> Criterion:
    """Add a criterion in its first wording, after all others."""
    source = source or Source()
    criterion = _worded(criteria_set, wording, key=uuid7(), version=1)
    criterion.prompted_by = [str(response) for response in source.prompted_by]
    criterion.origin, criterion.kind = source.origin, source.kind
    criterion.made_from = [str(key) for key in source.made_from]
    criterion.quoted_response = source.quoted_response
    criterion.position = _last_position(criteria_set) + 1
    criterion.full_clean(exclude=MAY_BE_EMPTY)
    criterion.save()
    record_event(
        action="criterion.added",
        project=criteria_set.project,
        actor=actor,
        target=criterion,
        details={"origin": source.origin},
    )
    return criterion


def _last_position(criteria_set: CriteriaSet) -> int:
    found = criteria_set.criteria.aggregate(last=Max("position"))["last"]
    return -1 if found is None else int(found)


@transaction.atomic
def reword_criterion(*, criterion: Criterion, wording: Wording, actor: User | None = None) -> Criterion:
    """Give a criterion new words: a new version with the old one's assertions; grades keep their wording.

    Another tolerance alone is no other wording, so it changes the criterion in place.
    """
    current = Criterion.objects.select_for_update().select_related("criteria_set").get(pk=criterion.pk)
    if current.archived_at is not None:
        raise CriterionReplacedError(
            _("This wording was replaced by a newer one. Reload the page and change that one.")
        )
    if (wording.name, wording.text) == (current.name, current.text):
        return _retolerated(current, wording.max_false_failure_rate, actor=actor)
    successor = _worded(current.criteria_set, wording, key=current.key, version=current.version + 1)
    successor.kind, successor.prompted_by = current.kind, current.prompted_by
    successor.origin, successor.position = current.origin, current.position
    successor.made_from = current.made_from
    successor.full_clean(exclude=MAY_BE_EMPTY)
    successor.save()
    current.archived_at = timezone.now()
    current.save(update_fields=["archived_at"])
    current.assertions.update(criterion=successor)
    record_event(
        action="criterion.reworded",
        project=current.project,
        actor=actor,
        target=successor,
        details={"version": successor.version, "before": str(current.uuid)},
    )
    return successor


def _worded(criteria_set: CriteriaSet, wording: Wording, *, key: UUID, version: int) -> Criterion:
    return Criterion(
        project_id=criteria_set.project_id,
        criteria_set=criteria_set,
        key=key,
        version=version,
        name=wording.name,
        text=wording.text,
        max_false_failure_rate=wording.max_false_failure_rate,
    )


def _retolerated(criterion: Criterion, tolerance: float, *, actor: User | None) -> Criterion:
    if tolerance != criterion.max_false_failure_rate:
        before, criterion.max_false_failure_rate = criterion.max_false_failure_rate, tolerance
        criterion.full_clean(exclude=MAY_BE_EMPTY)
        criterion.save(update_fields=["max_false_failure_rate"])
        record_event(
            action="criterion.tolerance_changed",
            project=criterion.project,
            actor=actor,
            target=criterion,
            details={"before": before, "after": tolerance},
        )
    return criterion


@transaction.atomic
def archive_criterion(*, criterion: Criterion, actor: User | None = None) -> None:
    """Leave a criterion out from now on; its grades and results stay."""
    criterion.archived_at = timezone.now()
    criterion.save(update_fields=["archived_at"])
    criterion.assertions.update(is_selected=False)
    record_event(action="criterion.archived", project=criterion.project, actor=actor, target=criterion)


@transaction.atomic
def set_grading_rules(
    *, criteria_set: CriteriaSet, order: str, graders_wanted: int, actor: User | None = None
) -> None:
    """Say what is graded next, and by how many people."""
    criteria_set.order, criteria_set.graders_wanted = order, graders_wanted
    criteria_set.full_clean()
    criteria_set.save(update_fields=["order", "graders_wanted"])
    record_event(
        action="criteria_set.grading_ruled",
        project=criteria_set.project,
        actor=actor,
        target=criteria_set,
        details={"order": order, "graders_wanted": graders_wanted},
    )


@transaction.atomic
def grade_response(
    *, criteria_set: CriteriaSet, response: Response, membership: Membership, sheet: GradeSheet
) -> list[Grade]:
    """Add what this person says of an output; rows are only ever added, and only for what changed."""
    before = own_thumbs(criteria_set, membership_id=membership.pk)
    return [
        Grade.objects.create(
            project_id=criteria_set.project_id,
            criteria_set=criteria_set,
            response=response,
            membership=membership,
            criterion=criterion,
            is_good=is_good,
            note="" if criterion else sheet.note,
            policy=sheet.policy,
        )
        for criterion, is_good in _changed(before, sheet, response_id=response.pk)
    ]


def _changed(
    before: Thumbs, sheet: GradeSheet, *, response_id: int
) -> Iterator[tuple[Criterion | None, bool | None]]:
    """Yield the thumbs that say something else than before; the same thumb under a newer wording does."""
    overall = before.overall.get(response_id)
    stood = (overall.is_good, overall.note) if overall else (None, "")
    if not sheet.is_partial and (sheet.overall, sheet.note) != stood:
        yield None, sheet.overall
    for criterion, is_good in sheet.by_criterion.items():
        thumb = before.by_criterion.get((response_id, criterion.key))
        said = (thumb.is_good, thumb.wording_version) if thumb else (None, criterion.version)
        if said != (is_good, criterion.version):
            yield criterion, is_good


@transaction.atomic
def take_back_grades(*, criteria_set: CriteriaSet, membership: Membership) -> Response | None:
    """Take back all that this person said of the output they graded last; None where nothing stands."""
    thumbs = own_thumbs(criteria_set, membership_id=membership.pk)
    said = [*thumbs.overall.values(), *thumbs.by_criterion.values()]
    if not said:
        return None
    last = max(said, key=lambda thumb: thumb.grade_id)
    response = Response.objects.for_project(criteria_set.project).get(pk=last.response_id)
    criteria = Criterion.objects.for_project(criteria_set.project).filter(
        grades__pk__in=[
            thumb.grade_id for (graded, _key), thumb in thumbs.by_criterion.items() if graded == response.pk
        ]
    )
    sheet = GradeSheet(
        overall=None,
        is_partial=response.pk not in thumbs.overall,
        by_criterion=dict.fromkeys(criteria),
        policy="taken back",
    )
    grade_response(criteria_set=criteria_set, response=response, membership=membership, sheet=sheet)
    return response
