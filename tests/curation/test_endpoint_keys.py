"""Keys that admins write are stored encrypted, sent to their own address alone, and never shown again."""

import json

import pytest
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection

from curation.models import AuditEvent, ModelEndpoint
from curation.services.writing.addresses import EndpointError
from curation.services.writing.endpoints import archive_endpoint, save_endpoint, try_endpoint
from tests.curation.test_generation_screens import fields
from tests.language_models.chat_server import running_chat_server

KEY = "sk-sesame-0123456789"
NEW, OLD = "n" * 40, "o" * 40


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


@pytest.fixture
def keyed(project, server):
    row = ModelEndpoint(project=project, name="here", base_url=server.base_url, model="good")
    return save_endpoint(endpoint=row, new_key=KEY)


def test_a_stored_key_reaches_its_endpoint_and_nothing_else(project, admin, client_of, server):
    client = client_of(admin)
    given = fields(base_url=server.base_url, key_source="stored", new_key=KEY)
    client.post("/p/shared/models/endpoints/new/", given)
    row = ModelEndpoint.objects.get()
    client.post(f"/p/shared/models/endpoints/{row.uuid}/try/")
    assert server.keys == [f"Bearer {KEY}"]
    pages = [
        client.get(path).content.decode()
        for path in ("/p/shared/models/", f"/p/shared/models/endpoints/{row.uuid}/")
    ]
    stored = serialize("json", [row, *AuditEvent.objects.all()])
    assert not [place for place in [*pages, stored] if KEY in place]
    assert not [page for page in pages if row.sealed_key in page]


def test_the_form_keeps_a_stored_key_that_is_not_written_again(admin, client_of, keyed):
    address = f"/p/shared/models/endpoints/{keyed.uuid}/"
    client_of(admin).post(address, fields(base_url=keyed.base_url, key_source="stored"))
    assert ModelEndpoint.objects.get().sealed_key == keyed.sealed_key
    client_of(admin).post(address, fields(base_url=keyed.base_url, key_source="none"))
    assert ModelEndpoint.objects.get().sealed_key == ""


def test_a_key_that_was_refused_is_not_sent_back_to_the_browser(project, admin, client_of):
    given = fields(base_url="https://example.org/v1", key_source="stored", new_key=KEY)
    page = client_of(admin).post("/p/shared/models/endpoints/new/", given)
    assert KEY not in page.content.decode()


@pytest.mark.parametrize("address", ["http://localhost:1/v1", "https://127.0.0.1/v1"])
def test_a_stored_key_is_asked_for_again_where_the_address_changes(admin, client_of, keyed, address):
    path = f"/p/shared/models/endpoints/{keyed.uuid}/"
    page = client_of(admin).post(path, fields(base_url=address, key_source="stored"))
    assert "goes nowhere else" in page.content.decode()
    assert ModelEndpoint.objects.get().base_url == keyed.base_url


def test_a_row_whose_address_was_changed_past_the_form_sends_no_key(keyed, server):
    with running_chat_server() as other:
        ModelEndpoint.objects.update(base_url=other.base_url)
        with pytest.raises(EndpointError, match="cannot be read"):
            try_endpoint(endpoint=ModelEndpoint.objects.get())
        assert other.asked == []


def test_a_changed_secret_is_a_sentence_and_the_former_one_mends_it(
    admin, client_of, keyed, server, settings
):
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    page = client_of(admin).post(f"/p/shared/models/endpoints/{keyed.uuid}/try/", follow=True)
    assert (
        "add the former value at the end of HARKEN_ENCRYPTION_KEYS".lower() in page.content.decode().lower()
    )
    settings.HARKEN_ENCRYPTION_KEYS = [NEW, former]
    assert try_endpoint(endpoint=keyed).text


def test_the_command_moves_every_key_to_the_first_secret(keyed, server, settings, capsys):
    settings.HARKEN_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("renew_endpoint_keys", json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"renewed": 1, "unreadable": []}
    settings.HARKEN_ENCRYPTION_KEYS, settings.SECRET_KEY = [NEW], "another"
    assert try_endpoint(endpoint=ModelEndpoint.objects.get()).text
    settings.HARKEN_ENCRYPTION_KEYS = [OLD]
    call_command("renew_endpoint_keys", json=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said == {"renewed": 0, "unreadable": ["shared/here"]}


def test_an_endpoint_out_of_use_keeps_no_key(keyed, admin):
    archive_endpoint(endpoint=keyed, actor=admin)
    assert ModelEndpoint.objects.get().sealed_key == ""


def test_the_table_holds_no_key_in_the_clear(keyed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(curation_modelendpoint)::text FROM curation_modelendpoint")
        assert KEY not in cursor.fetchone()[0]
