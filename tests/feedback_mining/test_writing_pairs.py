"""Pairs that models write: made once, guarded, moderated, judged in both orders, and on record with their makers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import Evidence, Job, ModelCall, ModelEndpoint, PreferencePair, Response
from curation.queries.corpus.texts import prompt_texts
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.enrichers.moderation import Moderator
from curation.services.work.jobs import request_job_cancel, resume_job
from curation.services.writing.endpoints import save_endpoint
from feedback_mining.models import PairRewrite, UserWish
from feedback_mining.queries.pair_story import pair_story
from feedback_mining.services import written_pairs
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.pairs import open_pair_building, price_pairs, run_pair_building
from feedback_mining.services.rewrites import rewrite_chosen
from tests.cast import make_conversation
from tests.feedback_mining.scripted_server import ScriptedServer
from tests.feedback_mining.writing_server import running_writing_server

TURNS = [
    ("user", "When does the bus leave?"),
    ("assistant", "The train leaves at nine."),
    ("user", "That is wrong, I asked for the bus. Keep it under 20 words."),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with running_writing_server() as running:
        yield running


@pytest.fixture
def endpoint_of(project, server):
    def make(model: str = "good", **more) -> ModelEndpoint:
        server.asked.clear()
        row = ModelEndpoint(project=project, name=model, base_url=server.base_url, model=model, **more)
        return save_endpoint(endpoint=row)

    return make


@pytest.fixture
def conversation(project):
    conversation = make_conversation(project, TURNS)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    assert UserWish.objects.exists()
    return conversation


def build(project, recipe="expert", **models):
    return run_pair_building(job_id=open_pair_building(project=project, recipe=recipe, **models).pk)


def skipped(project, recipe="expert", **models) -> dict[str, int]:
    job = build(project, recipe, **models)
    assert job.state == "succeeded", job.error_sentence
    assert (job.result["pairs"], PreferencePair.objects.count()) == (0, 0)
    return job.result["skipped"]


def test_an_expert_pair_sets_the_written_answer_against_the_one_that_drew_the_complaint(
    project, conversation, endpoint_of
):
    endpoint = endpoint_of()
    job = build(project, writer=endpoint)
    assert job.state == "succeeded", job.error_sentence
    pair = PreferencePair.objects.get()
    assert (pair.recipe, job.result["pairs"], job.result["candidates"]) == ("expert", 1, 1)
    assert pair.rejected.message.text == "The train leaves at nine."
    assert (pair.chosen.origin, pair.chosen.text) == ("generated", "It leaves at ten. (7)")
    assert pair.chosen.model_version == endpoint.model_version
    assert pair.chosen.generation_settings["knew_the_checklist"] is True


def test_neither_the_complaint_nor_what_came_later_is_sent_and_the_kept_prompt_is_plain(
    project, conversation, endpoint_of, server
):
    build(project, writer=endpoint_of())
    (asked,) = server.asked
    assert [each["role"] for each in asked["messages"]] == ["system", "user"]
    assert "That is wrong" not in json.dumps(asked)
    assert "under 20 words" in asked["messages"][0]["content"]
    assert "Safety comes before" in asked["messages"][0]["content"]
    pair = PreferencePair.objects.get()
    kept = prompt_texts([pair.prompt_id])[pair.prompt_id].messages
    assert [(each["role"], each["content"]) for each in kept] == [TURNS[0]]


def test_a_second_run_writes_nothing_again(project, conversation, endpoint_of, server):
    endpoint = endpoint_of()
    build(project, writer=endpoint)
    again = build(project, writer=endpoint)
    assert (again.result["known"], again.result["pairs"], len(server.asked)) == (1, 0, 1)


def test_two_jobs_do_not_pay_for_the_same_answers(project, conversation, endpoint_of, researcher, server):
    endpoint = endpoint_of()
    first = open_pair_building(project=project, recipe="expert", writer=endpoint)
    with pytest.raises(HarkenError, match="already"):
        open_pair_building(project=project, recipe="expert", writer=endpoint)
    request_job_cancel(job=first, actor=researcher)
    second = open_pair_building(project=project, recipe="expert", writer=endpoint)
    resume_job(job=Job.objects.get(pk=first.pk), actor=researcher)
    leased = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(pk=second.pk).update(state=Job.State.RUNNING, lease_expires_at=leased)
    resumed = run_pair_building(job_id=first.pk)
    assert (resumed.state, server.asked) == (Job.State.FAILED, [])
    assert "already" in resumed.error_sentence


def test_a_price_is_named_without_loading_the_classifier(project, conversation, endpoint_of, monkeypatch):
    monkeypatch.setattr(written_pairs, "moderator_of", lambda _project: pytest.fail("loaded"))
    assert price_pairs(project=project, recipe="expert", writer=endpoint_of())["candidates"] == 1


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("sorry", "refers_to_complaint"),
        ("refusing", "not_written"),
        ("empty", "not_written"),
        ("down", "not_written"),
        ("cut", "cut_short"),
        ("parrot", "same_answer"),
    ],
)
def test_what_may_not_be_kept_is_counted_under_its_reason(project, conversation, endpoint_of, model, reason):
    assert skipped(project, writer=endpoint_of(model)) == {reason: 1}


def test_a_person_may_rewrite_what_leans_on_the_complaint_and_nothing_is_written_again(
    project, conversation, endpoint_of, researcher, client_of, server
):
    endpoint = endpoint_of("sorry")
    assert build(project, writer=endpoint).result["rewrites"] == 1
    assert build(project, writer=endpoint).result["known"] == len(server.asked) == 1
    rewrite = PairRewrite.objects.get()
    listed = client_of(researcher).get("/p/shared/signals/rewrites/").content.decode()
    assert "It leaves at ten." in listed
    page = client_of(researcher).get(f"/p/shared/signals/rewrites/{rewrite.uuid}/")
    assert "Sorry for the mistake!" in page.content.decode()
    pair = rewrite_chosen(rewrite=rewrite, text="It leaves at ten.", actor=researcher)
    assert (pair.chosen.origin, pair.chosen.model_version) == ("edited", endpoint.model_version)


def test_without_a_wish_nobody_is_asked(project, conversation, endpoint_of, server):
    UserWish.objects.all().delete()
    assert skipped(project, writer=endpoint_of()) == {"no_wish": 1}
    assert server.asked == []


def test_what_the_moderation_refuses_is_counted_and_not_kept(project, conversation, endpoint_of, monkeypatch):
    class Strict:
        variant = "strict"

        def enrich(self, conversations):
            from curation.domain.enrichers.enriching import Findings, FoundScore

            said = [message.text for message in conversations[0].messages]
            return Findings(
                scores=[FoundScore(conversation=0, message=0, value=float("ten" in each)) for each in said]
            )

    monkeypatch.setattr(written_pairs, "moderator_of", lambda _project: Moderator(Strict()))
    assert skipped(project, writer=endpoint_of()) == {"unsafe": 1}
    assert not Response.objects.filter(origin="generated").exists()


def test_a_classifier_that_is_set_and_cannot_be_used_stops_the_work(project, conversation, endpoint_of):
    project.enrichment_settings = {"toxicity": {"classifier": "/nowhere"}}
    project.save()
    job = build(project, writer=endpoint_of())
    assert job.state == "failed"
    assert "/nowhere" in job.error_sentence


def test_the_policy_answers_with_and_without_the_wishes_and_the_judge_is_asked_both_ways(
    project, conversation, endpoint_of, server
):
    policy, judge = endpoint_of("policy"), endpoint_of("judge")
    job = build(project, "on_policy", writer=policy, judge=judge)
    assert job.result["pairs"] == 1, job.result
    pair = PreferencePair.objects.get()
    assert {pair.chosen.model_version, pair.rejected.model_version} == {policy.model_version}
    assert pair.rejected.text.startswith("I do not know")
    assert sum(each["model"] == "judge" for each in server.asked) == 2
    assert pair.evidence.get(kind=Evidence.Kind.VERDICT).source_name.startswith("checklist: judge")


def test_the_plain_prompt_is_all_that_the_rejected_answer_is_to(project, conversation, endpoint_of, server):
    build(project, "on_policy", writer=endpoint_of("policy"), judge=endpoint_of("judge"))
    plain = [each["messages"] for each in server.asked if each["messages"][0]["role"] == "user"]
    assert plain == [[{"role": "user", "content": TURNS[0][1]}]]


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        ("first-always", "not_preferred"),
        ("tie", "not_preferred"),
        ("other", "not_preferred"),
        ("broken", "not_judged"),
    ],
)
def test_a_pair_is_kept_only_if_the_judge_prefers_chosen_in_both_orders(
    project, conversation, endpoint_of, judge, reason
):
    models = {"writer": endpoint_of("policy"), "judge": endpoint_of(judge)}
    assert skipped(project, "on_policy", **models) == {reason: 1}


def test_a_recipe_says_which_model_it_lacks(project, endpoint_of):
    with pytest.raises(HarkenError, match="--endpoint"):
        open_pair_building(project=project, recipe="expert")
    with pytest.raises(HarkenError, match="--judge"):
        open_pair_building(project=project, recipe="on_policy", writer=endpoint_of())


def test_a_price_is_named_before_anyone_is_asked(project, conversation, endpoint_of, server):
    prices = {"prompt_price": Decimal(2), "completion_price": Decimal(8)}
    models = {"writer": endpoint_of("policy", **prices), "judge": endpoint_of("judge", **prices)}
    expected = price_pairs(project=project, recipe="on_policy", **models)["expense"]
    assert (expected["requests"], server.asked) == (4, [])
    spent = build(project, "on_policy", **models).result["expense"]
    assert 0 < Decimal(spent["cost"]) <= Decimal(expected["cost"])


def test_a_budget_stops_the_run_and_nothing_is_paid_twice(project, conversation, endpoint_of, server):
    for number in range(2):
        make_conversation(project, [("user", f"When does bus {number} leave?"), *TURNS[1:]])
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    prices = {"prompt_price": Decimal(1000), "completion_price": Decimal(1000)}
    endpoint = endpoint_of(**prices, parallel_requests=1)
    for_three = Decimal(price_pairs(project=project, recipe="expert", writer=endpoint)["expense"]["cost"])
    ModelEndpoint.objects.update(budget=for_three / 3)
    job = build(project, writer=endpoint)
    assert job.state == "failed"
    assert "budget" in job.error_sentence
    assert len(server.asked) < 3
    ModelEndpoint.objects.update(budget=None)
    assert build(project, writer=endpoint).result["pairs"] == 3
    assert len(server.asked) == 3


def test_a_cancelled_job_ends_before_it_asks(project, conversation, endpoint_of, researcher, server):
    job = open_pair_building(project=project, recipe="expert", writer=endpoint_of())
    request_job_cancel(job=job, actor=researcher)
    assert run_pair_building(job_id=job.pk) is None
    assert server.asked == []


def test_a_withdrawal_erases_what_was_written(project, conversation, endpoint_of, researcher):
    build(project, writer=endpoint_of())
    withdraw_conversation(conversation=conversation, actor=researcher)
    assert set(Response.objects.filter(origin="generated").values_list("body_text", flat=True)) == {""}
    assert not ModelCall.objects.filter(reply__isnull=False).exists()


def test_the_story_shows_the_complaint_the_wishes_and_who_wrote_what(
    project, conversation, endpoint_of, researcher, client_of
):
    build(project, writer=endpoint_of())
    pair = PreferencePair.objects.get()
    story = pair_story(project, uuid=pair.uuid)
    assert [wish.text for wish in story.wishes]
    page = client_of(researcher).get(f"/p/shared/pairs/{pair.uuid}/").content.decode()
    assert '<mark class="signal dsat">' in page
    assert "It leaves at ten." in page
    assert "generated, by good" in page


def test_the_command_prices_first_and_names_what_is_missing(project, conversation, endpoint_of, server):
    endpoint_of()
    out = StringIO()
    ask = ["build_pairs", "--project", "shared", "--recipe", "expert", "--endpoint", "good", "--json"]
    call_command(*ask, "--dry-run", stdout=out)
    assert json.loads(out.getvalue())["expense"]["requests"] == 1
    assert server.asked == []
    call_command(*ask, stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["pairs"] == 1
    with pytest.raises(CommandError, match="--endpoint"):
        call_command("build_pairs", "--project", "shared", "--recipe", "expert")
