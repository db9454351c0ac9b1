"""Chat interfaces and tracing tools: one conversation for what belongs together, and each mark on its answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from curation.domain.corpus.records import AttachmentPart, ConversationRecord
from curation.importers import detect_format
from tests.curation.import_files import imported, spoken, write, write_lines
from tests.curation.platform_files import (
    PIXEL,
    otel_request,
    otel_span,
    otel_text,
    webui_chat,
    webui_message,
)


def read(folder: Path, *records: dict[str, Any], name: str) -> list[ConversationRecord]:
    conversations, refusals = imported(write_lines(folder, records), format_name=name)
    assert refusals == []
    return conversations


def marks(conversation: ConversationRecord) -> dict[tuple[str, int | None], float]:
    return {(score.name, score.message_index): score.value for score in conversation.scores}


ASKED = webui_message("u1", "user", "Name a colour.")
FIRST = webui_message("a1", "assistant", "Seven.", "u1", model="m")
SECOND = webui_message("a2", "assistant", "Blue.", "u1", model="m")
THANKS = webui_message("u2", "user", "Thanks.", "a2")
TURN = {"gen_ai__input__messages": json.dumps([otel_text("user", "Hi")])}
ANSWER = {"gen_ai__output__messages": json.dumps([otel_text("assistant", "Hello")])}
TRACE = {"id": "t1", "sessionId": "s1", "userId": "p1", "timestamp": "2024-05-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("open_webui", webui_chat(ASKED, FIRST, current="a1")),
        ("langfuse", {**TRACE, "input": "Hi", "output": "Hello"}),
        ("langfuse", {"id": "o", "traceId": "t", "type": "GENERATION", "input": "Hi", "output": "Hello"}),
        ("otel", otel_request(otel_span("1", 1, **TURN))),
    ],
)
def test_a_format_is_recognised(tmp_path: Path, name: str, record: dict[str, Any]) -> None:
    assert detect_format(write_lines(tmp_path, [record])).name == name


def test_an_array_of_chats_is_read_like_lines(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps([webui_chat(ASKED, FIRST, current="a1")], indent=1), name="chats.json")
    assert detect_format(path).name == "open_webui"
    assert len(imported(path, format_name="open_webui")[0]) == 1


# Open WebUI.


def test_an_answer_written_anew_is_a_candidate_and_no_verdict(tmp_path: Path) -> None:
    (found,) = read(tmp_path, webui_chat(ASKED, FIRST, SECOND, THANKS, current="u2"), name="open_webui")
    (group,) = found.reply_groups
    assert spoken(found) == [("user", "Name a colour."), ("assistant", "Blue."), ("user", "Thanks.")]
    assert [(reply.text, reply.rank) for reply in group.replies] == [("Blue.", None), ("Seven.", None)]
    assert (group.kept_reply, group.replies[1].ratings) == (0, {"regenerated": 1.0})


def test_answers_shown_side_by_side_replaced_none(tmp_path: Path) -> None:
    asked = {**ASKED, "models": ["m", "n"]}
    (found,) = read(tmp_path, webui_chat(asked, FIRST, SECOND, current="a2"), name="open_webui")
    assert found.reply_groups[0].kept_reply is None
    assert found.reply_groups[0].replies[1].ratings == {}


def test_a_thumb_is_a_score_of_its_answer(tmp_path: Path) -> None:
    rated = {**FIRST, "annotation": {"rating": -1, "details": {"rating": 3}}}
    (found,) = read(tmp_path, webui_chat(ASKED, rated, current="a1"), name="open_webui")
    assert marks(found) == {("thumb", 1): -1.0, ("rating of 10", 1): 3.0}


def test_the_thumb_on_an_answer_that_was_left_stays_on_that_answer(tmp_path: Path) -> None:
    rated = {**FIRST, "annotation": {"rating": -1}}
    (found,) = read(tmp_path, webui_chat(ASKED, rated, SECOND, current="a2"), name="open_webui")
    assert found.reply_groups[0].replies[1].ratings == {"regenerated": 1.0, "thumb": -1.0}


def test_an_edited_answer_stands_beside_what_the_model_wrote(tmp_path: Path) -> None:
    edited = {**FIRST, "content": "Green.", "originalContent": "Seven."}
    (found,) = read(tmp_path, webui_chat(ASKED, edited, current="a1"), name="open_webui")
    assert spoken(found)[1] == ("assistant", "Seven.")
    replies = found.reply_groups[0].replies
    assert [(reply.text, reply.is_edited, reply.message_index) for reply in replies] == [
        ("Green.", True, None),
        ("Seven.", False, 1),
    ]
    assert marks(found) == {("edited", 1): 1.0}


def test_another_way_through_the_tree_repeats_what_it_shares(tmp_path: Path) -> None:
    other = webui_message("u3", "user", "Why?", "a2")
    found = read(tmp_path, webui_chat(ASKED, SECOND, THANKS, other, current="u2"), name="open_webui")
    assert [each.units for each in found] == [1, 0]
    assert [message.is_repeat for message in found[1].messages] == [True, True, False]


def test_an_image_of_a_chat_brings_its_bytes(tmp_path: Path) -> None:
    asked = {**ASKED, "files": [{"type": "image", "url": f"data:image/png;base64,{PIXEL}"}]}
    (found,) = read(tmp_path, webui_chat(asked, FIRST, current="a1"), name="open_webui")
    (file,) = found.attached_files
    part = found.messages[0].parts[1]
    assert isinstance(part, AttachmentPart)
    assert (part.sha256, file.media_type) == (file.sha256, "image/png")


def test_feedback_is_put_on_the_message_of_its_snapshot(tmp_path: Path) -> None:
    feedback = {
        "id": "f1",
        "type": "rating",
        "data": {"rating": "1"},
        "meta": {"chat_id": "chat-1", "message_id": "a1"},
        "snapshot": {"chat": webui_chat(ASKED, FIRST, current="a1")},
    }
    (found,) = read(tmp_path, feedback, name="open_webui")
    assert (found.source_id, marks(found)) == ("chat-1", {("thumb", 1): 1.0})


def test_messages_that_form_a_circle_are_refused(tmp_path: Path) -> None:
    first, second = {**ASKED, "parentId": "a1"}, {**FIRST, "parentId": "u1"}
    path = write_lines(tmp_path, [webui_chat(first, second, current="a1")])
    assert [each.reason for each in imported(path, format_name="open_webui")[1]] == ["parent_cycle"]


# Langfuse.


def test_traces_of_a_session_are_one_conversation_in_the_order_of_time(tmp_path: Path) -> None:
    later = {**TRACE, "id": "t2", "timestamp": "2024-05-01T11:00:00Z", "input": "Bye", "output": "Farewell"}
    (found,) = read(tmp_path, later, {**TRACE, "input": "Hi", "output": "Hello"}, name="langfuse")
    assert [text for _, text in spoken(found)] == ["Hi", "Hello", "Bye", "Farewell"]
    assert (found.units, found.source_id, found.source_user) == (2, "s1", "p1")


def test_generations_that_repeat_the_conversation_make_it_longer(tmp_path: Path) -> None:
    def generation(number: int, *turns: str) -> dict[str, Any]:
        chat = [{"role": ("user", "assistant")[at % 2], "content": turn} for at, turn in enumerate(turns)]
        about = {
            "id": f"g{number}",
            "traceId": "t1",
            "type": "GENERATION",
            "startTime": f"2024-05-01T10:0{number}:00Z",
        }
        return {**about, "model": "m", "input": chat[:-1], "output": chat[-1]}

    (found,) = read(
        tmp_path,
        TRACE | {"input": None},
        generation(1, "a", "b"),
        generation(2, "a", "b", "c", "d"),
        name="langfuse",
    )
    assert [text for _, text in spoken(found)] == ["a", "b", "c", "d"]
    assert (found.units, found.model) == (3, "m")


def test_a_score_is_put_on_the_answer_of_its_generation_or_of_its_trace(tmp_path: Path) -> None:
    generation = {"id": "g1", "traceId": "t1", "type": "GENERATION", "input": "Hi", "output": "Hello"}
    scores = [
        {
            "id": "s1",
            "traceId": "t1",
            "observationId": "g1",
            "name": "correct",
            "value": 1,
            "dataType": "BOOLEAN",
        },
        {"id": "s2", "traceId": "t1", "name": "user-feedback", "stringValue": "thumbs down", "value": None},
        {"id": "s3", "traceId": "t1", "name": "tone", "stringValue": "rude", "dataType": "CATEGORICAL"},
    ]
    (found,) = read(tmp_path, TRACE | {"output": None}, generation, *scores, name="langfuse")
    assert marks(found) == {("correct", 1): 1.0, ("user-feedback", 1): -1.0, ("tone: rude", 1): 1.0}
    assert found.units == 5


def test_a_whole_trace_in_one_record_is_one_unit(tmp_path: Path) -> None:
    observations = [{"id": "g1", "type": "GENERATION", "input": "Hi", "output": "Hello"}]
    (found,) = read(tmp_path, {**TRACE, "observations": observations, "tags": ["beta"]}, name="langfuse")
    assert (found.units, found.tags) == (1, ("beta",))


def test_events_that_a_client_sends_are_read_like_an_export(tmp_path: Path) -> None:
    batch = [
        {"type": "trace-create", "body": {**TRACE, "input": "Hi", "output": "Hello"}},
        {"type": "score-create", "body": {"traceId": "t1", "name": "stars", "value": 4}},
    ]
    (found,) = read(tmp_path, {"batch": batch}, name="langfuse")
    assert (spoken(found)[-1], marks(found)) == (("assistant", "Hello"), {("stars", 1): 4.0})


def test_a_trace_without_words_is_told_with_all_its_records(tmp_path: Path) -> None:
    span = {"id": "o1", "traceId": "t1", "type": "SPAN", "startTime": "2024-05-01T10:00:00Z"}
    path = write_lines(tmp_path, [TRACE | {"input": None}, span])
    conversations, refusals = imported(path, format_name="langfuse")
    assert (conversations, sum(each.units for each in refusals)) == ([], 2)


# OpenTelemetry.


def test_spans_of_one_conversation_are_one_conversation(tmp_path: Path) -> None:
    about = {"gen_ai__conversation__id": "c1", "gen_ai__request__model": "m", "enduser__id": "p1"}
    longer = [otel_text("user", "Hi"), otel_text("assistant", "Hello"), otel_text("user", "Bye")]
    second = otel_span("2", 2, **about, gen_ai__input__messages=json.dumps(longer))
    (found,) = read(
        tmp_path,
        otel_request(second),
        otel_request(otel_span("1", 1, **about, **TURN, **ANSWER)),
        name="otel",
    )
    assert [text for _, text in spoken(found)] == ["Hi", "Hello", "Bye"]
    assert (found.units, found.source_id, found.source_user, found.model) == (2, "c1", "p1", "m")


def test_system_instructions_and_tools_become_messages(tmp_path: Path) -> None:
    call = {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c", "name": "clock", "arguments": {"zone": "UTC"}}],
    }
    result = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "noon"}]}
    span = otel_span(
        "1",
        1,
        gen_ai__system_instructions=json.dumps([{"type": "text", "content": "Be brief."}]),
        gen_ai__input__messages=json.dumps([otel_text("user", "Time?"), call, result]),
        **ANSWER,
    )
    (found,) = read(tmp_path, otel_request(span), name="otel")
    assert [message.role for message in found.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert found.messages[0].text == "Be brief."


def test_numbered_attributes_are_read(tmp_path: Path) -> None:
    named = {"gen_ai__prompt__0__role": "user", "gen_ai__prompt__0__content": "Hi"}
    named |= {"gen_ai__completion__0__role": "assistant", "gen_ai__completion__0__content": "Hello"}
    (found,) = read(tmp_path, otel_request(otel_span("1", 1, **named)), name="otel")
    assert spoken(found) == [("user", "Hi"), ("assistant", "Hello")]


def test_an_evaluation_is_a_score_of_the_span_it_is_of(tmp_path: Path) -> None:
    attributes = otel_span("1", 1, gen_ai__evaluation__name="helpful", gen_ai__evaluation__score__value=0.5)
    log = {
        "eventName": "gen_ai.evaluation.result",
        "spanId": "1",
        "traceId": "trace-1",
        "attributes": attributes["attributes"],
    }
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}
    (found,) = read(tmp_path, logs, otel_request(otel_span("1", 1, **TURN, **ANSWER)), name="otel")
    assert (marks(found), found.units) == ({("helpful", 1): 0.5}, 2)


def test_spans_without_messages_are_told_together(tmp_path: Path) -> None:
    silent = [otel_span(str(number), number, http__route="/") for number in (1, 2)]
    path = write_lines(tmp_path, [otel_request(*silent, otel_span("3", 3, **TURN, **ANSWER))])
    conversations, (refusal,) = imported(path, format_name="otel")
    assert (len(conversations), refusal.units) == (1, 2)


# OpenAI chat logs.


def test_an_openai_log_of_calls_is_one_conversation_with_its_feedback(tmp_path: Path) -> None:
    def call(*turns: str, **last: Any) -> dict[str, Any]:
        chat = [{"role": ("user", "assistant")[at % 2], "content": turn} for at, turn in enumerate(turns)]
        return {"session_id": "s", "messages": [*chat[:-1], {**chat[-1], **last}]}

    (found,) = read(
        tmp_path, call("a", "b", thumb="up"), call("a", "b", "c", "d", copied=True), name="openai_chat"
    )
    assert (found.units, marks(found)) == (2, {("thumb", 1): 1.0, ("copied", 3): 1.0})


def test_an_anthropic_image_and_tool_survive(tmp_path: Path) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    use = {"type": "tool_use", "id": "c", "name": "clock", "input": {"zone": "UTC"}}
    turns = [
        {"role": "user", "content": [image, {"type": "text", "text": "What?"}]},
        {"role": "assistant", "content": [use]},
    ]
    (found,) = read(tmp_path, {"messages": turns}, name="openai_chat")
    assert [part.as_json()["type"] for message in found.messages for part in message.parts] == [
        "attachment",
        "text",
        "tool_call",
    ]
    assert len(found.attached_files) == 1


def test_a_picture_that_a_tool_answered_with_is_kept(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    answered = {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "done"}, picture]}
    turns = [{"role": "user", "content": "Draw."}, {"role": "assistant", "content": "Yes."}, answered]
    (found,) = read(tmp_path, {"messages": turns}, name="openai_chat")
    assert [part.as_json()["type"] for part in found.messages[2].parts] == ["tool_result", "attachment"]
    assert found.weight > len(found.attached_files[0].content)


def test_a_tools_answer_in_the_users_name_is_the_tools(tmp_path: Path) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    answered = {
        "type": "tool_result",
        "tool_use_id": "c",
        "content": [{"type": "text", "text": "noon"}, picture],
    }
    turns = [
        {"role": "user", "content": "When?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "clock", "input": {}}]},
        {"role": "user", "content": [answered]},
    ]
    (found,) = read(tmp_path, {"messages": turns}, name="openai_chat")
    assert (found.messages[2].role, found.messages[2].text) == ("tool", "noon")
    assert isinstance(found.messages[2].parts[1], AttachmentPart)
