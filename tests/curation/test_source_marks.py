"""What a source said of its conversations is kept once, on what it was said of, and decides nothing by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from curation.models import (
    Attachment,
    Comparison,
    Conversation,
    ImportBatch,
    Message,
    PreferencePair,
    Project,
    QuarantinedRecord,
    RankedList,
    Response,
    Score,
    Tag,
    User,
)
from curation.queries.importers.attachments import THUMBNAIL
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.importers.attachments import erase_unused_attachments
from curation.services.importers.imports import open_import, run_import
from tests.curation.import_files import write_lines
from tests.curation.platform_files import (
    PIXEL,
    argilla_record,
    webui_chat,
    webui_message,
)

ASKED = webui_message("u1", "user", "Name a colour.")
FIRST = webui_message("a1", "assistant", "Seven.", "u1", model="m")
SECOND = webui_message("a2", "assistant", "Blue.", "u1", model="m")
THANKS = webui_message("u2", "user", "Thanks.", "a2")
WITH_PICTURE = {**ASKED, "files": [{"type": "image", "url": f"data:image/png;base64,{PIXEL}"}]}


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep what a test stores in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def take(project: Project, tmp_path: Path) -> Any:
    """Return a function that imports records of a format and returns (read, imported, duplicates, quarantined)."""

    def imported(*records: dict[str, Any], name: str = "open_webui") -> tuple[int, ...]:
        path = write_lines(tmp_path, records, name=f"{ImportBatch.objects.count()}.jsonl")
        job = run_import(job_id=open_import(project=project, paths=[path], format_name=name).pk)
        assert job is not None
        assert job.state == "succeeded", job.error_sentence
        return tuple(job.result[key] for key in ("read", "imported", "duplicates", "quarantined"))

    return imported


def chat_of(*turns: str, **fields: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)], **fields}


def test_a_thumb_is_a_score_of_the_response(take: Any) -> None:
    take(webui_chat(ASKED, {**FIRST, "annotation": {"rating": -1}}, current="a1"))
    score = Score.objects.select_related("scorer", "response__message").get()
    assert (score.scorer.name, score.scorer.kind, score.value) == ("open_webui: thumb", "source", -1.0)
    assert score.response is not None
    assert score.response.text == "Seven."


def test_a_thumb_that_comes_later_is_new_and_the_conversation_is_not(take: Any) -> None:
    take(webui_chat(ASKED, FIRST, current="a1"))
    rated = webui_chat(ASKED, {**FIRST, "annotation": {"rating": 1}}, current="a1")
    assert take(rated) == (1, 1, 0, 0)
    assert take(rated) == (1, 0, 1, 0)
    assert (Conversation.objects.count(), Score.objects.count()) == (1, 1)


def test_stars_of_the_whole_are_a_score_of_the_conversation(take: Any) -> None:
    take(chat_of("Hi", "Hello", stars=4), name="openai_chat")
    assert Score.objects.get().conversation == Conversation.objects.get()


def test_tags_of_the_source_are_tags(take: Any) -> None:
    assert take(webui_chat(ASKED, FIRST, current="a1", meta={"tags": ["colours"]})) == (1, 1, 0, 0)
    tag = Tag.objects.get()
    assert (tag.name, tag.source) == ("colours", "source")


def test_an_answer_written_anew_makes_a_candidate_and_no_comparison(take: Any) -> None:
    take(webui_chat(ASKED, FIRST, SECOND, THANKS, current="u2"))
    pair = PreferencePair.objects.get()
    assert (pair.chosen.text, pair.rejected.text) == ("Blue.", "Seven.")
    assert (pair.is_candidate, pair.recipe, pair.confidence) == (True, "regenerated", 0.0)
    assert not Comparison.objects.exists()


def test_a_candidate_is_proposed_once(take: Any) -> None:
    take(webui_chat(ASKED, FIRST, SECOND, THANKS, current="u2"))
    assert take(webui_chat(ASKED, FIRST, SECOND, THANKS, current="u2")) == (1, 0, 1, 0)
    assert PreferencePair.objects.count() == 1


def test_an_edited_answer_is_a_response_of_its_own(take: Any) -> None:
    take(webui_chat(ASKED, {**FIRST, "content": "Green.", "originalContent": "Seven."}, current="a1"))
    pair = PreferencePair.objects.get()
    assert (pair.recipe, pair.chosen.origin, pair.chosen.text) == ("edited", "edited", "Green.")
    assert (pair.rejected.origin, pair.rejected.text) == ("logged", "Seven.")


def test_two_people_of_a_platform_give_two_verdicts_under_pseudonyms(take: Any) -> None:
    people = [{"value": "response_2", "user_id": "anna"}, {"value": "response_2", "user_id": "ben"}]
    take(argilla_record(responses={"best": people}), name="argilla")
    verdicts = Comparison.objects.values_list("annotator_pseudonym", "source")
    assert len(set(verdicts)) == 2
    assert not any("anna" in pseudonym for pseudonym, _ in verdicts)


def test_two_people_of_a_platform_give_two_lists(take: Any) -> None:
    fields = {"prompt": "Q?", **{f"response_{number}": str(number) for number in (1, 2, 3)}}
    order = ["response_2", "response_1", "response_3"]
    people = [{"value": order, "user_id": "anna"}, {"value": order, "user_id": "ben"}]
    take(argilla_record(fields=fields, responses={"order": people}), name="argilla")
    assert RankedList.objects.count() == 2


# Conversations that come again, longer.


def test_a_longer_conversation_repeats_what_is_stored(take: Any) -> None:
    take(chat_of("a", "b", session_id="s"), name="openai_chat")
    assert take(chat_of("a", "b", "c", "d", session_id="s"), name="openai_chat") == (1, 1, 0, 0)
    newest = Conversation.objects.order_by("id").last()
    assert list(
        Message.objects.filter(conversation=newest).order_by("position").values_list("is_repeat", flat=True)
    ) == [
        True,
        True,
        False,
        False,
    ]


def test_another_users_equal_beginning_is_no_repeat(take: Any) -> None:
    take(chat_of("a", "b", session_id="s", user="u"), name="openai_chat")
    take(chat_of("a", "b", "c", session_id="s", user="v"), name="openai_chat")
    assert not Message.objects.filter(is_repeat=True).exists()


def test_a_late_thumb_on_a_repeated_answer_is_one_of_the_stored_answer(take: Any) -> None:
    take(chat_of("a", "b", session_id="s"), name="openai_chat")
    longer = chat_of("a", "b", "c", session_id="s")
    longer["messages"][1]["thumb"] = "up"
    take(longer, name="openai_chat")
    first = Conversation.objects.order_by("id").first()
    response = Score.objects.get().response
    assert response is not None
    assert response.prompt.conversation == first
    assert Response.objects.count() == 1


def test_what_goes_on_from_a_withdrawn_conversation_does_not_come_back(take: Any, admin: User) -> None:
    take(chat_of("a", "b", session_id="s"), name="openai_chat")
    withdraw_conversation(conversation=Conversation.objects.get(), actor=admin)
    assert take(chat_of("a", "b", "c", session_id="s"), name="openai_chat") == (1, 0, 0, 1)
    refused = QuarantinedRecord.objects.get()
    assert (refused.reason, refused.excerpt) == ("withdrawn", "")


# Files.


def test_a_picture_is_kept_once_however_many_messages_carry_it(take: Any) -> None:
    other = webui_chat({**WITH_PICTURE, "content": "Another."}, FIRST, current="a1", id="chat-2")
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"), other)
    kept = Attachment.objects.get()
    assert (kept.media_type, kept.width, kept.carriers.count()) == ("image/png", 1, 2)
    assert default_storage.exists(kept.file)
    assert default_storage.exists(kept.file + THUMBNAIL)


def test_a_drawing_is_kept_and_not_described_as_a_picture(take: Any) -> None:
    drawing = "data:image/svg+xml,%3Csvg%3E%3Cscript%3Ealert(1)%3C/script%3E%3C/svg%3E"
    take(webui_chat({**ASKED, "files": [{"type": "image", "url": drawing}]}, FIRST, current="a1"))
    kept = Attachment.objects.get()
    assert (kept.width, default_storage.exists(kept.file + THUMBNAIL)) == (None, False)


def test_the_parts_of_a_message_name_the_picture_and_do_not_hold_it(take: Any) -> None:
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"))
    parts = Message.objects.get(position=0).parts
    assert parts[1] == {
        "type": "attachment",
        "sha256": Attachment.objects.get().sha256,
        "media_type": "image/png",
        "name": "",
    }


def test_a_withdrawn_conversation_takes_its_picture_along(
    take: Any, admin: User, django_capture_on_commit_callbacks: Any
) -> None:
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"))
    name = Attachment.objects.get().file
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_conversation(conversation=Conversation.objects.get(), actor=admin)
    assert not default_storage.exists(name)
    assert not default_storage.exists(name + THUMBNAIL)
    assert Attachment.objects.get().withdrawn_at is not None


def test_a_picture_that_another_conversation_carries_stays(
    take: Any, admin: User, django_capture_on_commit_callbacks: Any
) -> None:
    other = webui_chat({**WITH_PICTURE, "content": "Another."}, FIRST, current="a1", id="chat-2")
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"), other)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_conversation(conversation=Conversation.objects.order_by("id")[0], actor=admin)
    kept = Attachment.objects.get()
    assert default_storage.exists(kept.file)


def test_files_that_no_message_carries_are_erased(
    take: Any, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"))
    name = Attachment.objects.get().file
    Conversation.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        erase_unused_attachments(project=project)
    assert not default_storage.exists(name)
    assert not Attachment.objects.exists()


def test_a_file_that_a_newer_import_wrote_anew_is_not_erased(
    take: Any, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"))
    Conversation.objects.all().delete()
    with django_capture_on_commit_callbacks() as waiting:
        erase_unused_attachments(project=project)
    take(webui_chat(WITH_PICTURE, FIRST, current="a1"))
    for callback in waiting:
        callback()
    assert default_storage.exists(Attachment.objects.get().file)


def test_files_that_a_killed_import_left_are_erased_with_the_unused_ones(
    project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    name = default_storage.save(f"attachments/{project.uuid}/abc", ContentFile(b"left"))
    with django_capture_on_commit_callbacks(execute=True):
        erase_unused_attachments(project=project)
    assert not default_storage.exists(name)


def test_a_chunk_that_is_rolled_back_leaves_no_files(
    project: Project, tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OSError

    monkeypatch.setattr("curation.services.importers.attachments._note_carriers", fail)
    path = write_lines(tmp_path, [webui_chat(WITH_PICTURE, FIRST, current="a1")])
    with pytest.raises(OSError, match=r"^$"):
        run_import(job_id=open_import(project=project, paths=[path], format_name="open_webui").pk)
    assert not [file for file in artifacts.rglob("*") if file.is_file()]


def test_the_reader_tells_what_the_source_said(
    take: Any, project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    take(
        webui_chat(
            ASKED,
            {**FIRST, "annotation": {"rating": -1}},
            SECOND,
            THANKS,
            current="u2",
            meta={"tags": ["hue"]},
        )
    )
    address = f"/p/{project.slug}/conversations/{Conversation.objects.get().uuid}/source/"
    page = client_of(researcher).get(address).content.decode()
    assert all(word in page for word in ("hue", "open_webui: thumb", "open_webui: regenerated"))


def test_a_withdrawal_names_what_holds_the_same_turns(
    take: Any, project: Project, admin: User, client_of: Callable[[User], Client]
) -> None:
    take(chat_of("a", "b", session_id="s"), name="openai_chat")
    take(chat_of("a", "b", "c", session_id="s"), name="openai_chat")
    first, second = Conversation.objects.order_by("id")
    page = client_of(admin).get(f"/p/{project.slug}/conversations/{first.uuid}/withdraw/").content.decode()
    assert f"/conversations/{second.uuid}/withdraw/" in page
