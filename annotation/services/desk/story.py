"""The question under the story: answered knowing the complaint, so it never counts as a blind verdict."""

from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from annotation.domain.protocol import AnswerError
from curation.models import Comparison, Membership, PreferencePair
from curation.services.corpus.preferences import publish_comparison, retract_comparisons
from curation.services.work.audit import record_event

OUTCOMES = {"chosen": "a", "rejected": "b", "tie": "tie", "both_bad": "both_bad"}


@transaction.atomic
def answer_story(*, pair: PreferencePair, membership: Membership, answer: str) -> Comparison:
    """Publish this person's verdict on the story's pair, in place of an earlier one, marked as told."""
    if answer not in OUTCOMES:
        message = f"{answer!r} is no answer here. Choose one of {', '.join(OUTCOMES)}."
        raise AnswerError(message)
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)  # a doubled click waits here
    source = _story_uuid(pair, membership)
    retract_comparisons(source_uuids=[source])
    record_event(action="story.answered", project=pair.project, actor=membership.user, target=pair)
    return publish_comparison(
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=Comparison.Outcome(OUTCOMES[answer]),
        source=Comparison.Source.PERSON,
        pair=pair,
        origin={
            "source_name": "story",
            "annotator_pseudonym": membership.pseudonym,
            "source_uuid": source,
            "saw_signal": True,
        },
    )


def _story_uuid(pair: PreferencePair, membership: Membership) -> UUID:
    """One standing answer for each person and pair."""
    return uuid5(NAMESPACE_URL, f"harken:story:{pair.uuid}:{membership.uuid}")
