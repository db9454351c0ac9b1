"""What came from outside is looked at only where it was encoded anew here, and never runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from annotation.models import Lease, Task
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.models import Attachment, Conversation, Membership, Project, User
from curation.services.importers.imports import open_import, run_import
from tests import cast
from tests.curation.import_files import write_lines
from tests.curation.platform_files import PIXEL, webui_chat, webui_message

DRAWING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cscript%3Ealert(1)%3C/script%3E%3C/svg%3E"
PICTURE = f"data:image/png;base64,{PIXEL}"
# Text that claims to be a picture.
DISGUISED = "data:image/png,%3Cscript%3Ealert(1)%3C/script%3E"


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep what a test stores in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


def take_chat(project: Project, folder: Path, url: str) -> Attachment:
    """Import a chat with a file, and two answers of which one was written anew."""
    asked = webui_message(
        "u1", "user", "What is this?", files=[{"type": "image", "url": url, "name": "x.html"}]
    )
    answers = [webui_message(f"a{number}", "assistant", f"Answer {number}.", "u1") for number in (1, 2)]
    path = write_lines(folder, [webui_chat(asked, *answers, current="a2")])
    run_import(job_id=open_import(project=project, paths=[path], format_name="open_webui").pk)
    return Attachment.objects.get(project=project)


def fetch(client: Client, project: Project, attachment: Attachment, query: str = "") -> Any:
    return client.get(f"/p/{project.slug}/attachments/{attachment.uuid}/{query}")


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_picture_is_shown_and_can_do_nothing(
    project: Project, researcher: User, client_of: Callable[[User], Client], tmp_path: Path
) -> None:
    response = fetch(client_of(researcher), project, take_chat(project, tmp_path, PICTURE))
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("inline")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body(response).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "url", [DRAWING, DISGUISED], ids=["a drawing with a script", "text that claims to be a picture"]
)
def test_anything_else_is_only_ever_saved(
    project: Project, researcher: User, client_of: Callable[[User], Client], tmp_path: Path, url: str
) -> None:
    response = fetch(client_of(researcher), project, take_chat(project, tmp_path, url))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "html" not in response["Content-Disposition"]


def test_a_thumbnail_is_made_of_pictures_alone(
    project: Project, researcher: User, client_of: Callable[[User], Client], tmp_path: Path
) -> None:
    kept = take_chat(project, tmp_path, DRAWING)
    assert fetch(client_of(researcher), project, kept, "?form=thumbnail").status_code == 404


def test_a_picture_of_another_project_is_not_there(
    project: Project, outsider: User, client_of: Callable[[User], Client], tmp_path: Path
) -> None:
    kept = take_chat(project, tmp_path, PICTURE)
    elsewhere = Membership.objects.get(user=outsider).project
    assert fetch(client_of(outsider), elsewhere, kept).status_code == 404
    assert fetch(client_of(outsider), project, kept).status_code == 404


def test_the_reader_shows_a_thumbnail_with_a_link(
    project: Project, researcher: User, client_of: Callable[[User], Client], tmp_path: Path
) -> None:
    kept = take_chat(project, tmp_path, PICTURE)
    page = client_of(researcher).get(f"/p/{project.slug}/conversations/{Conversation.objects.get().uuid}/")
    assert f"/attachments/{kept.uuid}/?form=thumbnail" in page.content.decode()


# The desk.


@pytest.fixture
def lease(project: Project, annotator: User, tmp_path: Path) -> Lease:
    """The candidate of a chat with a picture, in an annotator's hands."""
    take_chat(project, tmp_path, PICTURE)
    queue = create_pair_queue(project=project, name="candidates", pairs="candidates")
    leased = lease_next_task(queue=queue, membership=Membership.objects.get(user=annotator))
    assert leased is not None
    return leased


def file_address(lease: Lease) -> str:
    slug, queue = lease.project.slug, lease.task.queue.uuid
    return f"/p/{slug}/judge/{queue}/files/{lease.uuid}/{Attachment.objects.get().uuid}/"


def test_a_queue_of_candidates_holds_what_behaviour_proposed(lease: Lease) -> None:
    assert lease.task.pair.is_candidate


def test_a_queue_of_mined_pairs_holds_no_candidates(lease: Lease, project: Project) -> None:
    queue = create_pair_queue(project=project, name="mined")
    assert not Task.objects.filter(queue=queue).exists()


def test_who_decides_a_task_sees_its_picture_and_nobody_else_by_that_address(
    lease: Lease, researcher: User, annotator: User, client_of: Callable[[User], Client]
) -> None:
    queue, client = lease.task.queue, client_of(researcher)
    page = client.get(f"/p/{lease.project.slug}/judge/{queue.uuid}/review/{lease.task.uuid}/")
    address = file_address(page.context["card"].lease)
    assert address in page.content.decode()
    assert body(client.get(address)).startswith(b"\x89PNG")
    assert client_of(annotator).get(address).status_code == 404


def test_who_holds_a_task_sees_its_picture(
    lease: Lease, annotator: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(annotator)
    assert (
        file_address(lease)
        in client.get(f"/p/{lease.project.slug}/judge/{lease.task.queue.uuid}/").content.decode()
    )
    assert client.get(file_address(lease)).status_code == 200


def test_who_does_not_hold_the_task_does_not_see_its_picture(
    lease: Lease, client_of: Callable[[User], Client]
) -> None:
    other = cast.make_member(lease.project, Role.ANNOTATOR)
    assert client_of(other).get(file_address(lease)).status_code == 404


def test_a_queue_that_masks_personal_data_shows_no_picture(
    lease: Lease, annotator: User, client_of: Callable[[User], Client]
) -> None:
    lease.task.queue.masks_pii = True
    lease.task.queue.save()
    assert client_of(annotator).get(file_address(lease)).status_code == 404
