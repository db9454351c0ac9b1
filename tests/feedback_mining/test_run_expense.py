"""What a run spends: noted where it is stopped, looked at before each question, and priced beforehand."""

from decimal import Decimal

import pytest

from curation.models import Job, ModelEndpoint
from curation.services.work import jobs
from curation.services.writing.endpoints import save_endpoint
from feedback_mining.models import MiningRun
from feedback_mining.services.mining import open_mining, price_mining, run_mining
from tests.cast import make_conversation
from tests.feedback_mining.reading_server import running_reading_server

COMPLAINT = [("user", "Capital of Australia?"), ("assistant", "Sydney."), ("user", "That's wrong.")]


@pytest.fixture
def server():
    with running_reading_server() as reading:
        yield reading


@pytest.fixture
def endpoint(project, server):
    row = ModelEndpoint(
        project=project,
        name="local",
        base_url=server.base_url,
        model="good",
        prompt_price=Decimal(1),
        completion_price=Decimal(1),
        parallel_requests=1,
    )
    for at in range(6):
        make_conversation(project, [*COMPLAINT[:2], ("user", f"That's wrong, {at} times.")])
    return save_endpoint(endpoint=row)


def test_what_was_spent_before_the_budget_ended_is_noted(project, endpoint):
    one = Decimal(price_mining(project=project, detector="llm", endpoint=endpoint)["cost"]) / 6
    ModelEndpoint.objects.update(budget=one * Decimal("1.5"))
    endpoint.refresh_from_db()
    job = run_mining(job_id=open_mining(project=project, detector="llm", endpoint=endpoint).pk)
    run = MiningRun.objects.get()
    assert (job.state, run.message_count) == ("failed", 0)
    assert run.expense["requests"] >= 1
    endpoint.refresh_from_db()
    assert Decimal(run.expense["cost"]) == pytest.approx(endpoint.spent, rel=Decimal("0.01"))


def test_a_run_that_is_cancelled_asks_no_more_questions(project, endpoint, server, researcher, monkeypatch):
    monkeypatch.setattr(jobs, "REPORT_EVERY_SECONDS", 0.0)
    job = open_mining(project=project, detector="llm", endpoint=endpoint)

    def cancel_while_asking(_done, _total):
        if len(server.asked) == 2:
            jobs.request_job_cancel(job=Job.objects.get(pk=job.pk), actor=researcher)

    assert run_mining(job_id=job.pk, listener=cancel_while_asking).state == "cancelled"
    assert len(server.asked) == 2
    assert MiningRun.objects.get().expense["requests"] == 2


def test_a_dry_run_names_what_asking_twice_would_cost(project, endpoint, server):
    priced = price_mining(project=project, detector="llm", endpoint=endpoint)
    assert (priced["requests"], server.asked) == (6, [])
    assert Decimal(priced["cost_at_most"]) == 2 * Decimal(priced["cost"])
