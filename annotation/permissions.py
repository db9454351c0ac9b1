"""Who may judge: members, under the pseudonym of their membership."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils.translation import gettext as _

from annotation.models import Assertion, CriteriaSet, Criterion, CriterionProposal, Queue
from curation.domain.access.roles import Role
from curation.models import Membership, Project, User
from curation.models.kept_queries import kept_query
from curation.permissions import Access, enter_project

# What is read of a membership with its queue; the rest is fetched where it is asked for.
_SEAT = ["id", "uuid", "project_id", "user_id", "role", "pseudonym"]


def judge_of(access: Access) -> Membership:
    """Return the membership under which this person judges; a superuser must join the project first."""
    if access.membership is None:
        raise PermissionDenied(_("Judgements are kept under a member's pseudonym. Join this project first."))
    return access.membership


def enter_queue(user: User | AnonymousUser, slug: str, uuid: UUID) -> tuple[Access, Queue]:
    """Return a person's access to a project and its queue of this id; a member needs one query for both.

    Raises Http404 for an outsider, and where there is no such queue.
    """
    if not isinstance(user, User) or user.is_superuser or not user.is_active:
        access = enter_project(user, slug)
        return access, existing_queue(access.project, uuid)
    queue = next(iter(_queues_of_member(slug=slug, user=user.pk, uuid=uuid)), None)
    if queue is None:
        raise Http404
    seat: dict[str, Any] = vars(queue).pop("seat")
    values = [seat["id"], UUID(seat["uuid"]), queue.project_id, user.pk, seat["role"], seat["pseudonym"]]
    membership = Membership.from_db(DEFAULT_DB_ALIAS, _SEAT, values)
    membership.project, membership.user = queue.project, user
    role = Role(membership.role)
    return Access(user=user, project=queue.project, role=role, membership=membership), queue


@kept_query
def _queues_of_member(slug: str, user: int, uuid: UUID) -> QuerySet[Queue]:
    """Return the queue, with the person's membership beside it as `seat`; nothing where they have none."""
    own = Membership.objects.current().filter(project=OuterRef("project"), user=user)
    seat = own.values(seat=JSONObject(id="id", uuid="uuid", role="role", pseudonym="pseudonym"))
    queues = Queue.objects.filter(project__slug=slug, uuid=uuid).select_related("project", "guideline")
    return queues.annotate(seat=Subquery(seat[:1])).filter(seat__isnull=False)


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
