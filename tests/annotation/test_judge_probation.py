"""Judges held against people: the report, the gate that refuses or lets label, and what becomes of the labels."""

import pytest
from django.http import Http404
from django.urls import reverse

from annotation.models import JudgeThresholds, Task
from annotation.queries.judges.probation import judges_on_probation, on_probation
from annotation.queries.judges.slices import decided_pairs, slice_choices
from annotation.queries.ranking.compared_models import votes_between_models
from annotation.services.judges.labelling import (
    JudgeRefusedError,
    open_labelling,
    price_labelling,
    retract_labels,
    run_labelling,
    undecided_pairs,
)
from annotation.services.judges.validation import (
    open_validation,
    price_validation,
    run_validation,
    set_thresholds,
)
from curation.domain.errors import HarkenError
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import Comparison, Job, JudgedPair, Judgement, PreferencePair
from curation.queries.versions.candidates import candidates
from curation.services.corpus.responses import ensure_response
from curation.services.judging.runs import JudgeChoice
from tests.annotation.probation import (
    ask_for,
    decide,
    make_decided,
    make_pair_of,
    make_undecided_queue,
    validated,
)
from tests.cast import make_project
from tests.curation.judged_sets import judging_endpoint, judging_server


@pytest.fixture
def server():
    with judging_server() as chat:
        yield chat


@pytest.fixture
def decided(project):
    make_decided(project)
    ask_for(project)
    return project


def labelled(earned, queue):
    labelling = open_labelling(earned=earned, queue=queue)
    job = run_labelling(job_id=labelling.run.job_id)
    return labelling, job


