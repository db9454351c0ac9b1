"""Candidate answers: asked once, resumable, with their cost, refusals and failures on record."""

from collections import Counter
from contextlib import nullcontext
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import timezone

from annotation.services.queues.setup import create_pair_queue, fill_queue
from curation.domain.errors import HarkenError, JobCancelledError
from curation.models import (
    Job,
    ModelCall,
    ModelEndpoint,
    PreferencePair,
    Response,
    ResponseSet,
    ResponseSetEntry,
)
from curation.queries.writing.generation import contexts_until, entry_counts, newest_prompts
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.work.jobs import resume_job
from curation.services.writing import answering
from curation.services.writing.addresses import EndpointError, require_allowed
from curation.services.writing.answering import ask_failed_again, run_generation
from curation.services.writing.endpoints import client_of, save_endpoint, try_endpoint
from curation.services.writing.generation import GenerationPlan, estimated_cost, open_generation
from curation.services.writing.set_pairs import propose_set_pairs, set_recipe
from curation.services.writing.spending import EndpointMeter
from language_models.chat.contract import SamplingSettings
from language_models.protocols import BudgetSpentError
from tests.cast import make_conversation, make_pair, make_project
from tests.language_models.chat_server import running_chat_server

TALK = [("user", "What is 2+2?"), ("assistant", "5"), ("user", "Are you sure?")]


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


def endpoint(project, server, model="good", **more):
    row = ModelEndpoint(project=project, name=f"local-{model}", base_url=server.base_url, model=model, **more)
    return save_endpoint(endpoint=row)


def plan(project, *writers, **more):
    return GenerationPlan(
        name=more.pop("name", "first"),
        prompts=newest_prompts(project, limit=50),
        writers=writers,
        settings=SamplingSettings(max_tokens=100),
        **more,
    )


def generated(project, *writers, **more):
    response_set = open_generation(project=project, plan=plan(project, *writers, **more))
    return response_set, run_generation(job_id=response_set.job_id)


def test_every_prompt_gets_its_answers_with_their_seeds_and_settings(project, server):
    make_conversation(project, TALK)
    response_set, job = generated(project, endpoint(project, server), answers=2)
    assert job.state == "succeeded"
    texts = set(Response.objects.filter(origin="generated").values_list("body_text", flat=True))
    assert texts == {"You said: Are you sure? (seed 7)", "You said: Are you sure? (seed 8)"}
    settings = Response.objects.filter(origin="generated").first().generation_settings
    assert settings | {"seed": 0} == {
        "max_tokens": 100,
        "temperature": 1.0,
        "seed": 0,
        "finish_reason": "stop",
    }
    assert [len(asked["messages"]) for asked in server.asked] == [3, 3]
    assert entry_counts(response_set).given == 2


def test_a_job_done_again_asks_nothing_again(project, server):
    make_conversation(project, TALK)
    response_set, _job = generated(project, endpoint(project, server))
    Job.objects.filter(pk=response_set.job_id).update(state="queued", finished_at=None)
    run_generation(job_id=response_set.job_id)
    assert (len(server.asked), Response.objects.filter(origin="generated").count()) == (1, 1)


def test_cost_is_counted_and_a_spent_budget_is_a_hard_stop_that_can_be_raised(project, server, researcher):
    for number in range(4):
        make_conversation(project, [("user", f"Question {number}?")])
    writer = endpoint(
        project,
        server,
        prompt_price=Decimal(1000),
        completion_price=Decimal(1000),
        budget=Decimal("0.12"),
        parallel_requests=1,
    )
    response_set, job = generated(project, writer)
    assert (job.state, "budget of local-good is spent" in job.error_sentence) == ("failed", True)
    counts = entry_counts(response_set)
    assert 0 < counts.given < 4
    assert counts.cost == ModelCall.objects.aggregate(spent=Sum("cost"))["spent"]
    assert counts.cost <= writer.budget
    ModelEndpoint.objects.update(budget=Decimal(10))
    resume_job(job=job, actor=researcher)
    run_generation(job_id=job.pk)
    assert entry_counts(response_set).given == 4


