"""A push is stored once, whatever the network does, and every record of it is accounted for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from curation.domain.errors import HarkenError, UnknownFormatError
from curation.models import Conversation, ImportBatch, Message, Project, Score, User
from curation.services.importers.pushes import MAX_BYTES, PushConflictError, accept_push
from curation.services.importers.undoing import run_undo, undo_import
from tests.curation.platform_files import otel_request, otel_span, otel_text


@pytest.fixture
def push(project: Project, researcher: User) -> Any:
    """Return a function that pushes a JSON body under a key."""

    def pushed(body: Any, *, key: str = "k1", name: str = "otel") -> dict[str, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return accept_push(
            project=project, format_name=name, content=content, idempotency_key=key, actor=researcher
        )

    return pushed


def request(number: int, *turns: str) -> dict[str, Any]:
    """Return an OTLP request of one call whose last turn is the answer."""
    said = [otel_text(("user", "assistant")[at % 2], turn) for at, turn in enumerate(turns)]
    return otel_request(
        otel_span(
            str(number),
            number,
            gen_ai__conversation__id="c1",
            gen_ai__input__messages=json.dumps(said[:-1]),
            gen_ai__output__messages=json.dumps(said[-1:]),
        )
    )


def test_the_same_key_twice_stores_once_and_answers_alike(push: Any) -> None:
    first = push(request(1, "a", "b"))
    assert push(request(1, "a", "b")) == first
    assert (first["imported"], Conversation.objects.count(), ImportBatch.objects.count()) == (1, 1, 1)


def test_a_key_that_was_used_for_something_else_is_refused(push: Any) -> None:
    push(request(1, "a", "b"))
    with pytest.raises(PushConflictError):
        push(request(1, "x", "y"))


def test_a_trace_that_comes_in_two_pushes_repeats_what_came_first(push: Any) -> None:
    push(request(1, "a", "b"))
    second = push(request(2, "a", "b", "c", "d"), key="k2")
    assert (second["imported"], second["duplicates"], second["conversations"]) == (1, 0, 1)
    newest = Message.objects.filter(conversation=Conversation.objects.order_by("id").last())
    assert list(newest.order_by("position").values_list("is_repeat", flat=True)) == [True, True, False, False]


def test_a_trace_that_is_sent_again_under_another_key_is_a_duplicate(push: Any) -> None:
    push(request(1, "a", "b"))
    assert push(request(1, "a", "b"), key="k2")["duplicates"] == 1


def test_a_score_that_is_pushed_later_with_its_trace_is_stored(push: Any) -> None:
    trace = {"id": "t1", "sessionId": "s", "input": "Hi", "output": "Hello"}
    push({"batch": [{"type": "trace-create", "body": trace}]}, name="langfuse")
    score = {"type": "score-create", "body": {"traceId": "t1", "name": "thumb", "value": 1}}
    summary = push({"batch": [{"type": "trace-create", "body": trace}, score]}, key="k2", name="langfuse")
    assert (summary["imported"], Conversation.objects.count(), Score.objects.count()) == (1, 1, 1)


def test_what_cannot_be_read_is_told_and_kept_in_quarantine(push: Any) -> None:
    summary = push(b'{"resourceSpans": 1}')
    assert (summary["quarantined"], summary["reasons"]) == (1, {"missing_field": 1})


def test_a_format_that_is_not_pushed_is_refused(push: Any) -> None:
    with pytest.raises(UnknownFormatError):
        push({}, name="csv")


@pytest.mark.parametrize(
    ("body", "key"), [(b"x" * (MAX_BYTES + 1), "k"), (b"{}", ""), (b"{}", "k" * 201), (b"", "k")]
)
def test_what_is_too_large_or_empty_or_without_a_key_is_refused(push: Any, body: bytes, key: str) -> None:
    with pytest.raises(HarkenError):
        push(body, key=key)
    assert not ImportBatch.objects.exists()


def test_a_push_has_a_page_and_can_be_undone(
    push: Any, project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    push(request(1, "a", "b"))
    batch = ImportBatch.objects.get()
    assert (
        client_of(researcher).get(f"/p/{project.slug}/conversations/imports/{batch.uuid}/").status_code == 200
    )
    run_undo(job_id=undo_import(batch=batch, actor=researcher).pk)
    assert not Conversation.objects.exists()


def test_undoing_a_push_keeps_what_a_later_one_said_of_its_conversation(push: Any) -> None:
    trace = {"type": "trace-create", "body": {"id": "t1", "sessionId": "s", "input": "Hi", "output": "Hello"}}
    push({"batch": [trace]}, name="langfuse")
    thumb = {"type": "score-create", "body": {"traceId": "t1", "name": "thumb", "value": 1}}
    push({"batch": [trace, thumb]}, key="k2", name="langfuse")
    first = ImportBatch.objects.select_related("project").get(push_key="k1")
    job = run_undo(job_id=undo_import(batch=first, actor=None).pk)
    assert job is not None
    assert (job.result["reasons"], Score.objects.count()) == ({"other_import": 1}, 1)
