import re
from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.domain.criteria.grading_order import AT_RANDOM, LEAST_SUSPICIOUS, MOST_SUSPICIOUS
from annotation.models import Assertion, CriteriaSet, Criterion, Grade
from annotation.queries.criteria.grading import BY_HAND, Wanted, grading_page
from annotation.queries.criteria.report import set_report
from annotation.services.criteria.choice import choose_assertions
from annotation.services.criteria.sets import (
    GradeSheet,
    Wording,
    add_criterion,
    grade_response,
    reword_criterion,
)
from curation.models import Job, Membership
from tests.annotation.criteria_cases import (
    ENDLESS,
    POLITE,
    SHORT,
    criterion_in,
    grade,
    make_assertion,
    make_outputs,
    make_set,
    run_over_responses,
)
from tests.cast import make_pair

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def address(name, thing, **query):
    key = "criterion_uuid" if isinstance(thing, Criterion) else "set_uuid"
    kwargs = {"project_slug": thing.project.slug, key: thing.uuid}
    return reverse(f"annotation:{name}", kwargs=kwargs, query=query or None)


@pytest.fixture
def browser(client_of, researcher):
    return client_of(researcher)


def page_for(person, criteria_set, **wanted):
    grader = Membership.objects.get(user=person, project=criteria_set.project)
    return grading_page(criteria_set, grader=grader, wanted=Wanted(**wanted))


def percent(share):
    return f"{share:.0%}".replace("%", " %")


def test_the_page_shows_the_figures_that_the_domain_computes(project, researcher, browser):
    outputs, criteria_set = make_outputs(project, pairs=4), make_set(project, criteria=2)
    make_assertion(criterion_in(criteria_set, "c1"), SHORT.replace("20", "60"))
    make_assertion(criterion_in(criteria_set, "c2"), POLITE, name="polite")
    run_over_responses(criteria_set)
    grade(criteria_set, researcher, lambda output: output.pk % 3 > 0, outputs=outputs)
    choose_assertions(criteria_set=criteria_set)
    together = set_report(criteria_set).together
    page = browser.get(address("criteria_set_detail", criteria_set)).content.decode()
    figures = re.findall(r'<div class="figure-number">\s*<span>([^<]*)</span>', page)
    assert figures == [
        percent(share) for share in (together.coverage, together.false_failure_rate, together.alignment)
    ]
    assert f"{together.true_fail} of {together.bad}" in page


def test_a_figure_without_bad_outputs_is_undefined_with_its_reason(project, researcher, browser):
    outputs, criteria_set = make_outputs(project, pairs=1), make_set(project)
    make_assertion(criterion_in(criteria_set))
    grade(criteria_set, researcher, lambda _: True, outputs=outputs)
    page = browser.get(address("criteria_set_detail", criteria_set)).content.decode()
    assert "Undefined because no graded output is bad." in page
    assert "nan" not in re.sub(r"<[^>]*>", "", page).lower()


def test_what_people_write_cannot_become_markup(project, researcher, browser):
    pair = make_pair(project, question=EVIL, chosen=EVIL, rejected=f"Sorry {EVIL}")
    criteria_set = make_set(project)
    criterion = add_criterion(criteria_set=criteria_set, wording=Wording(name=EVIL[:70], text=EVIL))
    make_assertion(criterion, SHORT + f"# {EVIL}\n", name=EVIL)
    run_over_responses(criteria_set)
    grade(criteria_set, researcher, lambda _: False, outputs=[pair.rejected])
    reword_criterion(criterion=criterion, wording=Wording(name="evil", text=EVIL + "!"))
    for page in (
        address("criteria_set_detail", criteria_set),
        address("grade_next", criteria_set, output=pair.chosen.uuid),
        address("criterion_reword", criterion_in(criteria_set, "evil")),
        address("assertion_create", criterion_in(criteria_set, "evil")),
    ):
        text = browser.get(page).content.decode()
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text


def test_a_grade_is_saved_with_the_policy_that_chose_its_output(project, researcher, browser):
    make_outputs(project, pairs=2)
    criteria_set = make_set(project)
    card = page_for(researcher, criteria_set).card
    sent = {
        "output": card.response.uuid,
        "policy": card.policy,
        "overall": "bad",
        "note": "too long",
        f"criterion-{criterion_in(criteria_set).uuid}": "good",
    }
    answer = browser.post(address("grade_submit", criteria_set), sent)
    assert answer["Location"] == address("grade_next", criteria_set)
    overall, by_criterion = Grade.objects.order_by("id")
    assert (overall.is_good, overall.note, overall.policy) == (False, "too long", AT_RANDOM)
    assert (by_criterion.is_good, by_criterion.criterion) == (True, criterion_in(criteria_set))


def test_the_most_and_the_least_suspicious_output_come_in_turns(project, researcher):
    make_outputs(project, pairs=3)
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set))
    run_over_responses(criteria_set)
    seen = []
    for _ in range(4):
        card = page_for(researcher, criteria_set).card
        seen.append((card.policy, card.answer.startswith("Sorry")))
        grade(criteria_set, researcher, lambda _: True, outputs=[card.response])
    assert seen == [(MOST_SUSPICIOUS, True), (LEAST_SUSPICIOUS, False)] * 2


def test_an_output_that_was_left_out_does_not_come_at_once(project, researcher):
    make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    first = page_for(researcher, criteria_set).card.response
    assert page_for(researcher, criteria_set, skipped={first.uuid}).card.response != first