def test_refusals_and_failures_are_on_record_and_stop_nothing(project, server, monkeypatch):
    monkeypatch.setattr("language_models.chat.openai_client.RETRIES", 0)
    make_conversation(project, TALK)
    writers = [endpoint(project, server, model) for model in ("filtered", "empty", "good")]
    response_set, job = generated(project, *writers)
    states = dict(ResponseSetEntry.objects.values_list("model_version__name", "state"))
    assert (job.state, states) == ("succeeded", {"filtered": "refused", "empty": "failed", "good": "given"})
    assert "empty answer" in ResponseSetEntry.objects.get(state="failed").error_sentence
    assert ask_failed_again(response_set=response_set) == 1
    assert Job.objects.filter(kind="generation", state="queued").count() == 1


def test_an_endpoint_that_is_gone_fails_the_job_and_keeps_what_came(project, server):
    make_conversation(project, TALK)
    _set, job = generated(project, endpoint(project, server, "good"), endpoint(project, server, "locked"))
    assert (job.state, "refused the key" in job.error_sentence) == ("failed", True)
    assert list(ResponseSetEntry.objects.values_list("state", flat=True).order_by("state")) == [
        "given",
        "waiting",
    ]


def test_a_withdrawn_conversation_gets_no_answer(project, server, admin):
    conversation = make_conversation(project, TALK)
    response_set = open_generation(project=project, plan=plan(project, endpoint(project, server)))
    withdraw_conversation(conversation=conversation, actor=admin)
    run_generation(job_id=response_set.job_id)
    assert (server.asked, Response.objects.filter(origin="generated").count()) == ([], 0)


def test_an_answer_that_comes_after_a_withdrawal_is_not_kept(project, server, admin, monkeypatch):
    conversation = make_conversation(project, TALK)
    response_set = open_generation(project=project, plan=plan(project, endpoint(project, server)))
    store = answering._store

    def withdrawn_before(*arguments):
        withdraw_conversation(conversation=conversation, actor=admin)
        store(*arguments)

    monkeypatch.setattr(answering, "_store", withdrawn_before)
    run_generation(job_id=response_set.job_id)
    assert (len(server.asked), Response.objects.filter(origin="generated").count()) == (1, 0)


def test_tool_calls_reach_the_model_as_it_knows_them(project):
    conversation = make_conversation(
        project, [("user", "Weather?"), ("assistant", ""), ("tool", ""), ("user", "?")]
    )
    _asked, call, result, last = conversation.messages.order_by("position")
    call.rich_parts = [
        {"type": "tool_call", "call_id": "c1", "name": "weather", "arguments": {"city": "Rome"}}
    ]
    result.rich_parts = [{"type": "tool_result", "call_id": "c1", "content": "sunny"}]
    call.save()
    result.save()
    messages = contexts_until([last.pk])[last.pk] or []
    assert messages[1]["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city":"Rome"}'}
    assert messages[2] == {"role": "tool", "tool_call_id": "c1", "content": "sunny"}


@pytest.mark.parametrize(
    ("more", "said"),
    [({"answers": 0}, "1 to 64"), ({"answers": 65}, "1 to 64"), ({"name": "taken"}, "already")],
)
def test_a_plan_that_makes_no_sense_is_refused(project, server, more, said):
    make_conversation(project, TALK)
    ResponseSet.objects.create(project=project, name="taken")
    with pytest.raises(HarkenError, match=said):
        open_generation(project=project, plan=plan(project, endpoint(project, server), **more))


def test_prompts_of_another_project_are_not_answered(project, server):
    stranger = make_conversation(make_project("elsewhere"), TALK)
    last = stranger.messages.order_by("-position").first()
    wanted = GenerationPlan(name="theirs", prompts=[last.pk], writers=[endpoint(project, server)])
    with pytest.raises(HarkenError, match="no prompt"):
        open_generation(project=project, plan=wanted)


