"""Judges at work on a response set: each pair once, in both orders, resumable, with every word on record."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from curation.domain.errors import HarkenError
from curation.models import Comparison, Job, JudgedPair, Judgement, ModelCall
from curation.queries.corpus.preferences import source_comparisons
from curation.queries.judging.runs import run_counts, run_win_rate
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.judging import runs
from curation.services.judging.judging import run_judging
from curation.services.judging.runs import open_judge_run, price_judging, two_models
from curation.services.work import jobs
from curation.services.work.jobs import open_job, request_job_cancel, resume_job
from language_models.judges import JUDGES
from tests.cast import make_project
from tests.curation.judged_sets import (
    judged_run,
    judging_endpoint,
    judging_server,
    make_answered_set,
    plan_of,
)
from tests.language_models import chat_server

ANSWERS = [("It is 7.", "It is 3."), ("It is 2.", "It is 9."), ("It is 4.", "They are 4."), ("It is 1.", "")]


@pytest.fixture
def server():
    with judging_server() as chat:
        yield chat


@pytest.fixture
def answered(project):
    return make_answered_set(project, ANSWERS)


def test_each_pair_is_asked_in_both_orders_and_the_verdicts_are_kept(project, server, answered):
    run = judged_run(answered, judging_endpoint(project, server))
    assert run.job.state == Job.State.SUCCEEDED
    assert len(server.asked) == 6
    assert list(run.pairs.order_by("id").values_list("outcome", "strength")) == [
        ("a", 1.0),
        ("b", -1.0),
        ("tie", 0.0),
    ]
    orders = Judgement.objects.filter(pair=run.pairs.first()).order_by("order_shown")
    assert list(orders.values_list("order_shown", "value")) == [("a_first", "a"), ("b_first", "a")]
    assert all("By the rules." in each.raw_text for each in orders)


def test_the_job_s_result_names_the_win_rate_and_what_was_left_out(project, server, answered):
    result = judged_run(answered, judging_endpoint(project, server)).job.result
    assert (result["wins"], result["losses"], result["ties"]) == (1, 1, 1)
    assert result["left_out"] == {"unanswered": 1}
    assert result["win_rate"] == 0.5
    assert result["interval"][0] < 0.5 < result["interval"][1]


@pytest.mark.parametrize("model", ["first", "second"])
def test_a_judge_that_goes_by_the_place_decides_nothing_and_publishes_nothing(
    project, server, answered, model
):
    run = judged_run(answered, judging_endpoint(project, server, model))
    assert set(run.pairs.values_list("outcome", flat=True)) == {"inconsistent"}
    assert run_win_rate(run).rate is None
    assert not Comparison.objects.exists()


def test_what_cannot_be_read_is_kept_as_it_was_said(project, server, answered):
    run = judged_run(answered, judging_endpoint(project, server, "unreadable"))
    assert set(run.pairs.values_list("outcome", flat=True)) == {"unreadable"}
    assert set(Judgement.objects.values_list("raw_text", "value")) == {("I cannot tell.", "")}


def test_decided_pairs_are_published_as_comparisons_of_the_judge(project, server, answered):
    run = judged_run(answered, judging_endpoint(project, server))
    rows = Comparison.objects.order_by("id")
    assert sorted(rows.values_list("outcome", "strength")) == [("a", 1), ("b", -1), ("tie", 0)]
    assert set(rows.values_list("source", "source_name")) == {("judge", "pairwise: good")}
    assert set(rows.values_list("source_uuid", flat=True)) == set(run.pairs.values_list("uuid", flat=True))


def test_a_judge_that_was_asked_here_makes_no_rows_of_datasets(project, server, answered):
    judged_run(answered, judging_endpoint(project, server))
    assert Comparison.objects.count() == 3
    assert not source_comparisons(project).exists()


def test_the_checklist_goes_to_the_judge_that_reads_one(project, server):
    answered = make_answered_set(project, [("It is 7.", "In French: trois.")])
    prompt = answered.entries.first().prompt_id
    endpoint = judging_endpoint(project, server)
    guided = judged_run(answered, endpoint, judge="checklist", checklists={prompt: ("in French",)})
    plain = judged_run(answered, endpoint, checklists={prompt: ("in French",)})
    assert (guided.pairs.get().outcome, plain.pairs.get().outcome) == ("b", "a")
    assert (guided.pairs.get().checklist, plain.pairs.get().checklist) == (["in French"], [])


def test_answers_of_the_same_text_are_left_out_and_counted(project, server):
    answered = make_answered_set(project, [("Same.", "Same."), ("It is 7.", "It is 3.")])
    run = judged_run(answered, judging_endpoint(project, server))
    assert (run.left_out, run.pairs.count(), len(server.asked)) == ({"same_text": 1}, 1, 2)


def test_a_dry_run_asks_nobody_and_names_the_most(project, server, answered):
    endpoint = judging_endpoint(project, server, prompt_price=2, completion_price=8)
    priced = price_judging(plan=plan_of(answered, endpoint))
    assert (priced.pairs, priced.expense.requests, server.asked) == (3, 6, [])
    run = judged_run(answered, endpoint)
    cost, most = run_counts(run).cost, priced.expense.cost
    assert cost
    assert most
    assert 0 < cost <= most
    assert sum(ModelCall.objects.values_list("cost", flat=True)) == run_counts(run).cost


def test_a_spent_budget_ends_the_job_and_resuming_asks_only_what_is_not_stored(project, server, answered):
    endpoint = judging_endpoint(
        project,
        server,
        prompt_price=1,
        completion_price=1,
        budget=Decimal("0.0025"),
        parallel_requests=1,
    )
    run = judged_run(answered, endpoint)
    assert run.job.state == Job.State.FAILED
    assert "budget of judge-good is spent" in run.job.error_sentence
    asked = len(server.asked)
    assert 0 < asked < 6
    type(endpoint).objects.update(budget=None)
    resume_job(job=run.job, actor=None)
    assert run_judging(job_id=run.job_id).state == Job.State.SUCCEEDED
    assert len(server.asked) == 6
    assert Judgement.objects.count() == 6


def test_a_cancelled_run_keeps_what_was_judged_and_goes_on_from_there(
    project, researcher, server, answered, monkeypatch
):
    monkeypatch.setattr(jobs, "REPORT_EVERY_SECONDS", 0)
    run = open_judge_run(plan=plan_of(answered, judging_endpoint(project, server, parallel_requests=1)))
    reports = []

    def cancel_at_the_fourth(done, _total):
        reports.append(done)
        if len(reports) == 4:
            request_job_cancel(job=Job.objects.get(pk=str(run.job_id)), actor=researcher)

    first = run_judging(job_id=run.job_id, listener=cancel_at_the_fourth)
    assert first.state == Job.State.CANCELLED
    assert 0 < len(server.asked) < 6
    resume_job(job=first, actor=researcher)
    run_judging(job_id=run.job_id)
    assert Job.objects.get(pk=str(run.job_id)).state == Job.State.SUCCEEDED
    assert len(server.asked) == 6


def test_a_request_that_failed_is_no_verdict_and_is_asked_again(project, server, answered, monkeypatch):
    monkeypatch.setitem(chat_server.ERRORS, "good", (400, {"error": {"message": "overloaded"}}, {}))
    run = judged_run(answered, judging_endpoint(project, server))
    assert (run.job.state, set(run.pairs.values_list("outcome", flat=True))) == (Job.State.FAILED, {""})
    assert "3 pairs could not be judged" in run.job.error_sentence
    assert not Judgement.objects.exists()
    monkeypatch.delitem(chat_server.ERRORS, "good")
    resume_job(job=run.job, actor=None)
    assert run_judging(job_id=run.job_id).state == Job.State.SUCCEEDED
    assert run_counts(run).judged == 3


def test_a_run_is_not_opened_beside_a_withdrawal(project, server, answered, monkeypatch):
    turns = []
    monkeypatch.setattr(runs, "take_turns_with_withdrawals", lambda about: turns.append(about))
    pairs_of = runs._pairs_of

    def noted_pairs(plan):
        turns.append("pairs")
        return pairs_of(plan)

    monkeypatch.setattr(runs, "_pairs_of", noted_pairs)
    open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))
    assert turns == [project, "pairs"]


def test_a_price_is_scaled_from_the_pairs_that_are_read(project, server, answered):
    plan = plan_of(answered, judging_endpoint(project, server))
    whole, part = price_judging(plan=plan), price_judging(plan=plan, sample=2)
    assert (part.pairs, part.expense.requests) == (3, whole.expense.requests)


def test_a_second_run_takes_the_stored_replies(project, server, answered):
    endpoint = judging_endpoint(project, server)
    judged_run(answered, endpoint)
    again = judged_run(answered, endpoint)
    assert len(server.asked) == 6
    assert set(Judgement.objects.filter(pair__run=again).values_list("is_cached", flat=True)) == {True}


def test_the_same_judge_is_not_asked_twice_at_once(project, server, answered):
    endpoint = judging_endpoint(project, server)
    open_judge_run(plan=plan_of(answered, endpoint))
    with pytest.raises(HarkenError, match="already"):
        open_judge_run(plan=plan_of(answered, endpoint))


def test_a_set_that_is_still_being_answered_is_not_judged(project, server, answered):
    answered.job = open_job(project=project, kind="generation", task_name="curation.run_generation")
    answered.save()
    with pytest.raises(HarkenError, match="still being written"):
        open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))


def test_a_set_with_nothing_to_compare_is_refused(project, server):
    answered = make_answered_set(project, [("Only one.", "")])
    with pytest.raises(HarkenError, match="nothing to compare"):
        open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))


def test_an_unknown_judge_is_named_with_the_known_ones(project, server, answered):
    with pytest.raises(HarkenError, match="Known: cascade, checklist"):
        price_judging(plan=plan_of(answered, judging_endpoint(project, server), judge="oracle"))


def test_models_are_named_where_there_are_not_two(project, answered):
    assert [str(each) for each in two_models(answered)] == ["one", "two"]
    assert [str(each) for each in two_models(answered, names=["two", "one"])] == ["two", "one"]
    for names in (["one"], ["one", "one"], ["one", "three"], ["three", "four"]):
        with pytest.raises(HarkenError, match="Name two of these: one, two"):
            two_models(answered, names=names)


def test_a_withdrawal_empties_judgements_and_takes_the_pair_out_of_the_rate(project, server, answered):
    run = judged_run(
        answered,
        judging_endpoint(project, server),
        judge="checklist",
        checklists={answered.entries.first().prompt_id: ("briefly",)},
    )
    pair = run.pairs.order_by("id").first()
    withdraw_conversation(conversation=pair.prompt.conversation, actor=None)
    assert set(pair.judgements.values_list("raw_text", flat=True)) == {""}
    assert JudgedPair.objects.get(pk=pair.pk).checklist == []
    assert run_win_rate(run).prompts == 2


def test_what_is_withdrawn_before_it_is_judged_leaves_the_run(project, server, answered):
    run = open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))
    withdraw_conversation(conversation=run.pairs.first().prompt.conversation, actor=None)
    job = run_judging(job_id=run.job_id)
    assert (job.state, job.result["pairs"], len(server.asked)) == (Job.State.SUCCEEDED, 2, 4)


def test_a_judgement_is_never_changed_but_goes_with_its_conversation(project, server, answered):
    run = judged_run(answered, judging_endpoint(project, server))
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        Judgement.objects.update(value="b")
    run.pairs.first().prompt.conversation.delete()
    assert Judgement.objects.count() == 4


def test_a_run_whose_judge_has_other_words_now_is_refused(project, server, answered):
    run = open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))
    type(run).objects.update(prompt_version="pairwise-earlier")
    job = run_judging(job_id=run.job_id)
    assert job.state == Job.State.FAILED
    assert "Start a new run" in job.error_sentence


def test_a_run_cannot_reach_into_another_project(project, server, answered):
    elsewhere = judging_endpoint(make_project("elsewhere"), server)
    run = open_judge_run(plan=plan_of(answered, judging_endpoint(project, server)))
    with pytest.raises(DatabaseError), transaction.atomic():
        type(run).objects.update(endpoint=elsewhere)
        connection.check_constraints()


LONG = "So it is. And so on. There is more. And an end."


@pytest.mark.parametrize("judge", sorted(JUDGES))
def test_every_way_to_judge_is_carried_out_and_kept_word_for_word(project, server, judge):
    answered = make_answered_set(project, [(f"It is 5. {LONG}", f"It is 2. {LONG}")])
    others = tuple(
        judging_endpoint(project, server, name)
        for name in {"jury": ("chatty", "odd"), "cascade": ("chatty",)}.get(judge, ())
    )
    run = judged_run(answered, judging_endpoint(project, server), judge=judge, others=others)
    pair = run.pairs.get()
    assert (run.job.state, pair.outcome) == (Job.State.SUCCEEDED, "a")
    assert pair.strength > 0
    assert pair.strength_from in {"words", "votes", "scores"}
    assert all(each.raw_text and each.model for each in pair.judgements.all())
    assert Comparison.objects.get().source == Comparison.Source.JUDGE


def test_a_jury_without_further_models_is_refused_with_a_sentence(project, server, answered):
    plan = plan_of(answered, judging_endpoint(project, server), judge="jury")
    with pytest.raises(HarkenError, match="at least two models"):
        open_judge_run(plan=plan)


def test_votes_that_differ_are_kept(project, server, answered):
    others = tuple(judging_endpoint(project, server, name) for name in ("chatty", "first"))
    run = judged_run(answered, judging_endpoint(project, server), judge="jury", others=others)
    first = run.pairs.order_by("id").first()
    assert first.votes == {"a": 2, "inconsistent": 1}
    assert set(first.judgements.values_list("model", flat=True)) == {"good", "chatty", "first"}


def test_an_endpoint_that_asks_another_model_now_does_not_go_on_with_a_run(project, server, answered):
    endpoint = judging_endpoint(project, server)
    run = open_judge_run(plan=plan_of(answered, endpoint))
    endpoint.model = "chatty"
    endpoint.save()
    job = run_judging(job_id=run.job_id)
    assert (job.state, "asks another model now" in job.error_sentence) == (Job.State.FAILED, True)
