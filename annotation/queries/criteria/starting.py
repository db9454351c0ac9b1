"""What a set can be started from: proposals that wait, the library, endpoints, and the work under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.models import CriteriaSet, CriterionProposal, SuspectOutput
from curation.models import Job, ModelEndpoint, Response

PROPOSAL_KIND = "criteria_proposals"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCard:
    """A proposal with the answers that drew it, the first few of them to look at."""

    proposal: CriterionProposal
    outputs: Sequence[UUID]


def waiting_proposals(criteria_set: CriteriaSet) -> list[ProposalCard]:
    """Return the proposals that nobody decided, those that most speaks for first; two queries."""
    rows = CriterionProposal.objects.for_project(criteria_set.project).filter(
        criteria_set=criteria_set, decided_at__isnull=True
    )
    proposals = list(rows.order_by("-count", "origin", "id"))
    shown = {proposal.pk: proposal.response_ids[:3] for proposal in proposals}
    uuids = dict(
        Response.objects.for_project(criteria_set.project)
        .filter(pk__in={response for own in shown.values() for response in own})
        .values_list("id", "uuid")
    )
    return [
        ProposalCard(
            proposal=proposal,
            outputs=[uuids[response] for response in shown[proposal.pk] if response in uuids],
        )
        for proposal in proposals
    ]


def suspect_count(criteria_set: CriteriaSet) -> int:
    """Return how many answers wait to be graded because they drew complaints or wishes."""
    rows = SuspectOutput.objects.for_project(criteria_set.project).filter(criteria_set=criteria_set)
    return rows.exclude(
        response__in=criteria_set.grades.filter(criterion__isnull=True).values("response")
    ).count()


def endpoints_to_ask(criteria_set: CriteriaSet) -> list[ModelEndpoint]:
    """Return the endpoints in use, by name."""
    rows = ModelEndpoint.objects.for_project(criteria_set.project).filter(archived_at__isnull=True)
    return list(rows.order_by("name"))


def newest_proposal_job(criteria_set: CriteriaSet) -> Job | None:
    """Return the newest job that proposed for this set."""
    jobs = Job.objects.for_project(criteria_set.project).filter(
        kind=PROPOSAL_KIND, arguments__criteria_set=str(criteria_set.uuid)
    )
    return jobs.order_by("-id").first()