def test_the_price_is_told_before(project, server):
    make_conversation(project, [("user", "x" * 400)])
    writer = endpoint(project, server, prompt_price=Decimal(10), completion_price=Decimal(20))
    tokens, cost = estimated_cost(plan(project, writer, answers=3))
    assert (tokens, cost) == (600, Decimal(10 * 300 + 20 * 300) / 1_000_000)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/v1",
        "file:///etc/passwd",
        "http://127.0.0.1@example.org/",
        "http://u:p@localhost/",
        "http://[::1",
        "http://localhost:notaport/v1",
        "http://localhost:99999/v1",
        "http://localhost/v1\x00",
        "//x",
        "",
    ],
)
def test_an_address_that_nobody_allowed_is_refused(address):
    with pytest.raises(EndpointError):
        require_allowed(base_url=address)


def test_only_keys_of_endpoints_are_sent(project, server, settings):
    row = endpoint(project, server, key_variable="HARKEN_MODEL_KEY_X")
    with pytest.raises(EndpointError, match="not set"):
        client_of(row)
    settings.HARKEN_MODEL_KEYS = {"HARKEN_MODEL_KEY_X": "sesame"}
    settings.HARKEN_MODEL_KEY_HOSTS = {"HARKEN_MODEL_KEY_X": ["127.0.0.1"]}
    assert try_endpoint(endpoint=row).text
    assert server.keys == ["Bearer sesame"]
    with pytest.raises(EndpointError, match="begins with"):
        require_allowed(base_url=server.base_url, key_variable="HARKEN_SECRET_KEY")


@pytest.mark.parametrize(
    ("hosts", "is_allowed"),
    [([], False), (["localhost"], True), (["localhost:8080"], True), (["localhost:80", "::1"], False)],
)
def test_a_key_goes_to_its_own_hosts_alone(settings, hosts, is_allowed):
    settings.HARKEN_MODEL_KEYS = {"HARKEN_MODEL_KEY_X": "sesame"}
    settings.HARKEN_MODEL_KEY_HOSTS = {"HARKEN_MODEL_KEY_X": hosts}
    with nullcontext() if is_allowed else pytest.raises(EndpointError, match="HARKEN_MODEL_KEY_X_HOST"):
        require_allowed(base_url="http://localhost:8080/v1", key_variable="HARKEN_MODEL_KEY_X")


def test_a_host_may_be_allowed_on_one_port_alone(settings):
    settings.HARKEN_MODEL_HOSTS = ["[::1]:8080"]
    require_allowed(base_url="http://[::1]:8080/v1")
    with pytest.raises(EndpointError, match="HARKEN_MODEL_HOSTS"):
        require_allowed(base_url="http://[::1]/v1")


def test_equal_models_of_two_hosts_are_two_makers_and_one_behind_two_endpoints_is_asked_once(project, server):
    make_conversation(project, TALK)
    with running_chat_server() as second:
        here, there = (
            save_endpoint(
                endpoint=ModelEndpoint(project=project, name=name, base_url=each.base_url, model="good")
            )
            for name, each in (("here", server), ("there", second))
        )
        response_set, _job = generated(project, here, there)
        assert entry_counts(response_set).given == 2
    again = ModelEndpoint(project=project, name="again", base_url=server.base_url, model="good")
    with pytest.raises(HarkenError, match="same model"):
        open_generation(project=project, plan=plan(project, here, save_endpoint(endpoint=again), name="b"))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"model": "another"}, "another model now"), ({"archived_at": timezone.now()}, "not used any more")],
)
def test_no_other_model_answers_in_the_place_of_the_one_that_was_asked(project, server, change, said):
    make_conversation(project, TALK)
    writer = endpoint(project, server)
    response_set = open_generation(project=project, plan=plan(project, writer))
    for name, value in change.items():
        setattr(writer, name, value)
    save_endpoint(endpoint=writer)
    run_generation(job_id=response_set.job_id)
    assert (server.asked, entry_counts(response_set).failed) == ([], 1)
    assert said in ResponseSetEntry.objects.get().error_sentence


