"""A model trained on ratings against one trained on choices: what can be said, and what is missing."""

import pytest
from django.urls import reverse

from annotation.queries.figures.trained_protocols import Decided, Missing, trained_effect
from curation.models import DatasetRow
from tests.annotation.trained_models import CHOSEN, RATED, answered_by_both, judge, make_model
from tests.cast import make_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs(project):
    return [make_pair(project, question=f"question {at}") for at in range(4)]


@pytest.fixture
def answered(project, pairs):
    return answered_by_both(project, pairs)


def test_a_project_without_models_says_what_is_missing(project):
    assert trained_effect(project).missing is Missing.RATED_MODEL


def test_how_a_model_was_trained_is_read_off_its_rows(project, pairs):
    make_model(project, "rated", sources=[RATED], pairs=pairs)
    make_model(project, "mixed", sources=[RATED, CHOSEN], pairs=pairs)
    make_model(project, "answers", sources=["answer: thumbs"], pairs=pairs)
    make_model(project, "untrained", sources=[CHOSEN], pairs=pairs, split="test")
    effect = trained_effect(project)
    assert {each.model.name: each.decided for each in effect.models} == {
        "rated": Decided.RATINGS,
        "mixed": Decided.OTHER,
        "answers": Decided.OTHER,
        "untrained": Decided.OTHER,
    }
    assert effect.missing is Missing.CHOSEN_MODEL


def test_two_models_that_never_answered_the_same_wait_for_answers(project, pairs):
    for name, source in (("rated", RATED), ("chosen", CHOSEN)):
        make_model(project, name, sources=[source], pairs=pairs[:2] if name == "rated" else pairs[1:])
    effect = trained_effect(project)
    assert (effect.missing, effect.shared, effect.prompts) == (Missing.ANSWERS, 1, 4)


def test_answers_that_nobody_compared_wait_for_verdicts(project, answered):
    effect = trained_effect(project)
    assert (effect.missing, list(effect.sets)) == (Missing.VERDICTS, [answered])


@pytest.mark.parametrize("is_turned", [False, True])
def test_people_say_which_model_they_prefer_whichever_side_it_is_stored_on(project, answered, is_turned):
    judge(project, answered, wins=5, is_turned=is_turned)
    (rate,) = trained_effect(project).rates
    assert (rate.by, rate.rate.prompts) == ("", 6)
    assert rate.rate.rate == pytest.approx(5 / 6)
    # Wilson's interval of 5 of 6.
    assert tuple(rate.rate.interval) == pytest.approx((0.4365, 0.9699), abs=1e-4)
    assert rate.preferred is None


def test_several_verdicts_on_a_prompt_share_its_vote_and_a_tie_is_half(project, answered):
    judge(project, answered, wins=6)
    judge(project, answered, wins=0, annotator_pseudonym="calm-fox")
    assert trained_effect(project).rates[0].rate.rate == pytest.approx(0.5)


def test_a_judge_that_has_not_earned_it_is_not_heard_and_nor_is_who_saw_the_signal(project, answered):
    judge(project, answered, wins=6, source="judge", protocol="pairwise", annotator_pseudonym="")
    judge(project, answered, wins=6, saw_signal=True)
    assert trained_effect(project).missing is Missing.VERDICTS


def test_prompts_that_a_model_was_trained_on_are_left_out(project, answered):
    judge(project, answered, wins=6)
    seen = answered.entries.order_by("prompt").first().prompt
    row = DatasetRow.objects.filter(version__models__name="chosen").first()
    DatasetRow.objects.filter(pk=row.pk).update(prompt=seen)
    effect = trained_effect(project)
    assert (effect.seen, effect.rates[0].rate.prompts) == (1, 5)


def test_a_researcher_picks_the_two_models(project, pairs, answered, researcher, client_of):
    judge(project, answered, wins=6)
    mixed = make_model(project, "mixed <b>", sources=[RATED, CHOSEN], pairs=pairs)
    address = reverse("annotation:trained_protocols", args=[project.slug])
    page = client_of(researcher).get(address).content.decode()
    assert "100 %" in page
    assert "the model trained on ratings is preferred" in page
    picked = (
        client_of(researcher).get(address, {"rated": str(mixed.uuid), "chosen": "rubbish"}).content.decode()
    )
    assert "no response set holds answers of both mixed &lt;b&gt; and chosen" in picked


def test_the_card_of_a_project_without_models_leads_to_a_recipe_of_ratings(project, researcher, client_of):
    browser = client_of(researcher)
    address = reverse("annotation:trained_protocols", args=[project.slug])
    card = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in card
    recipe = reverse("curation:dataset_create", args=[project.slug])
    assert f"{recipe}?sources=ratings" in card
    form = browser.get(f"{recipe}?sources=ratings&sources=rubbish").context["form"]
    assert form["sources"].value() == ["ratings"]
