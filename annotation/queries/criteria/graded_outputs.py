"""Graded outputs to try an assertion on while it is being written."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.models import CriteriaSet
from annotation.queries.criteria.assertions import responses_in_scope
from annotation.queries.criteria.grades import standing_thumbs
from curation.queries.corpus.texts import prompt_texts, response_texts

# So many are checked in a fraction of a second.
MOST_GRADED, MOST_UNGRADED = 200, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedOutput:
    """An output with its overall thumb, None where nobody graded it; `case` is (what was asked, the answer)."""

    response_id: int
    response_uuid: UUID
    case: tuple[str, str]
    is_good: bool | None


def outputs_to_try(criteria_set: CriteriaSet) -> Sequence[GradedOutput]:
    """Return the graded outputs of a set, newest grades first; some ungraded ones where there is none."""
    thumbs = standing_thumbs(criteria_set).overall
    scope = {response.pk: response for response in responses_in_scope(criteria_set)}
    graded = sorted((pk for pk in thumbs if pk in scope), key=lambda pk: thumbs[pk].grade_id, reverse=True)
    chosen = [scope[pk] for pk in graded[:MOST_GRADED] or list(scope)[:MOST_UNGRADED]]
    prompts = prompt_texts({response.prompt_id for response in chosen})
    answers = response_texts(response.pk for response in chosen)
    return [
        GradedOutput(
            response_id=response.pk,
            response_uuid=response.uuid,
            case=(prompts[response.prompt_id].messages[-1]["content"], answers[response.pk]),
            is_good=thumbs[response.pk].is_good if response.pk in thumbs else None,
        )
        for response in chosen
    ]
