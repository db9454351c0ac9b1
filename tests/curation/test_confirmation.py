"""How far people confirm what was mined: only blind, standing votes of people count, on pairs that still stand."""

import pytest
from django.utils import timezone
from uuid6 import uuid7

from curation.models import Conversation, PreferencePair, Project
from curation.queries.corpus.preferences import confirmation_of_mined_pairs
from curation.queries.versions.funnel import corpus_funnel
from curation.services.corpus.preferences import publish_comparison, retract_comparisons
from tests.cast import make_pair


def vote(pair: PreferencePair, outcome: str = "a", **origin: object) -> None:
    source = origin.pop("source", "person")
    publish_comparison(
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=outcome,  # type: ignore[arg-type]
        source=source,  # type: ignore[arg-type]
        pair=pair,
        origin=origin,
    )


def counts(project: Project) -> tuple[int, int, int]:
    found = confirmation_of_mined_pairs(project)
    return found.mined, found.judged, found.confirmed


def test_votes_for_the_chosen_answer_confirm_and_others_do_not(project: Project) -> None:
    for outcome in ("a", "b", "tie", "both_bad"):
        vote(make_pair(project, question=f"{outcome}?"), outcome)
    assert counts(project) == (4, 4, 1)


@pytest.mark.parametrize("origin", [{"saw_signal": True}, {"source": "judge"}])
def test_a_vote_that_was_not_blind_or_not_a_person_s_does_not_count(
    project: Project, origin: dict[str, object]
) -> None:
    vote(make_pair(project), **origin)
    assert counts(project) == (1, 0, 0)


def test_a_vote_that_was_taken_back_does_not_count(project: Project) -> None:
    source = uuid7()
    vote(make_pair(project), source_uuid=source)
    retract_comparisons(source_uuids=[source])
    assert counts(project) == (1, 0, 0)


@pytest.mark.parametrize("moment", ["archived_at", "withdrawn_at"])
def test_pairs_of_conversations_that_were_taken_out_do_not_count(project: Project, moment: str) -> None:
    vote(make_pair(project))
    Conversation.objects.update(**{moment: timezone.now()})
    assert counts(project) == (0, 0, 0)
    assert corpus_funnel(project).preferences.pairs == 0
