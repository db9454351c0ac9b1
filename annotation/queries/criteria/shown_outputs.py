"""Outputs that a model is shown to propose criteria and assertions by."""

from annotation.domain.criteria.inferring import MOST_SHOWN, ShownOutput
from annotation.models import CriteriaSet
from annotation.queries.criteria.assertions import responses_in_scope
from annotation.queries.criteria.grades import standing_thumbs
from curation.models import Response
from curation.queries.corpus.texts import prompt_texts, response_texts


def outputs_to_show(criteria_set: CriteriaSet, *, most: int = MOST_SHOWN) -> list[ShownOutput]:
    """Return some outputs of a set: bad and good ones in turns, the newest grades first, then ungraded ones."""
    thumbs = standing_thumbs(criteria_set).overall
    scope = {response.pk: response for response in responses_in_scope(criteria_set)}
    graded = sorted(
        (thumb for thumb in thumbs.values() if thumb.response_id in scope), key=lambda thumb: -thumb.grade_id
    )
    bad, good = ([each.response_id for each in graded if each.is_good is kind] for kind in (False, True))
    turns = [response for pair in zip(bad, good, strict=False) for response in pair]
    ordered = [*dict.fromkeys([*turns, *bad, *good, *scope])][:most]
    return _shown([scope[response] for response in ordered], criteria_set=criteria_set)


def _shown(responses: list[Response], *, criteria_set: CriteriaSet) -> list[ShownOutput]:
    thumbs = standing_thumbs(criteria_set).overall
    prompts = prompt_texts({response.prompt_id for response in responses})
    answers = response_texts(response.pk for response in responses)
    found = []
    for response in responses:
        thumb, prompt = thumbs.get(response.pk), prompts[response.prompt_id]
        found.append(
            ShownOutput(
                asked=prompt.messages[-1]["content"],
                answer=answers[response.pk],
                is_good=thumb.is_good if thumb else None,
                note=thumb.note if thumb else "",
                conversation_id=prompt.conversation_id,
            )
        )
    return found
