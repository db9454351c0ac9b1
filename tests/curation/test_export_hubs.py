"""Sending to a hub: only where it is allowed, and by the calls that the hub's library takes."""

from fnmatch import fnmatch
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetInfo, HfApi
from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

from curation.domain.errors import HarkenError
from curation.models import AuditEvent, DatasetVersion, Project
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.hub_sending import push_version
from tests.training_jobs.run_setup import make_version

TOKEN = "HARKEN_HUB_TOKEN_TEAM"


class FakeHub:
    """A hub that remembers; every call must be one that the real library's signature takes.

    As on a real one, making a repository that exists changes nothing, also not who sees it.
    """

    def __init__(self, error: Exception | None = None, *, is_private: bool | None = None) -> None:
        self.error = error
        self.is_private = is_private
        self.files: dict[str, bytes] = {}
        self.calls: list[dict[str, Any]] = []

    def create_repo(self, **named: Any) -> None:
        self._note("create_repo", named)
        if self.is_private is None:
            self.is_private = named["private"]

    def repo_info(self, **named: Any) -> DatasetInfo:
        self._note("repo_info", named)
        facts: dict[str, Any] = {
            "private": self.is_private,
            "gated": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
        }
        return DatasetInfo(id=named["repo_id"], **facts)

    def upload_folder(self, **named: Any) -> None:
        self._note("upload_folder", named)
        sent = {file.name: file.read_bytes() for file in Path(named["folder_path"]).iterdir()}
        left = {name for name in self.files if not fnmatch(name, named["delete_patterns"])}
        self.files = {name: self.files[name] for name in left} | sent

    def _note(self, name: str, named: dict[str, Any]) -> None:
        signature(getattr(HfApi, name)).bind(None, **named)
        self.calls.append({"name": name, **named})
        if self.error:
            raise self.error


@pytest.fixture
def version(project: Project, settings: Any) -> DatasetVersion:
    """A version, where sending is allowed and a token is set."""
    settings.HARKEN_ALLOW_HUB = True
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
    made, _seen, sent = hub.calls
    assert (made["name"], made["private"], made["repo_type"]) == ("create_repo", True, "dataset")
    assert (sent["repo_id"], sent["token"]) == ("team/polite", "secret")
    assert {"README.md", "train.parquet", "test.parquet", "votes.parquet"} <= set(hub.files)


def test_nothing_goes_into_a_repository_that_others_see(version: DatasetVersion) -> None:
    hub = FakeHub(is_private=False)
    with pytest.raises(HarkenError, match="team/polite can be seen by others"):
        push(version, hub)
    assert hub.files == {}
    assert not AuditEvent.objects.filter(action="dataset.pushed").exists()


def test_files_of_an_earlier_version_do_not_stay_beside_the_new_ones(version: DatasetVersion) -> None:
    hub = FakeHub(is_private=True)
    hub.files = {"validation.jsonl": b"withdrawn since"}
    push(version, hub)
    assert "train.parquet" in hub.files
    assert "validation.jsonl" not in hub.files


def test_a_hub_that_does_not_answer_is_told_in_a_sentence(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match=r"did not take team/polite \(HTTPError\)"):
        push(version, FakeHub(HTTPError("connection refused")))


def test_who_sent_what_is_on_record_without_the_token(version: DatasetVersion) -> None:
    push(version, FakeHub())
    event = AuditEvent.objects.get(action="dataset.pushed")
    assert event.details["repository"] == "team/polite"
    assert "secret" not in str(event.details)


def test_nothing_is_sent_unless_it_is_allowed(version: DatasetVersion, settings: Any) -> None:
    settings.HARKEN_ALLOW_HUB = False
    hub = FakeHub()
    with pytest.raises(HarkenError, match="HARKEN_ALLOW_HUB=1"):
        push(version, hub)
    assert hub.calls == []


def test_a_variable_without_a_token_is_named(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match="HARKEN_HUB_TOKEN_OTHER holds no token"):
        push(version, FakeHub(), variable="HARKEN_HUB_TOKEN_OTHER")


def test_a_refusal_of_the_hub_is_told_without_its_words(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match=r"did not take team/polite \(OSError\)") as error:
        push(version, FakeHub(OSError("401 for token secret")))
    assert "secret" not in str(error.value)
