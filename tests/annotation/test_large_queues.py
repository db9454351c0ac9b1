"""What takes long of a large queue: a worker writes its files and publishes its consensus."""

import json

import pytest

from annotation.models import FigureReport
from annotation.queries.queue_figures import consensus_rows, group_preferences
from annotation.queries.queue_figures.group_preferences import pairs_question
from annotation.services.figures import publish_jobs
from annotation.services.figures.publish_jobs import run_publishing
from annotation.services.figures.reports import compute_report
from curation.models import Conversation, Job, Score
from tests.annotation.test_queue_figures import address, judged_pairs, page_of, two_tastes

pytestmark = pytest.mark.django_db
SENT = {"attribute": "preference", "method": "majority"}


def fetched(client, place, query=None) -> str:
    response = client.get(place, query or {})
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def test_the_consensus_file_of_a_large_queue_is_written_once_and_fetched(
    project, researcher, client_of, monkeypatch
) -> None:
    queue, client = judged_pairs(project, [[True, True], [True, False]]), client_of(researcher)
    at_once = fetched(client, address("consensus_file", queue), SENT)
    monkeypatch.setattr(consensus_rows, "AT_ONCE", 1)
    assert client.get(address("consensus_file", queue), SENT).status_code == 404
    assert "A worker writes it" in page_of(client, "queue_consensus", queue, **SENT)
    for _press in range(2):
        client.post(address("consensus_file_write", queue), SENT)
    assert 'hx-trigger="every 1s"' in page_of(client, "queue_consensus", queue, **SENT)
    assert compute_report(job_id=Job.objects.get().pk).state == "succeeded"
    assert "what was judged since is not in it" in page_of(client, "queue_consensus", queue, **SENT)
    assert fetched(client, address("consensus_file", queue), SENT) == at_once


def test_a_method_that_cannot_read_the_judgements_says_so_beside_the_button(
    project, researcher, client_of, monkeypatch
) -> None:
    queue, client = judged_pairs(project, [[True]]), client_of(researcher)
    monkeypatch.setattr(consensus_rows, "AT_ONCE", 0)
    client.post(address("consensus_file_write", queue), {**SENT, "method": "closest_k"})
    job = compute_report(job_id=Job.objects.get().pk)
    assert (job.state, "reads ratings" in job.error_sentence) == ("failed", True)


def test_the_pairs_of_a_group_are_written_by_a_worker_without_their_texts(
    project, researcher, client_of, monkeypatch
) -> None:
    queue, client = two_tastes(project), client_of(researcher)
    at_once = fetched(client, address("group_pairs", queue, 1))
    monkeypatch.setattr(group_preferences, "AT_ONCE", 1)
    assert client.get(address("group_pairs", queue, 1)).status_code == 404
    client.post(address("group_pairs_write", queue, 1))
    assert compute_report(job_id=Job.objects.get().pk).state == "succeeded"
    assert "What is 2+2" not in json.dumps(FigureReport.objects.get().result)
    assert fetched(client, address("group_pairs", queue, 1)) == at_once
    assert client.post(address("group_pairs_write", queue, 3)).status_code == 404


def test_what_was_withdrawn_since_is_left_out_of_the_file(project, researcher, client_of) -> None:
    queue, client = two_tastes(project), client_of(researcher)
    lines = fetched(client, address("group_pairs", queue, 1)).splitlines()
    gone = queue.tasks.get(uuid=json.loads(lines[0])["id"].partition(":")[0]).conversation
    Conversation.objects.filter(pk=gone.pk).update(withdrawn_at=queue.created_at)
    assert fetched(client, address("group_pairs", queue, 1)).splitlines() == lines[1:]


def test_groups_that_were_found_anew_make_another_file(project) -> None:
    queue = judged_pairs(project, [[True]])
    one, other = (pairs_question(queue, group=1, groups=[[name], ["c"]]) for name in "ab")
    assert one != other


def test_a_large_consensus_is_published_by_a_worker_once(project, researcher, client_of, monkeypatch) -> None:
    queue, client = judged_pairs(project, [[True], [True], [False]]), client_of(researcher)
    monkeypatch.setattr(publish_jobs, "AT_ONCE", 1)
    for _press in range(2):
        client.post(address("consensus_publish", queue), SENT)
    job = Job.objects.get()
    assert not Score.objects.exists()
    shown = page_of(client, "queue_consensus", queue, **SENT)
    assert "Publish by" not in shown
    assert f"/work/{job.uuid}/" in shown
    assert run_publishing(job_id=job.pk).state == "succeeded"
    assert Score.objects.get().value == pytest.approx(2 / 3)
    assert "1 scores and 0 ranked lists are published" in page_of(client, "queue_consensus", queue, **SENT)
    refused = client.post(
        address("consensus_publish", queue), {**SENT, "method": "nothing such"}, follow=True
    )
    assert "nothing such" in refused.content.decode()
    assert Job.objects.count() == 1
