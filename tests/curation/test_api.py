"""The JSON API: a token opens one project, for its scopes, and no more than its person may."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from curation.api.application import api as api_application
from curation.domain.access.scopes import Scope
from curation.models import ApiToken, AuditEvent, Conversation, Dataset, Membership
from curation.services.access.api_tokens import create_token, revoke_token
from curation.services.access.people import add_member
from curation.services.exporters.exports import run_export
from curation.services.importers.imports import run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset, run_freeze
from curation.services.work.jobs import open_job
from tests.cast import make_conversation, make_pair, make_project

HERE = "/api/v1/projects/shared"


@pytest.fixture
def token(project, researcher):
    return create_token(project=project, user=researcher, name="all", scopes=Scope)[1]


@pytest.fixture
def api(client, token):
    return caller(client, token)


def caller(client, secret):
    def call(method, path, **options):
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        if "json" in options:
            options |= {"data": json.dumps(options.pop("json")), "content_type": "application/json"}
        return getattr(client, method)(
            path if path.startswith("/api") else HERE + path, headers=headers, **options
        )

    return call


def test_a_token_is_stored_as_a_hash_alone(project, researcher):
    row, secret = create_token(project=project, user=researcher, name="x", scopes=[Scope.READ])
    assert secret.startswith(row.prefix)
    stored = str(list(ApiToken.objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in stored


@pytest.mark.parametrize("secret", ["", "nonsense", "hkn_" + "a" * 43])
def test_without_a_token_nothing_opens(client, project, secret):
    answer = caller(client, secret)("get", "/conversations")
    assert answer.status_code == 401
    assert "API tokens" in answer.json()["detail"]


def test_a_session_opens_nothing(client_of, researcher):
    assert client_of(researcher).get(f"{HERE}/conversations").status_code == 401


def test_a_revoked_token_and_one_that_ended_open_nothing(client, project, researcher):
    row, secret = create_token(project=project, user=researcher, name="x", scopes=[Scope.READ], days=1)
    call = caller(client, secret)
    assert call("get", "/conversations").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call("get", "/conversations").status_code == 401
    ApiToken.objects.update(expires_at=None)
    revoke_token(token=row, actor=researcher)
    assert call("get", "/conversations").status_code == 401


def test_another_project_is_not_there(api, researcher):
    make_project("secret")
    assert api("get", "/api/v1/projects/secret/conversations").status_code == 404


def test_a_token_may_no_more_than_its_person(api, project, researcher):
    Membership.objects.filter(user=researcher).update(role="annotator")
    assert api("get", "/conversations").status_code == 403
    Membership.objects.filter(user=researcher).update(removed_at=timezone.now())
    assert api("get", "/conversations").status_code == 404


def test_the_project_is_not_there_for_who_may_not_enter_it(api, researcher):
    assert api("get", "/api/v1/project").json()["slug"] == "shared"
    Membership.objects.filter(user=researcher).update(removed_at=timezone.now())
    assert api("get", "/api/v1/project").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/datasets/%00/versions"),
        ("put", "/datasets/%00"),
        ("get", "/conversations/search?q=%00a"),
        ("get", "/conversations/search?q=%00a&by=text"),
        ("get", "/versions/018f0000-0000-7000-8000-000000000000/rows?split=%00"),
    ],
)
def test_a_text_that_no_database_stores_is_refused(api, method, path):
    options: dict[str, Any] = {"json": {}} if method == "put" else {}
    assert api(method, path, **options).status_code == 422


def test_a_licence_that_no_database_stores_is_refused_before_the_file_is_kept(api, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer = api("post", "/imports", data={"file": SimpleUploadedFile("a.jsonl", b"{}"), "licence": "\x00"})
    assert answer.status_code == 422
    assert not any(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("kind", "scope"), [("import", Scope.IMPORT), ("export", Scope.EXPORT), ("freeze", Scope.DATASETS)]
)
def test_a_job_is_stopped_by_who_may_begin_one_of_its_kind(client, project, researcher, kind, scope):
    job = open_job(project=project, kind=kind, task_name="task")
    others = {Scope.IMPORT, Scope.EXPORT, Scope.DATASETS} - {scope}
    for scopes, status in (({Scope.READ, *others}, 403), ({Scope.READ, scope}, 200)):
        secret = create_token(project=project, user=researcher, name="x", scopes=scopes)[1]
        assert caller(client, secret)("post", f"/jobs/{job.uuid}/cancel").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("put", "/datasets/d", {}),
        ("post", "/imports", None),
        ("get", "/versions/018f0000-0000-7000-8000-000000000000/rows", None),
    ],
)
def test_a_scope_that_is_missing_is_named(client, project, researcher, method, path, body):
    secret = create_token(project=project, user=researcher, name="x", scopes=[Scope.READ])[1]
    options = {"json": body} if body is not None else {}
    if path == "/imports":
        options = {"data": {"file": SimpleUploadedFile("a.jsonl", b"{}")}}
    answer = caller(client, secret)(method, path, **options)
    assert (answer.status_code, "is not for" in answer.json()["detail"]) == (403, True)


def test_a_file_is_imported_and_its_conversations_are_read(api, project):
    line = json.dumps(
        {
            "id": "7",
            "messages": [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}],
        }
    )
    answer = api(
        "post", "/imports", data={"file": SimpleUploadedFile("a.jsonl", line.encode()), "licence": "MIT"}
    )
    assert (answer.status_code, answer.json()["licence"]) == (202, "MIT")
    run_import(job_id=project_job(project, answer.json()["job"]["id"]))
    assert api("get", f"/imports/{answer.json()['id']}").json()["imported"] == 1
    (found,) = api("get", "/conversations").json()["items"]
    turns = api("get", f"/conversations/{found['id']}").json()["turns"]
    assert [turn["text"] for turn in turns] == ["Hello?", "Hi."]


def project_job(project, uuid):
    from curation.models import Job

    return Job.objects.for_project(project).get(uuid=uuid).pk


def test_pages_hold_every_conversation_once(api, project, monkeypatch):
    monkeypatch.setattr("curation.queries.corpus.finding.CONVERSATION_PAGE", 2)
    for number in range(5):
        make_conversation(project, [("user", f"Question {number}?")])
    page = api("get", "/conversations").json()
    found = [each["id"] for each in page["items"]]
    while page["next"]:
        page = api("get", f"/conversations?before={page['next']}").json()
        found += [each["id"] for each in page["items"]]
    assert sorted(found) == sorted(str(uuid) for uuid in Conversation.objects.values_list("uuid", flat=True))


def test_a_filter_that_makes_no_sense_is_named(api):
    assert "least_turns" in api("get", "/conversations?least_turns=-1").json()["detail"]
    assert api("get", "/conversations?started_from=yesterday").status_code == 409


def test_a_version_is_frozen_exported_and_fetched(api, project):
    make_pair(project)
    assert api("put", "/datasets/good", json={"recipe": {"seed": 3}}).json()["recipe"]["seed"] == 3
    job = api("post", "/datasets/good/versions").json()
    run_freeze(job_id=project_job(project, job["id"]))
    (version,) = api("get", "/datasets/good/versions").json()
    assert (version["name"], version["rows"]) == ("good@1", 1)
    assert api("get", f"/versions/{version['id']}").json()["manifest"]
    (row,) = api("get", f"/versions/{version['id']}/rows").json()["items"]
    assert row["chosen"] == [{"role": "assistant", "content": "4"}]
    wanted = api("post", f"/versions/{version['id']}/exports", json={}).json()
    run_export(job_id=project_job(project, wanted["id"]))
    file = api("get", f"/exports/{wanted['id']}/file")
    assert b"".join(file.streaming_content)


def test_a_recipe_that_is_wrong_is_said_in_a_sentence(api):
    answer = api("put", "/datasets/good", json={"recipe": {"sauces": []}})
    assert (answer.status_code, "sauces" in answer.json()["detail"]) == (409, True)


def test_a_dataset_of_another_project_is_not_there(api, researcher):
    other = make_project("other")
    make_pair(other)
    version = freeze_dataset(dataset=ensure_dataset(project=other, name="theirs", recipe=None, actor=None))
    assert api("get", "/datasets/theirs/versions").status_code == 404
    assert api("get", f"/versions/{version.uuid}").status_code == 404


def test_a_researcher_makes_a_token_and_sees_it_once(project, researcher, client_of):
    client = client_of(researcher)
    page = client.post("/p/shared/tokens/", {"name": "notebook", "scopes": ["read"], "days": "7"})
    assert page.content.decode().count("hkn_") > 1
    assert client.get("/p/shared/tokens/").content.decode().count("hkn_") == 1
    assert "no-store" in page["Cache-Control"]


def test_a_researcher_cannot_revoke_the_token_of_another(project, researcher, admin, client_of):
    row, _secret = create_token(project=project, user=admin, name="x", scopes=[Scope.READ])
    assert client_of(researcher).post(f"/p/shared/tokens/{row.uuid}/revoke/").status_code == 404


def doors():
    for path, operations in api_application.get_openapi_schema()["paths"].items():
        for method in operations:
            filled = path.replace("{slug}", "shared").replace(
                "{uuid}", "018f0000-0000-7000-8000-000000000000"
            )
            yield method, filled.replace("{name}", "d").replace("{format_name}", "otel")


@pytest.mark.parametrize(("method", "path"), doors(), ids=" ".join)
def test_every_door_is_shut_without_a_token_and_to_outsiders(client, project, outsider, method, path):
    other = make_project("theirs")
    add_member(project=other, user=outsider, role="admin")
    secret = create_token(project=other, user=outsider, name="theirs", scopes=Scope)[1]
    assert caller(client, "")(method, path).status_code == 401
    if "/projects/" in path:
        answer = (
            caller(client, secret)(method, path, json={})
            if method != "get"
            else caller(client, secret)(method, path)
        )
        assert answer.status_code in (404, 422)
        assert Dataset.objects.for_project(project).count() == 0


def test_the_document_is_open_and_names_every_door(client):
    document = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/projects/{slug}/conversations/search" in document["paths"]
    assert document["components"]["securitySchemes"]["TokenBearer"]["scheme"] == "bearer"


def test_a_push_is_stored_once_under_its_key(api):
    line = json.dumps(
        {"messages": [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hi."}]}
    )
    send = {"data": line, "content_type": "application/json", "HTTP_IDEMPOTENCY_KEY": "a"}
    first, second = api("post", "/push/openai_chat", **send), api("post", "/push/openai_chat", **send)
    assert (first.json()["imported"], first.json()) == (1, second.json())
    assert Conversation.objects.count() == 1
    other = api("post", "/push/openai_chat", **{**send, "data": line.replace("Hi", "Ho")})
    assert (other.status_code, "another content" in other.json()["detail"]) == (409, True)
    assert api("post", "/push/csv", **{**send, "HTTP_IDEMPOTENCY_KEY": "b"}).status_code == 409
