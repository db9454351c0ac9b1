import pytest
from django.urls import reverse

from annotation.forms.assertions import LibraryCheckForm, assertion_form
from annotation.models import Assertion, AssertionResult
from annotation.services.criteria.checks import (
    AssertionDraft,
    AssertionRefusedError,
    add_assertion,
    known_checks,
)
from checks import CHECKS
from tests.annotation.criteria_cases import criterion_in, make_outputs, make_set, run_over_responses, verdicts


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_every_check_of_the_library_has_a_form_whose_defaults_are_its_own(name):
    empty = assertion_form(name, sent=None, project=None)
    assert isinstance(empty, LibraryCheckForm)
    sent = {
        bound.name: "x" if bound.value() == "" and bound.field.required else _sent(bound.value())
        for bound in empty
        if bound.value() is not False
    }
    form = assertion_form(name, sent=sent, project=None)
    assert form.is_valid(), form.errors
    # What has to be said and has no default is "x" here.
    defaults = {
        parameter.name: parameter.default if parameter.default != "" else "x"
        for parameter in empty.check.parameters
    }
    given = form.draft.parameters
    assert {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    } == defaults


def _sent(value):
    return "" if value is None else value


def test_an_unknown_check_has_no_form():
    assert assertion_form("no-such-check", sent=None, project=None) is None


def test_parameters_are_kept_with_their_defaults(project):
    criterion = criterion_in(make_set(project))
    draft = AssertionDraft(name="short", check_name="length", parameters={"at_most": 5})
    assertion = add_assertion(criterion=criterion, draft=draft)
    assert assertion.parameters == {"at_least": None, "at_most": 5, "unit": "words", "reading": "strict"}


@pytest.mark.parametrize(
    ("check", "parameters", "sentence"),
    [
        ("length", {}, "needs a bound"),
        ("length", {"at_most": "five"}, "whole number"),
        ("nothing", {}, "No check is named"),
        ("language", {"language": "xx"}, "No language has the code"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_a_sentence(project, check, parameters, sentence):
    criterion = criterion_in(make_set(project))
    with pytest.raises(AssertionRefusedError, match=sentence):
        add_assertion(
            criterion=criterion, draft=AssertionDraft(name="x", check_name=check, parameters=parameters)
        )
    assert not Assertion.objects.exists()


def test_a_library_check_runs_over_the_answers_and_says_why_it_skips(project):
    outputs = make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    criterion = criterion_in(criteria_set)
    short = add_assertion(
        criterion=criterion,
        draft=AssertionDraft(name="short", check_name="length", parameters={"at_most": 3}),
    )
    python = add_assertion(
        criterion=criterion, draft=AssertionDraft(name="python", check_name="valid_python")
    )
    run_over_responses(criteria_set)
    assert verdicts(short) == {output.pk: output.origin == "imported" for output in outputs}
    sentences = AssertionResult.objects.filter(assertion=python, passed__isnull=True)
    assert set(sentences.values_list("sentence", flat=True)) == {
        "There is no block of Python code, or it is too long to parse."
    }


def test_a_check_that_is_gone_skips_with_a_sentence_and_the_job_succeeds(project):
    make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    draft = AssertionDraft(name="short", check_name="length", parameters={"at_most": 3})
    add_assertion(criterion=criterion_in(criteria_set), draft=draft)
    Assertion.objects.update(check_name="gone")
    job = run_over_responses(criteria_set)
    assert (job.state, job.result["skipped"]) == ("succeeded", 2)
    assert "No check is named 'gone'" in AssertionResult.objects.first().sentence


def test_a_library_check_is_added_by_its_form(project, client_of, researcher):
    criterion = criterion_in(make_set(project))
    page = reverse("annotation:assertion_create", args=[project.slug, criterion.uuid]) + "?check=keywords"
    sent = {"name": "no jargon", "parameter-avoids": "synergy\r\n\r\nleverage ", "parameter-need": "all"}
    sent["parameter-reading"] = "loose"
    assert client_of(researcher).post(page, sent).status_code == 302
    kept = Assertion.objects.get()
    assert (kept.name, kept.check_name, kept.parameters["avoids"]) == (
        "no jargon",
        "keywords",
        ["synergy", "leverage"],
    )


def test_the_page_offers_every_check_of_the_library(project, client_of, researcher):
    criterion = criterion_in(make_set(project))
    address = reverse("annotation:assertion_create", args=[project.slug, criterion.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert all(f"?check={check.name}" in page for check in known_checks())
