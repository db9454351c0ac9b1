"""The pages of endpoints, models and response sets."""

import json

import pytest
from django.core.management import call_command

from curation.models import ModelEndpoint, ModelVersion, ResponseSet
from curation.services.writing.answering import run_generation
from tests.cast import make_conversation
from tests.curation.test_generation import TALK, endpoint, generated
from tests.language_models.chat_server import running_chat_server


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


def fields(**changes):
    given = {
        "name": "here",
        "base_url": "http://127.0.0.1:8080/v1",
        "model": "good",
        "parallel_requests": "2",
        "key_source": "none",
    }
    return given | changes


def test_an_admin_adds_an_endpoint_and_tries_it(project, admin, client_of, server):
    client = client_of(admin)
    client.post("/p/shared/models/endpoints/new/", fields(base_url=server.base_url))
    row = ModelEndpoint.objects.get()
    page = client.post(f"/p/shared/models/endpoints/{row.uuid}/try/", follow=True)
    assert "here answered" in page.content.decode()
    assert row.model_version.kind == ModelVersion.Kind.ENDPOINT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "https://example.org/v1"}, "HARKEN_MODEL_HOSTS"),
        ({"key_source": "environment", "key_variable": "HARKEN_SECRET_KEY"}, "HARKEN_MODEL_KEY_"),
        ({"key_source": "environment"}, "Name the variable"),
        ({"key_source": "stored"}, "Write the key"),
        ({"key_source": "stored", "new_key": "two words"}, "without spaces"),
        ({"budget": "5"}, "both prices"),
        ({"name": "local llama"}, "letters, digits, hyphens and underscores"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_said_beside_its_field(project, admin, client_of, changes, said):
    page = client_of(admin).post("/p/shared/models/endpoints/new/", fields(**changes))
    assert said in page.content.decode()
    assert not ModelEndpoint.objects.exists()


def test_a_second_endpoint_of_a_name_is_refused_beside_the_form(project, admin, client_of, server):
    endpoint(project, server)
    page = client_of(admin).post("/p/shared/models/endpoints/new/", fields(name="local-good"))
    assert "an endpoint named local-good already" in page.content.decode()
    assert ModelEndpoint.objects.count() == 1


def test_terms_are_set_and_shown(project, admin, client_of):
    model = ModelVersion.objects.create(project=project, name="gpt")
    given = {"terms": "No training of rivals.", "commercial_use": "forbidden"}
    page = client_of(admin).post(f"/p/shared/models/{model.uuid}/terms/", given, follow=True)
    assert "No training of rivals." in page.content.decode()


def test_a_researcher_sees_the_cost_before_anything_is_asked(project, researcher, client_of, server):
    make_conversation(project, TALK)
    row = endpoint(project, server, prompt_price=1, completion_price=1)
    given = {
        "name": "first",
        "prompts": "newest",
        "limit": "10",
        "writers": str(row.uuid),
        "answers": "2",
        "temperature": "1",
        "max_tokens": "50",
        "seed": "7",
        "purpose": "curation",
    }
    client = client_of(researcher)
    page = client.post("/p/shared/responses/new/", given)
    assert "2 answers to 1 prompts" in page.content.decode()
    assert not ResponseSet.objects.exists()
    page = client.post("/p/shared/responses/new/", {**given, "ask": "1"}, follow=True)
    assert page.status_code == 200
    run_generation(job_id=ResponseSet.objects.get().job_id)
    assert "You said: Are you sure? (seed 8)" in client.get(page.request["PATH_INFO"]).content.decode()


def test_what_a_model_wrote_runs_nothing_on_the_page(project, researcher, client_of, server):
    make_conversation(project, TALK)
    response_set, _job = generated(project, endpoint(project, server, "hostile"))
    page = client_of(researcher).get(f"/p/shared/responses/{response_set.uuid}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_page_of_a_set_says_what_was_a_stored_reply_and_which_host_wrote(
    project, researcher, client_of, server
):
    make_conversation(project, TALK)
    writer = endpoint(project, server)
    generated(project, writer)
    again, _job = generated(project, writer, name="again")
    assert len(server.asked) == 1
    page = client_of(researcher).get(f"/p/shared/responses/{again.uuid}/").content.decode()
    assert "stored reply" in page
    assert server.base_url.split("/")[2] in page


def test_the_command_makes_a_set(project, server, capsys):
    make_conversation(project, TALK)
    endpoint(project, server)
    call_command("generate_responses", project="shared", name="a", endpoint=["local-good"], json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["given"] == 1
