import pytest

from annotation.domain.criteria.choosing import ChoiceRule
from annotation.domain.criteria.integer_program import UnattainableCoverageError
from annotation.models import Assertion, Criterion
from annotation.services.criteria.choice import (
    choose_assertions,
    choose_by_hand,
    publish_chosen_assertions,
    published_scorer,
)
from curation.domain.errors import HarkenError
from curation.domain.scoring.scopes import ScoringScope
from curation.models import AuditEvent, DatasetRow, LeftOutRow, Score, Scorer
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.annotation.criteria_cases import (
    grade,
    make_graded_set,
    run_over_responses,
)
from tests.cast import make_pair
from tests.curation.measure_cases import run_measure


@pytest.fixture
def graded(project, researcher):
    return make_graded_set(project, researcher)


def chosen_names():
    return set(Assertion.objects.filter(is_selected=True).values_list("name", flat=True))


def test_the_integer_program_chooses_as_few_as_reach_the_coverage(graded, researcher):
    rule = ChoiceRule(method="fewest", max_ffr=0.0, min_coverage=1.0)
    selection = choose_assertions(criteria_set=graded, rule=rule, actor=researcher)
    assert (len(selection.selected), selection.coverage, selection.is_proven) == (1, 1.0, True)
    details = AuditEvent.objects.get(action="assertions.chosen").details
    assert (details["method"], details["min_coverage"], details["graded"]) == ("fewest", 1.0, 8)


def test_a_coverage_that_cannot_be_reached_changes_nothing(project, graded, researcher):
    choose_assertions(criteria_set=graded)
    before = chosen_names()
    grade(graded, researcher, lambda _: False, outputs=[make_pair(project, chosen="Fine.").chosen])
    run_over_responses(graded)
    with pytest.raises(UnattainableCoverageError, match="largest coverage"):
        choose_assertions(criteria_set=graded, rule=ChoiceRule(method="fewest", min_coverage=1.0))
    assert chosen_names() == before


def test_by_hand_just_what_was_ticked_is_chosen(graded, researcher):
    wanted = Assertion.objects.get(name="not very long")
    choose_by_hand(criteria_set=graded, chosen=[wanted.uuid], actor=researcher)
    assert chosen_names() == {"not very long"}
    assert published_scorer(graded).specification["assertions"][0]["name"] == "not very long"


def test_what_is_no_longer_there_cannot_be_chosen_by_hand(graded):
    with pytest.raises(HarkenError, match="no longer in the set"):
        choose_by_hand(criteria_set=graded, chosen=[graded.uuid])


def test_choosing_nothing_publishes_nothing(graded):
    choose_by_hand(criteria_set=graded, chosen=[])
    assert published_scorer(graded) is None
    assert not Scorer.objects.exists()


def test_each_criterion_is_published_beside_the_set(graded):
    choose_assertions(criteria_set=graded)
    name = f"criteria: {graded.name}"
    assert set(Scorer.objects.values_list("name", flat=True)) == {name, f"{name} / c1", f"{name} / c2"}
    assert Score.objects.count() == 3 * 8


def test_a_choice_made_again_is_the_newest_version_again(graded):
    choose_assertions(criteria_set=graded)
    first = published_scorer(graded)
    choose_by_hand(criteria_set=graded, chosen=[Assertion.objects.get(name="polite").uuid])
    choose_assertions(criteria_set=graded)
    again = published_scorer(graded)
    assert again.version == f"{first.version}.2"
    assert again.specification == first.specification
    choose_assertions(criteria_set=graded)
    assert published_scorer(graded) == again


def test_a_response_that_not_all_chosen_assertions_ran_over_has_no_score(graded, project):
    choose_assertions(criteria_set=graded)
    scorer = published_scorer(graded)
    make_pair(project, question="New?")
    publish_chosen_assertions(criteria_set=graded)
    assert Score.objects.filter(scorer=scorer).count() == 8


def test_the_frozen_choice_runs_without_its_set_and_says_the_same(graded, project):
    choose_assertions(criteria_set=graded)
    scorer = published_scorer(graded)
    said = dict(Score.objects.filter(scorer=scorer).values_list("response_id", "value"))
    Score.objects.all().delete()
    Criterion.objects.all().delete()
    run_measure(scorer, ScoringScope())
    assert dict(Score.objects.filter(scorer=scorer).values_list("response_id", "value")) == said


def test_from_thumbs_to_a_frozen_version_that_leaves_out_what_fails(graded, project):
    make_pair(project, question="Another?", chosen="Sorry, " + "well " * 20, rejected="Yes.")
    choose_assertions(criteria_set=graded)
    run_measure(published_scorer(graded))
    recipe = {
        "sources": ["mined"],
        "veto": [f"criteria: {graded.name}"],
        "splits": {"train": 1.0, "validation": 0.0, "test": 0.0},
    }
    dataset = ensure_dataset(project=project, name="clean", recipe=recipe, actor=None)
    version = freeze_dataset(dataset=dataset)
    kept = DatasetRow.objects.filter(version=version)
    assert kept.count() == 4
    assert all(len(row.chosen.text) < 20 for row in kept)
    assert LeftOutRow.objects.get(version=version).reason == f"veto_criteria: {graded.name}"
