"""What a project's comparisons say of models, and as preferences in words."""

import pytest

from annotation.domain.factors.table import TextPair
from annotation.domain.model_ranking.ranking import rank_votes
from annotation.queries.factors.preference_factors import compute
from annotation.queries.figures.computing import nobody_listens
from annotation.queries.ranking.compared_models import votes_between_models
from annotation.queries.ranking.stored_preferences import chunks_in_words, preference_rows
from curation.models import Comparison, ModelVersion, RankedList, RankedResponse, Score, Scorer
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
    table = votes_between_models(pair.project).table
    standings = {each.model: each for each in rank_votes(table, rounds=0).standings}
    assert (standings["new"].games, standings["new"].win_rate) == (2, 0.75)


def test_answers_of_unnamed_models_are_no_votes(project) -> None:
    judge(make_pair(project), "a")
    votes = votes_between_models(project)
    assert (votes.table, votes.unnamed) == (None, 1)


def test_mined_pairs_are_votes_for_the_chosen_side_where_they_are_asked_for(pair) -> None:
    table = votes_between_models(pair.project, sources=["mined"]).table
    assert [each.model for each in rank_votes(table, rounds=0).standings] == ["new", "old"]


def test_a_model_against_itself_is_no_vote(pair) -> None:
    pair.rejected.model_version = pair.chosen.model_version
    pair.rejected.save()
    judge(pair, "a")
    assert votes_between_models(pair.project).one_model == 1


def test_preferences_come_in_words_with_whose_they_are(pair) -> None:
    judge(pair, "b")
    judge(pair, "a", source="judge", source_name="strict")
    found = in_words(pair.project)
    assert [words.group for words in found] == ["judge: strict", "people", "mined"]
    assert (found[1].chosen, found[1].rejected) == (pair.rejected.text, pair.chosen.text)
    assert found[0].prompt == "What is 2+2?"


def test_people_are_groups_of_their_own_where_that_is_asked(pair) -> None:
    judge(pair, "a", annotator_pseudonym="quiet-fox")
    assert in_words(pair.project, by="person")[0].group == "quiet-fox"


def test_the_orders_of_an_import_are_preferences_and_votes(pair) -> None:
    order = RankedList.objects.create(project=pair.project, prompt=pair.prompt, source="source_person")
    for rank, response in ((2, pair.chosen), (1, pair.rejected)):
        RankedResponse.objects.create(project=pair.project, ranked_list=order, response=response, rank=rank)
    assert in_words(pair.project)[-1].chosen == pair.rejected.text
    table = votes_between_models(pair.project).table
    assert [each.model for each in rank_votes(table, rounds=0).standings] == ["old", "new"]


def test_other_projects_and_withdrawn_conversations_stay_out(pair) -> None:
    judge(pair, "a")
    assert preference_rows(make_project("elsewhere")) == []
    pair.prompt.conversation.archived_at = pair.created_at
    pair.prompt.conversation.save()
    assert preference_rows(pair.project) == []
    assert votes_between_models(pair.project).table is None


def test_preferences_take_the_same_queries_however_many_there_are(project, django_assert_num_queries) -> None:
    for at in range(5):
        judge(make_pair(project, question=f"question {at}", chosen=f"better {at}"), "a")
    with django_assert_num_queries(6):
        assert len(in_words(project)) == 10


def test_a_scorer_chooses_by_its_scores_and_is_no_further_preference(pair) -> None:
    judge(pair, "a")
    pair.chosen.body_text = "It is four, and nothing else."
    pair.chosen.save()
    scorer = Scorer.objects.create(project=pair.project, name="reward", version="1", kind="reward_model")
    for response, value in ((pair.chosen, 0.0), (pair.rejected, 2.0)):
        Score.objects.create(project=pair.project, scorer=scorer, response=response, value=value)
    found = compute(pair.project, {"scorers": [str(scorer.uuid)]}, report=nobody_listens)
    explained = found["explanation"]
    assert (explained["pairs"], found["read"]) == (2, 2)
    taus = {name: each["factors"]["characters"]["tau"] for name, each in explained["groups"].items()}
    assert taus["scorer: reward 1"] == -taus["people"] != 0


def in_words(project, **asked) -> list[TextPair]:
    rows = preference_rows(project, **asked)
    return [words for chunk in chunks_in_words(rows) for _row, words in chunk]
