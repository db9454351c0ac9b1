"""Downloads: any part of a file, and never a part of another one."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from curation.models import Job, Project, User
from curation.services.exporters.exports import open_export, run_export
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> None:
    """Keep exports of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"


@pytest.fixture
def job(project: Project, researcher: User) -> Job:
    """A finished export."""
    for number in range(3):
        make_pair(project, question=f"Question {number}?", chosen=f"right {number}")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="prefs", recipe=None, actor=None))
    done = run_export(job_id=open_export(version=version, actor=researcher).pk)
    assert done is not None
    return done


@pytest.fixture
def content(job: Job) -> bytes:
    """The bytes of the export's file."""
    with default_storage.open(job.result["file"]) as file:
        stored: bytes = file.read()
    return stored


@pytest.fixture
def download(job: Job, researcher: User, client_of: Callable[[User], Client]) -> Callable[..., Any]:
    """A request for the file with these headers."""
    address = reverse("curation:export_file", args=[job.project.slug, job.uuid])
    client = client_of(researcher)
    return lambda **headers: client.get(address, headers=headers)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_whole_file_carries_its_hash(download: Callable[..., Any], content: bytes) -> None:
    response = download()
    assert body(response) == content
    assert response["ETag"] == f'"{sha256(content).hexdigest()}"'
    assert response["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-9", slice(0, 10)), ("bytes=10-", slice(10, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_part_is_handed_over(download: Callable[..., Any], content: bytes, asked: str, part: slice) -> None:
    response = download(range=asked)
    assert response.status_code == 206
    assert body(response) == content[part]
    assert response["Content-Range"].endswith(f"/{len(content)}")


def test_a_broken_download_goes_on_where_it_ended(download: Callable[..., Any], content: bytes) -> None:
    first = download(range="bytes=0-99")
    rest = download(range="bytes=100-", if_range=first["ETag"])
    assert sha256(body(first) + body(rest)).hexdigest() == first["ETag"].strip('"')


def test_a_part_of_another_file_is_answered_with_the_whole(
    download: Callable[..., Any], content: bytes
) -> None:
    response = download(range="bytes=100-", if_range='"another"')
    assert (response.status_code, body(response)) == (200, content)


def test_a_part_beyond_the_end_is_refused_with_the_size(download: Callable[..., Any], content: bytes) -> None:
    response = download(range=f"bytes={len(content)}-")
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-", f"bytes=0-{'9' * 5000}"]
)
def test_a_range_that_is_none_is_answered_with_the_whole(
    download: Callable[..., Any], content: bytes, asked: str
) -> None:
    response = download(range=asked)
    assert (response.status_code, body(response)) == (200, content)


def test_a_part_is_an_attachment_that_no_browser_interprets(download: Callable[..., Any]) -> None:
    response = download(range="bytes=0-9")
    assert response["Content-Disposition"] == 'attachment; filename="prefs-1.jsonl"'
    assert response["X-Content-Type-Options"] == "nosniff"