def test_a_judge_that_agrees_with_people_earns_both_gates(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    assert (earned.may_label, earned.may_rank) == (True, True)
    assert (earned.report["decided"], earned.report["cohen_kappa"]) == (30, 1.0)
    assert set(earned.report["per_system"]) == {"ada", "bob", "cyd"}
    assert {each["kind"]: each["right"] for each in earned.report["dummies"]} == {
        "sure": 10,
        "question_repeated": 10,
    }


def test_a_judge_that_goes_by_the_place_earns_nothing_and_is_seen_to_take_the_first(decided, server):
    earned = validated(decided, judging_endpoint(decided, server, "first"))
    assert (earned.may_label, earned.may_rank) == (False, False)
    assert (earned.report["decided"], earned.report["inconsistent"]) == (0, 30)
    assert earned.report["position"]["share"] == 1.0


def test_only_what_a_judge_earned_ranks_models(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    labelled(earned, make_undecided_queue(decided))
    votes = votes_between_models(decided, sources=["judges"])
    assert votes.table is not None
    assert (len(votes.table), votes.unearned) == (4, 0)
    JudgeThresholds.objects.filter(project=decided).update(systems=4)
    votes = votes_between_models(decided, sources=["judges"])
    assert (votes.table, votes.unearned) == (None, 4)
    assert on_probation(decided, earned.validation.uuid).may_label


def test_the_page_of_a_ranking_says_that_a_judge_has_not_earned_it(decided, server, researcher, client_of):
    labelled(validated(decided, judging_endpoint(decided, server)), make_undecided_queue(decided))
    JudgeThresholds.objects.filter(project=decided).update(systems=4)
    page = client_of(researcher).get(
        reverse("annotation:model_ranking", args=[decided.slug]), {"sources": "judges"}
    )
    assert "4 verdicts are left out, for their judges have not earned" in page.content.decode()


def test_a_judge_that_failed_is_refused_with_its_reasons_and_labels_nothing(decided, server):
    earned = validated(decided, judging_endpoint(decided, server, "first"))
    queue = make_undecided_queue(decided)
    with pytest.raises(JudgeRefusedError, match=r"may not label: .*Its pairs stay with people"):
        open_labelling(earned=earned, queue=queue)
    assert not Comparison.objects.filter(source="judge").exists()
    assert Task.objects.filter(queue=queue, open_slots__gt=0).count() == 34


def test_a_judge_that_passed_labels_what_nobody_decided(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    queue = make_undecided_queue(decided)
    _labelling, job = labelled(earned, queue)
    assert (job.state, job.result["labelled"], job.result["to_people"]) == (Job.State.SUCCEEDED, 4, 0)
    rows = Comparison.objects.filter(source=Comparison.Source.JUDGE)
    assert (rows.count(), set(rows.values_list("source_name", flat=True))) == (4, {"pairwise: good"})
    assert undecided_pairs(queue) == []


def test_what_a_judge_is_asked_to_be_measured_publishes_nothing(decided, server):
    validated(decided, judging_endpoint(decided, server))
    assert JudgedPair.objects.filter(outcome="").count() == 0
    assert not Comparison.objects.filter(source="judge").exists()


def test_what_it_is_not_sure_of_comes_first_to_people(decided, server):
    earned = validated(decided, judging_endpoint(decided, server, "half"))
    # A judge that declines one side of some pairs; it passes here so that its doubts can be seen.
    earned.validation.run.judge = "pairwise"
    queue = make_undecided_queue(decided)
    object.__setattr__(earned, "labelling", validated(decided, judging_endpoint(decided, server)).labelling)
    labelling, job = labelled(earned, queue)
    unsure = labelling.run.pairs.filter(outcome="unreadable").values("preference_pair")
    assert job.result["to_people"] == unsure.count() > 0
    assert set(Task.objects.filter(pair__in=unsure).values_list("priority", flat=True)) == {1000}


def test_labels_become_rows_that_say_who_decided_and_people_overrule_them(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    queue = make_undecided_queue(decided, pairs=2)
    labelled(earned, queue)
    recipe = DatasetRecipe(sources=("mined",))
    by_judge = [
        each for each in candidates(decided, recipe=recipe) if getattr(each, "decided_by", "") == "judge"
    ]
    assert [each.judges for each in by_judge] == [("pairwise: good",)] * 2
    pair = PreferencePair.objects.get(pk=by_judge[0].keys.pair or 0)
    decide(pair, pair.chosen, pair.rejected)
    again = {each.keys.pair: each.decided_by for each in candidates(decided, recipe=recipe)}
    assert again[pair.pk] == "people"


def test_labels_can_be_taken_back_and_their_pairs_are_undecided_again(decided, server, researcher):
    earned = validated(decided, judging_endpoint(decided, server))
    queue = make_undecided_queue(decided, pairs=3)
    labelling, _job = labelled(earned, queue)
    assert retract_labels(labelling=labelling, actor=researcher) == 3
    assert len(undecided_pairs(queue)) == 3
    assert Judgement.objects.filter(pair__run=labelling.run).count() == 6


def test_what_a_judge_earned_follows_the_thresholds(project, server, admin):
    make_decided(project)
    thresholds = ask_for(project)
    earned = validated(project, judging_endpoint(project, server))
    thresholds.pairs = 31
    set_thresholds(thresholds=thresholds, actor=admin)
    assert earned.may_label
    assert not on_probation(project, earned.validation.uuid).may_label


def test_another_model_behind_the_endpoint_is_another_judge(decided, server):
    endpoint = judging_endpoint(decided, server)
    earned = validated(decided, endpoint)
    endpoint.model = "chatty"
    endpoint.save()
    queue = make_undecided_queue(decided)
    with pytest.raises(HarkenError, match="asks another model now"):
        open_labelling(earned=on_probation(decided, earned.validation.uuid), queue=queue)


def test_of_two_validations_of_one_judge_the_later_one_counts(decided, server):
    endpoint = judging_endpoint(decided, server)
    first = validated(decided, endpoint)
    validated(decided, endpoint)
    assert [each.may_label for each in judges_on_probation(decided)] == [True, False]
    assert not on_probation(decided, first.validation.uuid).is_newest


def test_words_that_changed_since_are_not_what_was_validated(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    earned.run.prompt_version = "pairwise-older"
    earned.run.save()
    again = on_probation(decided, earned.validation.uuid)
    assert (again.is_current, again.may_label) == (False, False)


def test_pairs_on_which_people_are_split_are_no_ruler(project):
    pair, better, worse = make_pair_of(project, 1)
    decide(pair, better, worse, by="olive")
    decide(pair, worse, better, by="paul")
    decide(*make_pair_of(project, 2))
    assert len(decided_pairs(project, slice_key="people")) == 1


def test_a_slice_is_drawn_the_same_each_time_and_holds_one_project_alone(project):
    make_decided(project, pairs=12)
    other = make_project("elsewhere")
    make_decided(other, pairs=3)
    drawn = decided_pairs(project, slice_key="people", most=5)
    assert drawn == decided_pairs(project, slice_key="people", most=5)
    assert len(drawn) == 5
    assert {each.pair.preference_pair for each in drawn} <= set(
        PreferencePair.objects.for_project(project).values_list("id", flat=True)
    )


@pytest.mark.parametrize("key", ["queue:nonsense", "elsewhere", "set:"])
def test_a_slice_that_is_none_is_refused(project, key):
    with pytest.raises(HarkenError, match="no such slice"):
        decided_pairs(project, slice_key=key)


def test_slices_are_named(project):
    make_undecided_queue(project)
    assert [words for _key, words in slice_choices(project)][1] == "queue undecided"


def test_nobody_is_asked_for_a_price_and_no_pair_is_no_validation(project, server):
    endpoint = judging_endpoint(project, server, prompt_price=2, completion_price=8)
    choice = JudgeChoice(judge="pairwise", endpoint=endpoint)
    with pytest.raises(HarkenError, match="decided no pair"):
        open_validation(project=project, choice=choice, slice_key="people")
    make_decided(project, pairs=3)
    priced = price_validation(project=project, choice=choice, slice_key="people", most=2)
    assert (priced.pairs, priced.controls, priced.expense.requests, server.asked) == (2, 4, 12, [])
    assert (priced.expense.cost or 0) > 0


def test_a_validation_whose_endpoint_fails_is_resumed_without_paying_twice(project, server):
    # Each failure is followed by a pause, so there are few pairs.
    make_decided(project, pairs=3)
    endpoint = judging_endpoint(project, server, "flaky", parallel_requests=1)
    validation = open_validation(
        project=project, choice=JudgeChoice(judge="pairwise", endpoint=endpoint), slice_key="people"
    )
    job = run_validation(job_id=validation.run.job_id)
    assert Job.State(job.state) in {Job.State.SUCCEEDED, Job.State.FAILED}
    validation.refresh_from_db()
    assert (validation.report == {}) == (job.state == Job.State.FAILED)


def test_cost_per_point_stands_on_the_report(decided, server):
    from annotation.queries.judges.probation import cost_per_point

    earned = validated(decided, judging_endpoint(decided, server, prompt_price=2, completion_price=8))
    assert (cost_per_point(earned.report) or 0) > 0
    unpriced = validated(decided, judging_endpoint(decided, server, "chatty"))
    assert cost_per_point(unpriced.report) is None


def test_labelling_names_its_price_and_counts_what_nobody_decided(decided, server):
    earned = validated(decided, judging_endpoint(decided, server, prompt_price=2, completion_price=8))
    pairs, price = price_labelling(earned=earned, queue=make_undecided_queue(decided))
    assert (pairs, price.requests) == (4, 8)


def test_a_validation_of_another_project_is_not_found(decided, server):
    earned = validated(decided, judging_endpoint(decided, server))
    with pytest.raises(Http404):
        on_probation(make_project("elsewhere"), earned.validation.uuid)


def test_corrections_by_people_are_references_and_bring_their_rules_and_control(project, server):
    for number in range(6):
        pair, better, worse = make_pair_of(project, number)
        decide(pair, better, worse)
        ensure_response(
            prompt=pair.prompt,
            parts=[{"type": "text", "text": better.text}, {"type": "text", "text": "!"}],
            origin="edited",
        )
    earned = validated(project, judging_endpoint(project, server), judge="reference")
    assert set(earned.report["baselines"]) == {"always_first", "longer_wins", "exact_match", "contains"}
    assert [each["kind"] for each in earned.report["dummies"]] == ["sure", "question_repeated", "reference"]
