"""The Python client against the real API, served by the real application in this process."""

import hashlib
import json
import sys
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python" / "src"))

from harken import Harken, HarkenError, JobFailedError, connection
from harken.versions import Version

from curation.domain.access.scopes import Scope
from curation.models import Conversation
from curation.services.access.api_tokens import create_token
from curation.services.enrichers.word_index import ring_word_index, run_word_index
from tests.cast import make_conversation, make_pair
from tests.clients.served import working_transport


@pytest.fixture
def harken(project, researcher, db):
    token = create_token(project=project, user=researcher, name="client", scopes=Scope)[1]
    with (
        working_transport() as transport,
        Harken("http://testserver", token=token, project="shared", transport=transport) as client,
    ):
        yield client


def chat_log(folder, *questions):
    lines = [
        json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": "Yes."}]})
        for q in questions
    ]
    path = folder / "chats.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_is_imported_and_read_back(harken, tmp_path):
    job = harken.import_file(chat_log(tmp_path, "One?", "Two?"), licence="own", wait=True, progress=False)
    assert job.result["imported"] == 2
    titles = {each["title"] for each in harken.conversations()}
    assert titles == {"One?", "Two?"}
    assert [batch["licence"] for batch in harken.imports()] == ["own"]


def test_a_search_finds_words(harken, project):
    make_conversation(project, [("user", "Where is my refund?")])
    run_word_index(job_id=ring_word_index(project=project).pk)
    (hit,) = harken.search("refund")
    assert harken.conversation(hit["conversation"])["turns"][0]["text"] == "Where is my refund?"


def test_a_version_is_frozen_downloaded_and_loaded(harken, project, tmp_path):
    for number in range(12):
        make_pair(project, question=f"What is {number}+{number * 7}?")
    version = harken.freeze("good", recipe={"seed": 3}, progress=False)
    assert version.facts["rows"] == 12
    assert len(list(version.rows())) == 12
    file = version.download(tmp_path / "good.parquet", progress=False)
    assert file.stat().st_size
    loaded = version.to_datasets(progress=False)
    assert sum(map(len, loaded.values())) == 12
    assert loaded["train"][0]["chosen"][0]["role"] == "assistant"


def test_a_download_that_breaks_off_is_taken_up_where_it_broke(harken, project, tmp_path):
    make_pair(project)
    version = harken.freeze("good", progress=False)
    job = version.export().wait(progress=False)
    whole = tmp_path / "whole"
    version._fetch(job, whole, progress=False)
    part = tmp_path / "part"
    part.write_bytes(whole.read_bytes()[:40])

    class Bar:
        def update(self, _count):
            """Show nothing."""

    version._append(job, part, Bar())
    assert hashlib.sha256(part.read_bytes()).hexdigest() == job.result["sha256"]


def test_errors_carry_the_server_s_sentence(harken):
    with pytest.raises(HarkenError, match="sauces") as caught:
        harken.freeze("good", recipe={"sauces": []})
    assert caught.value.status == 409
    with pytest.raises(JobFailedError, match="no preferences yet"):
        harken.freeze("empty", progress=False)
    with pytest.raises(HarkenError, match="no version"):
        harken.version("empty@3")


def test_a_question_is_asked_again_when_the_connection_breaks(monkeypatch):
    monkeypatch.setattr(connection, "PAUSE_SECONDS", 0)
    answers = iter([httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.Response(200, json=[])])

    def answer(_request):
        step = next(answers)
        if isinstance(step, Exception):
            raise step
        return step

    with Harken(project="shared", token="hkn_x", transport=httpx.MockTransport(answer)) as client:
        assert client.datasets() == []


def test_a_server_that_stays_away_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(connection, "PAUSE_SECONDS", 0)

    def refuse(_request):
        raise httpx.ConnectError("refused")

    with Harken(project="shared", token="hkn_x", transport=httpx.MockTransport(refuse)) as client:
        for act in (client.datasets, lambda: client.push("{}", format="otel")):
            with pytest.raises(HarkenError, match="did not answer") as caught:
                act()
            assert caught.value.status == 0


def test_without_a_token_nothing_begins(monkeypatch):
    monkeypatch.delenv("HARKEN_TOKEN", raising=False)
    with pytest.raises(HarkenError, match="API tokens"):
        Harken(project="shared")


def test_a_file_that_came_damaged_does_not_get_its_name(harken, project, tmp_path, monkeypatch):
    make_pair(project)
    version = harken.freeze("good", progress=False)
    monkeypatch.setattr(Version, "_fetch", lambda _self, _job, place, progress: place.write_bytes(b"damaged"))
    with pytest.raises(HarkenError, match="sha256"):
        version.download(tmp_path / "good.jsonl", progress=False)
    assert list(tmp_path.iterdir()) == []
    assert Conversation.objects.count() == 1
