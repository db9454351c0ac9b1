"""What a project's comparisons say of models, and as preferences in words."""

import pytest

from annotation.domain.factors.explaining import explain_preferences
from annotation.domain.factors.table import factor_table
from annotation.domain.model_ranking.ranking import rank_votes
from annotation.queries.figures.compared_models import model_votes, stored_preferences
from curation.models import Comparison, ModelVersion
from tests.cast import make_pair, make_project

pytestmark = pytest.mark.django_db


def judge(pair, outcome, *, source="person", **more) -> Comparison:
    return Comparison.objects.create(
        project=pair.project,
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=outcome,
        source=source,
        **more,
    )


def model_of(project, name) -> ModelVersion:
    return ModelVersion.objects.get_or_create(project=project, name=name)[0]


@pytest.fixture
def pair(project):
    made = make_pair(project)
    for response, name in ((made.chosen, "new"), (made.rejected, "old")):
        response.model_version = model_of(project, name)
        response.save()
    return made


def test_standing_blind_verdicts_of_people_are_votes(pair) -> None:
    judge(pair, "a")
    judge(pair, "both_bad")
    judge(pair, "b", source="judge")
    judge(pair, "b", saw_signal=True)
    judge(pair, "b", retracted_at=pair.created_at)
    table = model_votes(pair.project)
    standings = {each.model: each for each in rank_votes(table, rounds=0).standings}
    assert (standings["new"].games, standings["new"].win_rate) == (2, 0.75)


def test_answers_of_unnamed_models_are_no_votes(project) -> None:
    judge(make_pair(project), "a")
    assert model_votes(project) is None


def test_preferences_come_in_words_with_whose_they_are(pair) -> None:
    judge(pair, "b")
    judge(pair, "a", source="judge", source_name="strict")
    found = stored_preferences(pair.project)
    assert [each.words.group for each in found] == ["judge: strict", "people", "mined"]
    assert (found[1].words.chosen, found[1].words.rejected) == (pair.rejected.text, pair.chosen.text)
    assert found[0].words.prompt == "What is 2+2?"
    assert explain_preferences(factor_table([each.words for each in found])).pairs == 3


def test_other_projects_and_withdrawn_conversations_stay_out(pair) -> None:
    judge(pair, "a")
    assert stored_preferences(make_project("elsewhere")) == []
    pair.prompt.conversation.archived_at = pair.created_at
    pair.prompt.conversation.save()
    assert stored_preferences(pair.project) == []
    assert model_votes(pair.project) is None


def test_preferences_take_the_same_queries_however_many_there_are(project, django_assert_num_queries) -> None:
    for at in range(5):
        judge(make_pair(project, question=f"question {at}", chosen=f"better {at}"), "a")
    with django_assert_num_queries(5):
        assert len(stored_preferences(project)) == 10
