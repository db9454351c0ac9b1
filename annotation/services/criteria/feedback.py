"""Proposing criteria from what users complained about and wished for; the answers that drew it become suspects."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.conf import settings

from annotation.domain.criteria.from_complaints import (
    Asked,
    Complaint,
    asked_by_complaints,
    asked_by_wishes,
)
from annotation.domain.criteria.likeness import BY_MEANING, Vectors
from annotation.models import CriteriaSet, CriterionOrigin
from annotation.queries.criteria.complaints import complaints_of, wishes_of
from annotation.services.criteria.proposals import Suggested, keep_proposals
from curation.domain.errors import HarkenError
from curation.models import Message, Project
from curation.services.corpus.responses import ensure_logged_response
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.contract import EmbedderUnavailableError

# Answers that are queued for one proposal; a grader sees a few of them anyway.
MOST_SUSPECTS = 50
# Groups of wishes that are proposed, the largest; a page of them serves nobody.
MOST_WISH_GROUPS = 12


def propose_from_feedback(
    *, criteria_set: CriteriaSet, before_each: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Propose criteria from the complaints and wishes of the set's project; returns counts."""
    project = criteria_set.project
    complaints, wishes = complaints_of(project), wishes_of(project)
    before_each()
    vectors = _vectors([wish.words for wish in wishes])
    likeness = {} if vectors is None else {"at_least": BY_MEANING}
    grouped = asked_by_wishes(wishes, vectors=vectors, **likeness)[:MOST_WISH_GROUPS]
    kept = _keep(criteria_set, CriterionOrigin.COMPLAINTS, asked_by_complaints(complaints), before_each)
    kept += _keep(criteria_set, CriterionOrigin.WISHES, grouped, before_each)
    return {
        "complaints": len(complaints),
        "wishes": len(wishes),
        "proposals": kept,
        "by_meaning": vectors is not None,
    }


def _vectors(texts: Sequence[str]) -> Vectors | None:
    """Return the meaning of each text; None where no embedder answers, so that words are compared."""
    if not texts:
        return None
    try:
        return SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET).embed(texts).astype(np.float64)
    except EmbedderUnavailableError:
        return None


def _keep(
    criteria_set: CriteriaSet, origin: str, asked: Sequence[Asked], before_each: Callable[[], None]
) -> int:
    suggested = []
    for each in asked:
        before_each()
        suggested.append(_suggested(criteria_set.project, each))
    return keep_proposals(criteria_set=criteria_set, origin=origin, suggested=suggested)


def _suggested(project: Project, asked: Asked) -> Suggested:
    return Suggested(
        subject=asked.subject,
        name=asked.name,
        text=asked.text,
        count=len(asked.complaints),
        response_ids=_answers_that_drew(project, asked.complaints),
        conversation_ids=[each.conversation_id for each in asked.complaints] if asked.is_quoted else [],
    )


def _answers_that_drew(project: Project, complaints: Sequence[Complaint]) -> list[int]:
    """Return the responses that the newest complaints are about; rows are made where none needed them before."""
    wanted = [each.response_message_id for each in complaints if each.response_message_id is not None]
    newest = sorted(set(wanted), reverse=True)[:MOST_SUSPECTS]
    messages = Message.objects.for_project(project).filter(
        pk__in=newest, conversation__withdrawn_at__isnull=True
    )
    found = []
    for message in messages.select_related("conversation__model_version").order_by("-id"):
        try:
            found.append(ensure_logged_response(message=message).pk)
        except HarkenError:  # an answer that answers nothing, at the head of a log
            continue
    return found