def test_the_output_asked_for_is_shown_with_its_thumbs(project, researcher, browser):
    output, _ = make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    sheet = GradeSheet(overall=False, by_criterion={criterion_in(criteria_set): True}, note="a note")
    membership = Membership.objects.get(user=researcher)
    grade_response(criteria_set=criteria_set, response=output, membership=membership, sheet=sheet)
    card = page_for(researcher, criteria_set, output=output.uuid).card
    assert (card.policy, card.is_good, card.note, card.thumbs[0].is_good) == (BY_HAND, False, "a note", True)


def test_looking_again_shows_what_was_graded_under_older_words(project, researcher, browser):
    output, _ = make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    criterion = criterion_in(criteria_set)
    sheet = GradeSheet(overall=True, by_criterion={criterion: True})
    membership = Membership.objects.get(user=researcher)
    grade_response(criteria_set=criteria_set, response=output, membership=membership, sheet=sheet)
    reword_criterion(criterion=criterion, wording=Wording(name="c1", text="Other words."))
    page = browser.get(address("grade_next", criteria_set, again=1)).content.decode()
    assert "thumb given under version 1" in page
    assert str(output.uuid) in page


def test_the_grader_does_not_learn_what_the_assertions_think(project, browser):
    make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set), name="Assertion of mine")
    run_over_responses(criteria_set)
    page = browser.get(address("grade_next", criteria_set)).content.decode()
    shown = re.sub(r"<[^>]*>", " ", page)
    assert "suspicious" not in shown
    assert "Assertion of mine" not in shown


def test_undo_takes_the_last_grade_back_and_shows_its_output(project, researcher, browser):
    output, _ = make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    grade(criteria_set, researcher, lambda _: True, outputs=[output])
    answer = browser.post(address("grade_submit", criteria_set), {"overall": "undo"})
    assert answer["Location"] == address("grade_next", criteria_set, output=output.uuid)
    assert list(Grade.objects.order_by("id").values_list("is_good", flat=True)) == [True, None]


@pytest.mark.parametrize(
    "sent",
    [{}, {"output": "x", "overall": "good"}, {"output": str(uuid4()), "overall": "good", "policy": BY_HAND}],
)
def test_an_incomplete_grade_is_not_saved_and_says_so(project, browser, sent):
    criteria_set = make_set(project)
    answer = browser.post(address("grade_submit", criteria_set), sent, follow=True)
    assert "it was not saved" in answer.content.decode()
    assert not Grade.objects.exists()


def test_grading_takes_a_fixed_number_of_queries(project, researcher, browser, django_assert_num_queries):
    criteria_set = make_set(project, criteria=3)
    make_assertion(criterion_in(criteria_set))
    make_outputs(project, pairs=2)
    run_over_responses(criteria_set)
    browser.get(address("grade_next", criteria_set))
    for _ in range(2):
        with django_assert_num_queries(GRADING_QUERIES):
            browser.get(address("grade_next", criteria_set))
        grade(criteria_set, researcher, lambda _: True, outputs=make_outputs(project, pairs=3))


# Session, person, membership, set, thumbs, criteria, scope, results, suspects, response, two for its prompt, its text.
GRADING_QUERIES = 13


def test_the_page_of_a_set_takes_a_fixed_number_of_queries(project, browser, django_assert_num_queries):
    criteria_set = make_set(project, criteria=2)
    for name in ("c1", "c2"):
        make_assertion(criterion_in(criteria_set, name))
    make_outputs(project, pairs=2)
    run_over_responses(criteria_set)
    # Session, person, membership, set, criteria, assertions, thumbs, results, two for excerpts, reasons, job.
    with django_assert_num_queries(12):
        browser.get(address("criteria_set_detail", criteria_set))


def test_a_set_is_made_once_by_its_name(project, browser):
    create = reverse("annotation:criteria_set_create", args=[project.slug])
    assert browser.post(create, {"name": "Good answers"}).status_code == 302
    again = browser.post(create, {"name": "Good answers"})
    assert again.status_code == 422
    assert CriteriaSet.objects.count() == 1


def test_a_criterion_remembers_the_output_that_brought_it_up(project, browser):
    output, _ = make_outputs(project, pairs=1)
    criteria_set = make_set(project, criteria=0)
    sent = {"name": "kind", "text": "It is kind.", "tolerated_percent": "10"}
    browser.post(address("criterion_create", criteria_set, output=output.uuid), sent)
    criterion = Criterion.objects.get()
    assert (criterion.prompted_by, criterion.max_false_failure_rate) == ([str(output.uuid)], 0.1)


def test_code_that_cannot_be_run_stays_on_the_form_with_what_is_wrong(project, browser):
    criterion = criterion_in(make_set(project))
    sent = {"name": "broken", "source": "def check(response): return True"}
    answer = browser.post(address("assertion_create", criterion, check="code"), sent)
    assert answer.status_code == 422
    assert "two arguments" in answer.content.decode()
    assert "def check(response)" in answer.content.decode()
    assert not Assertion.objects.exists()


def test_written_code_becomes_an_assertion(project, browser):
    criterion = criterion_in(make_set(project))
    sent = {"name": "short", "source": ENDLESS.replace("\n", "\r\n")}
    assert browser.post(address("assertion_create", criterion, check="code"), sent).status_code == 302
    assert Assertion.objects.get().source == ENDLESS


def test_running_opens_a_job_that_the_page_follows_to_its_end(project, browser):
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set))
    browser.post(address("assertions_run", criteria_set))
    job = Job.objects.get()
    waiting = browser.get(address("assertions_work", criteria_set, job=job.uuid))
    assert 'hx-trigger="every 1s"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    Job.objects.update(state="succeeded")
    assert browser.get(address("assertions_work", criteria_set, job=job.uuid))["HX-Refresh"] == "true"


def test_choosing_too_early_says_why_not(project, browser):
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set))
    answer = browser.post(address("assertions_choose", criteria_set), follow=True)
    assert "Nobody has graded an output yet" in answer.content.decode()
