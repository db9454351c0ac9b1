"""Who may judge: members, under the pseudonym of their membership."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotation.models import Assertion, CriteriaSet, Criterion, CriterionProposal, Queue
from curation.models import Membership, Project
from curation.models.kept_queries import kept_query
from curation.permissions import Access


def judge_of(access: Access) -> Membership:
    """Return the membership under which this person judges; a superuser must join the project first."""
    if access.membership is None:
        raise PermissionDenied(_("Judgements are kept under a member's pseudonym. Join this project first."))
    return access.membership


def existing_queue(project: Project, uuid: UUID) -> Queue:
    """Return the queue of this id in the project, or raise Http404."""
    queue = next(iter(_queues(project=project.pk, uuid=uuid)), None)
    if queue is None:
        raise Http404
    queue.project = project
    return queue


@kept_query
def _queues(project: int, uuid: UUID) -> QuerySet[Queue]:
    return Queue.objects.filter(project=project, uuid=uuid).select_related("guideline")


def existing_criteria_set(project: Project, uuid: UUID) -> CriteriaSet:
    """Return the criteria set of this id in the project, or raise Http404."""
    found = CriteriaSet.objects.for_project(project).filter(uuid=uuid).select_related("project").first()
    if found is None:
        raise Http404
    return found


def existing_criterion(project: Project, uuid: UUID) -> Criterion:
    """Return the criterion, in the wording of this id, or raise Http404."""
    criteria = Criterion.objects.for_project(project).select_related("criteria_set", "project")
    found = criteria.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def existing_proposal(project: Project, uuid: UUID) -> CriterionProposal:
    """Return the proposal of this id that nobody decided yet, or raise Http404."""
    proposals = CriterionProposal.objects.for_project(project).filter(decided_at__isnull=True)
    found = proposals.filter(uuid=uuid).select_related("criteria_set", "project").first()
    if found is None:
        raise Http404
    return found


def existing_assertion(project: Project, uuid: UUID) -> Assertion:
    """Return the assertion of this id in the project, or raise Http404."""
    assertions = Assertion.objects.for_project(project).select_related("criterion__criteria_set", "project")
    found = assertions.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
