"""The page of the taxonomy: every criterion with the words of the project's own users, and criteria it adds."""

from uuid import uuid4

from django.urls import reverse

from curation.models import ModelEndpoint
from curation.services.writing.endpoints import save_endpoint
from feedback_mining.models import MiningRun, ProjectCriterion, Signal
from feedback_mining.queries.learning import own_criteria
from feedback_mining.queries.taxonomy import explained_criteria
from feedback_mining.services.mining import open_mining, price_mining, run_mining
from tests.cast import make_conversation
from tests.feedback_mining.reading_server import running_reading_server

COMPLAINT = [
    ("user", "Name a lake."),
    ("assistant", "The Danube."),
    ("user", "That is wrong, it is a river."),
]
OWN = {"name": "Wrong_Currency", "polarity": "dsat", "definition": "The user wants another currency."}


def page(project) -> str:
    return reverse("feedback_mining:taxonomy", args=[project.slug])


def test_a_criterion_is_explained_by_the_words_of_the_project_s_own_users(client_of, researcher, project):
    make_conversation(project, COMPLAINT)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    shown = client_of(researcher).get(page(project)).content.decode()
    assert Signal.objects.filter(criterion="Factual_Error").exists()
    assert "#message-2" in shown
    assert '</a><span class="muted">, it is a river.</span>' in shown
    assert "CONTINUATION" in shown
    assert "ask_for_clarification" in shown


def test_what_two_detectors_claim_of_one_message_is_one_example(project):
    make_conversation(project, COMPLAINT)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    twin = Signal.objects.get(criterion="Factual_Error")
    twin.pk, twin.uuid, twin.detector = None, uuid4(), "another"
    twin.save()
    (found,) = [each for each in explained_criteria(project) if each.criterion.name == "Factual_Error"]
    assert (found.count, len(found.examples)) == (1, 1)


def test_a_criterion_that_a_project_adds_is_its_own(client_of, researcher, project):
    client_of(researcher).post(reverse("feedback_mining:criterion_add", args=[project.slug]), OWN)
    (criterion,) = own_criteria(project)
    assert (criterion.name, criterion.title) == ("dsat:Wrong_Currency", "Wrong currency")
    assert explained_criteria(project)[-1].own is not None


def test_a_name_of_the_eighteen_cannot_be_taken(client_of, researcher, project):
    address = reverse("feedback_mining:criterion_add", args=[project.slug])
    answer = client_of(researcher).post(address, {**OWN, "name": "Style"})
    assert answer.status_code == 422
    assert not ProjectCriterion.objects.exists()


def test_a_criterion_taken_back_is_looked_for_no_longer(client_of, researcher, project):
    client_of(researcher).post(reverse("feedback_mining:criterion_add", args=[project.slug]), OWN)
    row = ProjectCriterion.objects.get()
    client_of(researcher).post(reverse("feedback_mining:criterion_archive", args=[project.slug, row.uuid]))
    assert own_criteria(project) == ()


def test_a_run_asks_the_endpoint_and_says_what_it_took(project):
    make_conversation(project, COMPLAINT)
    with running_reading_server() as server:
        row = ModelEndpoint(
            project=project,
            name="local",
            base_url=server.base_url,
            model="good",
            prompt_price=1,
            completion_price=2,
        )
        endpoint = save_endpoint(endpoint=row)
        priced = price_mining(project=project, detector="llm", endpoint=endpoint)
        assert (priced["user_messages"], priced["requests"], server.asked) == (1, 1, [])
        job = run_mining(job_id=open_mining(project=project, detector="llm", endpoint=endpoint).pk)
    assert job.state == "succeeded", job.error_sentence
    assert (job.result["dsat"], job.result["expense"]["requests"]) == (1, 1)
    assert float(job.result["expense"]["cost"]) > 0


def test_what_an_endpoint_could_not_read_is_read_again_by_the_next_run(project):
    make_conversation(project, COMPLAINT)
    with running_reading_server() as server:
        row = ModelEndpoint(project=project, name="local", base_url=server.base_url, model="broken")
        endpoint = save_endpoint(endpoint=row)
        job = run_mining(job_id=open_mining(project=project, detector="llm", endpoint=endpoint).pk)
        assert (job.state, job.result["expense"]["messages_unread"]) == ("succeeded", 1)
        assert price_mining(project=project, detector="llm", endpoint=endpoint)["user_messages"] == 1
    assert MiningRun.objects.get().message_count >= 1
