"""The pages that ask models: a price first, then a job; who may see them; and that hostile words stay words."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from curation.models import Job, ModelEndpoint
from curation.services.writing.endpoints import save_endpoint
from feedback_mining.models import LearnedRubric, UserWish
from feedback_mining.queries import checklists
from feedback_mining.queries.rubrics import rubric_cards
from feedback_mining.queries.wishes import checklist_of
from feedback_mining.services.checklists import open_wish_collection, run_wish_collection
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.rubric_jobs import open_rubric_learning, run_rubric_learning
from feedback_mining.services.rubrics import price_rubric
from tests.cast import make_conversation, make_project
from tests.feedback_mining.reading_server import running_reading_server
from tests.feedback_mining.scripted_server import ScriptedServer
from tests.feedback_mining.test_rubrics import thumb

WISHES, RUBRICS, WRITING = (
    f"/p/shared/{page}/" for page in ("signals/wishes", "signals/rubrics", "signals/pairs/write")
)
HOSTILE = [
    ("user", "Tell me about <b>Paris</b>."),
    ("assistant", "A city."),
    ("user", "That is wrong. Never use the word “<script>alert(1)</script>”, and answer in French."),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with running_reading_server() as running:
        yield running


@pytest.fixture
def endpoint(project, server):
    server.asked.clear()
    row = ModelEndpoint(
        project=project,
        name="local",
        base_url=server.base_url,
        model="good",
        prompt_price=Decimal(2),
        completion_price=Decimal(8),
    )
    return save_endpoint(endpoint=row)


@pytest.mark.parametrize("page", [WISHES, RUBRICS, WRITING])
def test_a_page_without_anything_offers_the_next_step(page, project, researcher, outsider, client_of):
    shown = client_of(researcher).get(page)
    assert (shown.status_code, client_of(outsider).get(page).status_code) == (200, 404)
    assert "empty" in shown.content.decode()


def test_wishes_are_priced_before_they_are_collected(project, endpoint, researcher, client_of, server):
    make_conversation(project, HOSTILE)
    client, asked = client_of(researcher), {"endpoint": "local", "scope": "all"}
    priced = client.post(WISHES, asked).content.decode()
    assert "About 1 request" in priced
    assert not Job.objects.filter(kind="wishes").exists()
    client.post(WISHES, {**asked, "ask": "1"})
    job = Job.objects.get(kind="wishes")
    assert (job.arguments["scope"], server.asked) == ("all", [])


def test_the_list_of_wishes_quotes_the_user_harmlessly(project, endpoint, researcher, client_of):
    make_conversation(project, HOSTILE)
    run_wish_collection(job_id=open_wish_collection(project=project, endpoint=endpoint).pk)
    page = client_of(researcher).get(WISHES).content.decode()
    assert "Mind this: answer in French" in page
    assert "<script>alert" not in page


def test_a_wish_that_a_model_says_too_is_listed_once_as_on_its_conversation(project, endpoint, researcher):
    conversation = make_conversation(project, HOSTILE)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    run_wish_collection(job_id=open_wish_collection(project=project, endpoint=endpoint).pk)
    listed = {wish.pk for wish in checklists.shown_wishes(project)}
    assert listed == {entry.wish.pk for entry in checklist_of(conversation)}
    assert len(listed) < UserWish.objects.count()


def test_pages_hold_every_wish_once(project, researcher, monkeypatch):
    monkeypatch.setattr(checklists, "PAGE", 2)
    for _ in range(3):
        make_conversation(project, HOSTILE)
    run_wish_collection(job_id=open_wish_collection(project=project).pk)
    page = checklists.wish_page(project)
    found = [wish.pk for wish in page.wishes]
    while page.next_before is not None:
        page = checklists.wish_page(project, before=page.next_before)
        found += [wish.pk for wish in page.wishes]
    assert found == list(UserWish.objects.order_by("-pk").values_list("pk", flat=True))


def test_the_list_of_wishes_has_a_fixed_number_of_queries(
    project, researcher, client_of, django_assert_max_num_queries
):
    make_conversation(project, HOSTILE)
    run_wish_collection(job_id=open_wish_collection(project=project).pk)
    client = client_of(researcher)
    client.get(WISHES)
    with django_assert_max_num_queries(14):
        client.get(WISHES)


def test_a_second_collection_while_one_waits_is_refused_in_a_sentence(
    project, endpoint, researcher, client_of
):
    open_wish_collection(project=project)
    asked = {"endpoint": "", "scope": "all", "ask": "1"}
    shown = client_of(researcher).post(WISHES, asked)
    assert shown.status_code == 422
    assert "being collected already" in shown.content.decode()


def test_too_few_thumbs_are_said_before_anything_can_be_pressed(project, endpoint, researcher, client_of):
    page = client_of(researcher).get(RUBRICS).content.decode()
    assert "too few thumbs" in page
    assert 'name="endpoint"' not in page


def test_a_rubric_is_learned_as_a_job_and_its_page_shows_signs_and_figures(
    project, endpoint, researcher, client_of, server
):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    client = client_of(researcher)
    assert "requests" in client.post(RUBRICS, {"endpoint": "local"}).content.decode()
    assert server.asked == []
    client.post(RUBRICS, {"endpoint": "local", "ask": "1"})
    job = run_rubric_learning(job_id=Job.objects.get(kind="rubric").pk)
    assert job.state == "succeeded", job.error_sentence
    (card,) = rubric_cards(project)
    assert (card.right, card.held_out) == (6, 6)
    page = client.get(RUBRICS).content.decode()
    assert "Gratitude sign" in page
    assert "Factual_Error sign" in page
    assert job.done_count == job.total_count


def test_a_lesson_costs_no_more_than_was_said(project, endpoint):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    expected = price_rubric(project=project, endpoint=endpoint)
    job = run_rubric_learning(job_id=open_rubric_learning(project=project, endpoint=endpoint).pk)
    spent = job.result["expense"]
    assert 0 < Decimal(spent["cost"]) <= Decimal(expected["cost"])
    assert spent["requests"] <= expected["requests"]
    assert LearnedRubric.objects.get().learned_from["expense"] == spent


def test_writing_is_priced_and_says_what_is_skipped(project, endpoint, researcher, client_of, server):
    make_conversation(project, HOSTILE)
    make_conversation(project, [*HOSTILE[:2], ("user", "That is wrong.")])
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    client, asked = client_of(researcher), {"recipe": "expert", "endpoint": "local", "judge": ""}
    page = client.post(WRITING, asked).content.decode()
    assert "About 1 request" in page
    assert "No moderation classifier is set" in page
    assert server.asked == []
    client.post(WRITING, {**asked, "ask": "1"})
    assert Job.objects.get(kind="pair_building").arguments == {
        "recipe": "expert",
        "endpoint": str(endpoint.uuid),
    }


def test_a_recipe_without_its_judge_is_refused_in_a_sentence(project, endpoint, researcher, client_of):
    asked = {"recipe": "on_policy", "endpoint": "local", "judge": "", "ask": "1"}
    shown = client_of(researcher).post(WRITING, asked)
    assert shown.status_code == 422
    assert "judge" in shown.content.decode()
    assert not Job.objects.exists()


def test_another_project_s_endpoint_cannot_be_chosen(other_endpoint, project, researcher, client_of):
    asked = {"endpoint": other_endpoint.name, "scope": "all", "ask": "1"}
    assert client_of(researcher).post(WISHES, asked).status_code == 422
    assert not Job.objects.exists()


@pytest.fixture
def other_endpoint(db, server):
    row = ModelEndpoint(
        project=make_project("elsewhere"), name="theirs", base_url=server.base_url, model="good"
    )
    return save_endpoint(endpoint=row)
