"""A run's model is judged by its answers in a response set, beside others' answers to the same prompts."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from curation.models import Comparison, ModelVersion, Response, ResponseSet, ResponseSetEntry
from curation.services.corpus.preferences import publish_comparison
from curation.services.corpus.responses import ensure_logged_response, ensure_prompt, ensure_response
from tests.cast import make_conversation
from tests.training_jobs.run_setup import make_run
from training_jobs.domain.win_rates import Verdict, win_rates
from training_jobs.queries.response_sets import rates_over_set, sets_of_run

TALK = [("user", "Where is Rome?"), ("assistant", "In Italy.")]


def verdict(prompt, value, against="base"):
    return Verdict(prompt=prompt, against=against, decided_by="people", value=value)


def test_a_prompt_has_one_vote_however_often_it_was_judged():
    (rate,) = win_rates([verdict(1, 1.0), verdict(1, 1.0), verdict(1, 1.0), verdict(2, 0.0)])
    assert (rate.share, rate.prompts, rate.verdicts) == (0.5, 2, 4)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
def test_the_share_lies_in_its_interval_and_mirrors_the_opponent_s(found):
    (rate,) = win_rates(verdict(*each) for each in found)
    (mirrored,) = win_rates(verdict(prompt, 1 - value) for prompt, value in found)
    assert 0 <= rate.low <= rate.share <= rate.high <= 1
    assert rate.share + mirrored.share == pytest.approx(1)


@pytest.fixture
def run(version, base_model):
    """A run that left an adapter."""
    run = make_run(version, base_model=base_model)
    run.adapter = ModelVersion.objects.create(project=run.project, name="tuned", kind="adapter")
    run.save()
    return run


@pytest.fixture
def answered(run):
    """A set in which the adapter and its base answered two prompts; returns it with the answers by their maker."""
    response_set = ResponseSet.objects.create(project=run.project, name="held out", purpose="evaluation")
    answers = []
    for _ in range(2):
        conversation = make_conversation(run.project, TALK)
        asked, logged = conversation.messages.order_by("position")
        prompt = ensure_prompt(last_message=asked)
        made = {"logged": ensure_logged_response(message=logged)}
        for model in (run.adapter, run.base_model):
            made[model.name] = ensure_response(
                prompt=prompt,
                parts=[{"type": "text", "text": model.name}],
                origin=Response.Origin.GENERATED,
                model_version=model,
            )
            ResponseSetEntry.objects.create(
                project=run.project,
                response_set=response_set,
                prompt=prompt,
                model_version=model,
                number=0,
                state="given",
                response=made[model.name],
            )
        answers.append(made)
    return response_set, answers


def judge(one, other, outcome, source="person", **origin):
    return publish_comparison(
        response_a=one,
        response_b=other,
        outcome=Comparison.Outcome(outcome),
        source=Comparison.Source(source),
        origin=origin,
    )


def test_wins_are_counted_from_either_side_and_judges_apart(run, answered):
    response_set, (first, second) = answered
    base = run.base_model.name
    judge(first["tuned"], first[base], "a")
    judge(second[base], second["tuned"], "b")
    judge(second["logged"], second["tuned"], "tie")
    judge(first["tuned"], first[base], "b", source="judge")
    rates = rates_over_set(response_set, model=run.adapter)
    assert {(rate.against, rate.decided_by): (rate.share, rate.prompts) for rate in rates} == {
        (base, "people"): (1.0, 2),
        ("", "people"): (0.5, 1),
        (base, "judge"): (0.0, 1),
    }


def test_each_judge_has_a_rate_of_its_own_and_its_newest_verdict_counts(run, answered):
    response_set, (first, _second) = answered
    base = run.base_model.name
    judge(first["tuned"], first[base], "a", source="judge", protocol="checklist")
    judge(first[base], first["tuned"], "b", source="judge", protocol="pairwise")
    judge(first["tuned"], first[base], "b", source="judge", protocol="pairwise", source_name="again")
    rates = rates_over_set(response_set, model=run.adapter)
    assert {rate.decided_by: (rate.share, rate.verdicts) for rate in rates} == {
        "judge checklist": (1.0, 1),
        "judge pairwise": (0.0, 1),
    }
    assert {rate.decided_by for each in sets_of_run(run) for rate in each.rates} == {
        "the judge checklist",
        "the judge pairwise",
    }


def test_verdicts_that_were_taken_back_or_saw_the_signal_count_nothing(run, answered):
    response_set, (first, _second) = answered
    judge(first["tuned"], first["logged"], "a", saw_signal=True)
    taken_back = judge(first["tuned"], first["logged"], "a")
    Comparison.objects.filter(pk=taken_back.pk).update(retracted_at=run.created_at)
    assert rates_over_set(response_set, model=run.adapter) == []


def test_the_command_and_the_page_of_the_run_say_how_its_answers_fared(
    run, answered, client_of, researcher, capsys
):
    _set, (first, second) = answered
    for made in (first, second):
        judge(made["tuned"], made["logged"], "a")
    call_command("evaluate_model", str(run.uuid), responses="held out", json=True)
    (rate,) = json.loads(capsys.readouterr().out.splitlines()[-1])["win_rates"]
    assert (rate["against"], rate["share"], rate["prompts"]) == ("", 1.0, 2)
    address = reverse("training_jobs:run_results", args=["shared", run.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert "the logged answer" in page


@pytest.mark.parametrize(
    ("name", "said"), [("held out", "Have the set judged"), ("other", "Known: held out")]
)
def test_a_set_that_is_not_judged_or_not_there_is_said(run, answered, name, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command("evaluate_model", str(run.uuid), responses=name)
    assert refused.value.returncode == 2
