import re

import pytest
from django.urls import reverse

from annotation.models import Assertion
from annotation.queries.criteria.choosing import choices_of, graded_problem
from annotation.services.criteria.choice import choose_assertions
from annotation.services.criteria.sets import Wording, add_criterion
from tests.annotation.criteria_cases import (
    POLITE,
    criterion_in,
    grade,
    make_assertion,
    make_graded_set,
    make_outputs,
    make_set,
    run_over_responses,
)

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def browser(client_of, researcher):
    return client_of(researcher)


@pytest.fixture
def graded(project, researcher):
    return make_graded_set(project, researcher, also_good=[1])


def address(name, criteria_set, **query):
    return reverse(f"annotation:{name}", args=[criteria_set.project.slug, criteria_set.uuid], query=query)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_the_card_shows_each_assertions_confusion_table_and_figures(graded, browser):
    page = text_of(browser.get(address("criteria_report", graded)))
    problem = graded_problem(graded).problem
    caught = int((problem.fails[:, 0] & problem.is_bad).sum())
    assert f"failed {caught} {int((problem.fails[:, 0] & ~problem.is_bad).sum())}" in page
    assert "nan" not in page.lower().split()
    for name in ("alignment", "F1", "MCC", "κ"):
        assert name in page


def test_the_choices_show_what_each_way_would_choose(graded, browser):
    page = text_of(browser.get(address("criteria_choices", graded)))
    choices = choices_of(graded_problem(graded), max_ffr=0.25, min_coverage=0.6)
    assert [way.method for way in choices.ways] == ["threshold", "mcc", "fewest", "widest", "surest"]
    for way in choices.ways:
        assert str(way.title) in page
    assert f"in {choices.parts} parts" in page


def test_limits_that_were_asked_for_are_those_that_are_chosen_by(graded, browser):
    page = browser.get(address("criteria_choices", graded, tolerated_percent="12.5", covered_percent="90"))
    assert 'name="tolerated_percent" value="12.5"' in page.content.decode()
    sent = {"method": "widest", "tolerated_percent": "100", "next": "report"}
    answer = browser.post(address("assertions_choose", graded), sent, follow=True)
    assert answer.redirect_chain[-1][0] == address("criteria_report", graded)
    together = [own for own in Assertion.objects.all() if own.is_selected]
    assert 1 <= len(together) < 3


def test_what_is_ticked_is_chosen_by_hand(graded, browser):
    polite = Assertion.objects.get(name="polite")
    browser.post(address("assertions_choose", graded), {"method": "by_hand", "chosen": [str(polite.uuid)]})
    assert list(Assertion.objects.filter(is_selected=True)) == [polite]


@pytest.mark.parametrize(
    "sent", [{"method": "nonsense"}, {"method": "by_hand", "chosen": ["x"]}, {"tolerated_percent": "-3"}]
)
def test_a_choice_that_cannot_be_read_changes_nothing_and_says_so(graded, browser, sent):
    answer = browser.post(address("assertions_choose", graded), sent, follow=True)
    assert "cannot be read" in answer.content.decode()
    assert not Assertion.objects.filter(is_selected=True).exists()


def test_a_coverage_out_of_reach_is_said_where_the_choice_would_stand(graded, browser):
    page = text_of(
        browser.get(address("criteria_choices", graded, covered_percent="100", tolerated_percent="0"))
    )
    assert "largest coverage of these assertions" in page


@pytest.mark.parametrize(
    ("form", "kind"), [("csv", "text/csv"), ("svg", "image/svg+xml"), ("dark", "image/svg+xml")]
)
def test_the_curve_is_a_file_too(graded, browser, form, kind):
    answer = browser.get(address("criteria_choices", graded, **{"chart": "trade-off", "as": form}))
    assert answer["Content-Type"].startswith(kind)


def test_without_bad_outputs_everything_is_undefined_with_its_reason(project, researcher, browser):
    outputs, criteria_set = make_outputs(project, pairs=2), make_set(project)
    make_assertion(criterion_in(criteria_set))
    run_over_responses(criteria_set)
    grade(criteria_set, researcher, lambda _: True, outputs=outputs)
    for page in ("criteria_report", "criteria_choices"):
        shown = text_of(browser.get(address(page, criteria_set)))
        assert "undefined" in shown
        assert "nan" not in shown.lower().split()


def test_a_set_without_grades_says_what_is_missing(project, browser):
    criteria_set = make_set(project)
    assert "Nothing to report yet" in text_of(browser.get(address("criteria_report", criteria_set)))
    assert "nothing to choose from yet" in text_of(browser.get(address("criteria_choices", criteria_set)))


def test_what_people_write_cannot_become_markup(project, researcher, browser):
    outputs, criteria_set = make_outputs(project, pairs=2), make_set(project, criteria=0)
    criterion = add_criterion(criteria_set=criteria_set, wording=Wording(name=EVIL[:70], text=EVIL))
    make_assertion(criterion, POLITE, name=EVIL)
    run_over_responses(criteria_set)
    grade(criteria_set, researcher, lambda _: False, outputs=outputs)
    choose_assertions(criteria_set=criteria_set)
    for page in ("criteria_report", "criteria_choices"):
        text = browser.get(address(page, criteria_set)).content.decode()
        assert "<script>alert" not in text
        assert "<img" not in text


def test_the_card_takes_a_fixed_number_of_queries(
    graded, project, researcher, browser, django_assert_num_queries
):
    for _ in range(2):
        # Session, person, membership, set, assertions, thumbs, results, two for excerpts, chosen, scorer.
        with django_assert_num_queries(CARD_QUERIES):
            browser.get(address("criteria_report", graded))
        grade(graded, researcher, lambda _: True, outputs=make_outputs(project, pairs=2))
        make_assertion(criterion_in(graded, "c2"), POLITE, name="again")
        run_over_responses(graded)


CARD_QUERIES = 10
