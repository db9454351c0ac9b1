"""Sending to a hub: only where it is allowed, and by the calls that the hub's library takes."""

from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from curation.domain.errors import HarkenError
from curation.models import AuditEvent, DatasetVersion, Project
from curation.services.export_requests import ExportRequest
from curation.services.hub_sending import push_version
from tests.training_jobs.run_setup import make_version

TOKEN = "HARKEN_HUB_TOKEN_TEAM"


class FakeHub:
    """A hub that remembers; every call must be one that the real library's signature takes."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.files: dict[str, bytes] = {}
        self.calls: list[dict[str, Any]] = []

    def create_repo(self, **named: Any) -> None:
        self._note("create_repo", named)

    def upload_folder(self, **named: Any) -> None:
        self._note("upload_folder", named)
        self.files = {file.name: file.read_bytes() for file in Path(named["folder_path"]).iterdir()}

    def _note(self, name: str, named: dict[str, Any]) -> None:
        signature(getattr(HfApi, name)).bind(None, **named)
        self.calls.append({"name": name, **named})
        if self.error:
            raise self.error


@pytest.fixture
def version(project: Project, settings: Any) -> DatasetVersion:
    """A version, where sending is allowed and a token is set."""
    settings.HARKEN_HUB = True
    settings.HARKEN_HUB_TOKENS = {TOKEN: "secret"}
    return make_version(project, train=3, validation=0, test=1)


def push(version: DatasetVersion, hub: FakeHub, *, variable: str = TOKEN) -> int:
    return push_version(
        version=version,
        wanted=ExportRequest(ending=".parquet", is_bundle=True),
        repository="team/polite",
        token_variable=variable,
        client=hub,
    )


def test_a_bundle_goes_into_a_private_repository_of_a_dataset(version: DatasetVersion) -> None:
    hub = FakeHub()
    assert push(version, hub) == 4
    made, sent = hub.calls
    assert (made["name"], made["private"], made["repo_type"]) == ("create_repo", True, "dataset")
    assert (sent["repo_id"], sent["token"]) == ("team/polite", "secret")
    assert {"README.md", "train.parquet", "test.parquet", "votes.parquet"} <= set(hub.files)


def test_who_sent_what_is_on_record_without_the_token(version: DatasetVersion) -> None:
    push(version, FakeHub())
    event = AuditEvent.objects.get(action="dataset.pushed")
    assert event.details["repository"] == "team/polite"
    assert "secret" not in str(event.details)


def test_nothing_is_sent_unless_it_is_allowed(version: DatasetVersion, settings: Any) -> None:
    settings.HARKEN_HUB = False
    hub = FakeHub()
    with pytest.raises(HarkenError, match="HARKEN_HUB=on"):
        push(version, hub)
    assert hub.calls == []


def test_a_variable_without_a_token_is_named(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match="HARKEN_HUB_TOKEN_OTHER holds no token"):
        push(version, FakeHub(), variable="HARKEN_HUB_TOKEN_OTHER")


def test_a_refusal_of_the_hub_is_told_without_its_words(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match=r"did not take team/polite \(OSError\)") as error:
        push(version, FakeHub(OSError("401 for token secret")))
    assert "secret" not in str(error.value)