def test_two_jobs_together_cannot_overdraw_a_budget(project, server):
    writer = endpoint(
        project, server, prompt_price=Decimal(0), completion_price=Decimal(1000), budget=Decimal("0.15")
    )
    first, second = (EndpointMeter(writer, purpose="generation") for _ in range(2))
    first.authorise("a", expected_cost=Decimal("0.1"))
    with pytest.raises(BudgetSpentError, match="set aside"):
        second.authorise("b", expected_cost=Decimal("0.1"))
    first.release("a")
    second.authorise("b", expected_cost=Decimal("0.1"))


def test_what_a_worker_that_died_was_asking_is_set_aside_once(project, server):
    writer = endpoint(project, server, prompt_price=1, completion_price=1, budget=Decimal("0.15"))
    for _ in range(2):
        EndpointMeter(writer, purpose="generation").authorise("a", expected_cost=Decimal("0.1"))
    assert ModelCall.objects.get().reserved == Decimal("0.1")


def test_a_cancel_keeps_what_was_under_way(project, server):
    for number in range(6):
        make_conversation(project, [("user", f"Question {number}?")])
    response_set = open_generation(
        project=project, plan=plan(project, endpoint(project, server, "steady", parallel_requests=2))
    )

    def cancel(done, _total):
        if done:
            raise JobCancelledError("cancelled")

    job = run_generation(job_id=response_set.job_id, listener=cancel)
    assert (job.state, entry_counts(response_set).given) == ("cancelled", len(server.asked))
    assert len(server.asked) < 6


def test_the_older_job_of_a_set_says_that_there_is_a_newer_one(project, server):
    make_conversation(project, TALK)
    _set, job = generated(project, endpoint(project, server))
    ResponseSet.objects.update(job=None)
    Job.objects.update(state="queued", finished_at=None)
    assert "newer job" in run_generation(job_id=job.pk).error_sentence


def test_every_answer_of_many_meets_the_logged_one(project, server):
    make_conversation(project, TALK[:2])
    response_set, _job = generated(project, endpoint(project, server), answers=7)
    propose_set_pairs(project=project, recipe=set_recipe(response_set.uuid))
    pairs = PreferencePair.objects.values_list("chosen__origin", "rejected__origin")
    assert sum("logged" in pair for pair in pairs) == 7
    shown = Counter(key for pair in PreferencePair.objects.values_list("chosen", "rejected") for key in pair)
    assert (len(pairs), len(shown)) == (15, 8)


@pytest.mark.parametrize(("purpose", "is_barred"), [("evaluation", True), ("curation", False)])
def test_the_database_bars_answers_of_evaluations_from_datasets(project, server, purpose, is_barred):
    pair = make_pair(project)
    wanted = plan(project, endpoint(project, server), purpose=purpose)
    response_set = open_generation(project=project, plan=wanted)
    run_generation(job_id=response_set.job_id)
    written = ResponseSetEntry.objects.get(response_set=response_set)
    PreferencePair.objects.filter(pk=pair.pk).update(chosen=written.response)
    freeze = partial(
        freeze_dataset, dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None)
    )
    if is_barred:
        with pytest.raises((HarkenError, DatabaseError)), transaction.atomic():
            freeze()
    else:
        assert freeze().row_count == 1


def test_answers_of_a_set_are_paired_for_people_with_the_logged_one(project, server):
    make_conversation(project, TALK[:2])
    response_set, _job = generated(project, endpoint(project, server), answers=2)
    queue = create_pair_queue(project=project, name="compare", pairs=set_recipe(response_set.uuid))
    assert queue.tasks.count() == 3
    pairs = PreferencePair.objects.all()
    assert {(pair.is_candidate, pair.confidence) for pair in pairs} == {(True, 0.0)}
    assert fill_queue(queue=queue) == 0
