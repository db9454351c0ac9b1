"""A grader's note may be a criterion that nobody has written yet: it is proposed, where none covers it."""

from django.db import transaction

from annotation.domain.criteria.likeness import covering_text
from annotation.models import CriteriaSet, Criterion, CriterionOrigin, CriterionProposal
from annotation.queries.criteria.assertions import current_criteria
from annotation.queries.criteria.grades import own_thumbs
from annotation.services.criteria.proposals import Suggested, keep_proposals
from curation.models import Membership, Response


@transaction.atomic
def note_proposal(*, criteria_set: CriteriaSet, response: Response, grader: Membership) -> Criterion | bool:
    """Propose what a grader noted on an output; return the criterion that covers it, else whether it was proposed.

    A note that was changed or taken back takes its earlier proposal along, unless that was decided.
    """
    subject = f"{grader.uuid}:{response.uuid}"
    CriterionProposal.objects.for_project(criteria_set.project).filter(
        criteria_set=criteria_set, origin=CriterionOrigin.NOTE, subject=subject, decided_at__isnull=True
    ).delete()
    thumb = own_thumbs(criteria_set, membership_id=grader.pk).overall.get(response.pk)
    note = thumb.note.strip() if thumb else ""
    if not note:
        return False
    return _covering(criteria_set, note) or _propose(criteria_set, response, note, subject)


def _covering(criteria_set: CriteriaSet, note: str) -> Criterion | None:
    criteria = list(current_criteria(criteria_set))
    place = covering_text(note, [f"{criterion.name} {criterion.text}" for criterion in criteria])
    return None if place is None else criteria[place]


def _propose(criteria_set: CriteriaSet, response: Response, note: str, subject: str) -> bool:
    suggested = Suggested(
        subject=subject,
        name=note,
        text=note,
        count=1,
        response_ids=[response.pk],
        conversation_ids=[response.prompt.conversation_id],
    )
    return bool(keep_proposals(criteria_set=criteria_set, origin=CriterionOrigin.NOTE, suggested=[suggested]))
