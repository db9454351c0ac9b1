"""OpenAI chats and ShareGPT: what of a record becomes what of a conversation."""

import base64
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from curation.domain.corpus.records import (
    AttachmentPart,
    RefusalReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from tests.curation.import_files import chat, imported, spoken, write_lines
from tests.paths import shared_file

SYSTEM = {"role": "system", "content": "Be brief."}


def read_chat(folder, record):
    conversations, refusals = imported(write_lines(folder, [record]), format_name="openai_chat")
    assert not refusals
    return conversations[0]


def read_share(folder, *turns, **fields):
    record = {"conversations": [{"from": speaker, "value": value} for speaker, value in turns], **fields}
    return imported(write_lines(folder, [record]), format_name="sharegpt")


def refused_reason(folder, messages):
    _, refusals = imported(write_lines(folder, [{"messages": messages}]), format_name="openai_chat")
    return refusals[0].reason


def test_messages_keep_their_roles_and_order(tmp_path):
    assert spoken(read_chat(tmp_path, chat("q", "a", "r"))) == [
        ("user", "q"),
        ("assistant", "a"),
        ("user", "r"),
    ]


def test_what_is_told_about_a_conversation_is_kept(tmp_path):
    about = {"id": 7, "user": "u1", "model": "m", "language": "de", "created_at": "2024-05-01T10:00:00+02:00"}
    read = read_chat(tmp_path, chat("q", "a", **about))
    assert (read.source_id, read.source_user, read.model, read.language) == ("7", "u1", "m", "de")
    assert read.started_at == datetime(2024, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("key", ["metadata", "meta"])
def test_metadata_tells_what_the_record_itself_does_not(tmp_path, key):
    read = read_chat(tmp_path, chat("q", id="outer", **{key: {"id": "inner", "user": "u1", "tags": [1]}}))
    assert (read.source_id, read.source_user) == ("outer", "u1")


@pytest.mark.parametrize(
    ("written", "year"),
    [(1714550400, 2024), (1714550400000, 2024), ("2024-05-01", 2024), ("2024-05-01T00:00:00Z", 2024)],
)
def test_times_are_read_in_the_ways_they_are_written(tmp_path, written, year):
    assert read_chat(tmp_path, chat("q", created_at=written)).started_at.year == year


@pytest.mark.parametrize("written", ["yesterday", True, 1e300, [1], float("-1e20")])
def test_a_time_that_cannot_be_read_is_unknown_and_refuses_nothing(tmp_path, written):
    assert read_chat(tmp_path, chat("q", created_at=written)).started_at is None


def test_tool_calls_and_their_answers_are_parts(tmp_path):
    call = {"id": "c1", "type": "function", "function": {"name": "clock", "arguments": '{"zone": "UTC"}'}}
    messages = [
        {"role": "user", "content": "What time is it?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"},
        {"role": "assistant", "content": "It is noon."},
    ]
    read = read_chat(tmp_path, {"messages": messages})
    assert read.messages[1].parts == (ToolCallPart(call_id="c1", name="clock", arguments={"zone": "UTC"}),)
    assert read.messages[2].parts == (ToolResultPart(call_id="c1", content="noon"),)


@pytest.mark.parametrize("arguments", ['{"zone": ', "NaN", "[" * 100_000])
def test_arguments_that_are_no_json_stay_text(tmp_path, arguments):
    call = {"id": "c1", "function": {"name": "clock", "arguments": arguments}}
    read = read_chat(
        tmp_path, {"messages": [*chat("q")["messages"], {"role": "assistant", "tool_calls": [call]}]}
    )
    assert read.messages[1].parts[0].arguments == arguments


def test_an_older_function_call_and_its_answer_are_read(tmp_path):
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "done"},
    ]
    read = read_chat(tmp_path, {"messages": messages})
    assert read.messages[1].parts == (ToolCallPart(call_id="", name="f", arguments={}),)
    assert read.messages[2].role == "tool"


def test_content_in_parts_is_read_with_attachments(tmp_path):
    image = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": image}}]
    read = read_chat(tmp_path, {"messages": [{"role": "user", "content": content}]})
    assert read.messages[0].parts == (
        TextPart(text="What is this?"),
        AttachmentPart(sha256=sha256(b"picture").hexdigest(), media_type="image/png"),
    )


def test_an_attachment_elsewhere_keeps_its_address(tmp_path):
    content = [{"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}]
    read = read_chat(tmp_path, {"messages": [{"role": "user", "content": content}]})
    assert read.messages[0].parts[0].name == "https://example.org/cat.png"
    assert (read.messages[0].parts[0].sha256, read.messages[0].parts[0].media_type) == ("", "image/png")


def test_a_lone_prompt_and_users_in_a_row_are_accepted(tmp_path):
    twice = {"messages": [{"role": "user", "content": "q"}, {"role": "user", "content": "please"}]}
    assert len(read_chat(tmp_path, twice).messages) == 2


def test_an_empty_system_message_is_left_out(tmp_path):
    record = {"messages": [{"role": "system", "content": ""}, *chat("q", "a")["messages"]]}
    assert spoken(read_chat(tmp_path, record)) == [("user", "q"), ("assistant", "a")]


def test_a_system_message_may_stand_first_and_between(tmp_path):
    record = {"messages": [SYSTEM, *chat("q", "a")["messages"], SYSTEM, *chat("r")["messages"]]}
    assert [role for role, _ in spoken(read_chat(tmp_path, record))][::3] == ["system", "system"]


def test_a_tool_cannot_answer_before_anyone_asked(tmp_path):
    messages = [*chat("q")["messages"], {"role": "tool", "content": "noon"}]
    assert refused_reason(tmp_path, messages) is RefusalReason.ROLES_OUT_OF_ORDER


def test_the_sentence_names_the_message_that_is_empty(tmp_path):
    _, refusals = imported(write_lines(tmp_path, [chat("q", "a", "")]), format_name="openai_chat")
    assert refusals[0].sentence == "Message 3, of the user, is empty."


def test_sharegpt_speakers_become_roles(tmp_path):
    conversations, _ = read_share(
        tmp_path, ("system", "s"), ("human", "q"), ("gpt", "a"), ("user", "r"), id="x_1"
    )
    assert [role for role, _ in spoken(conversations[0])] == ["system", "user", "assistant", "user"]
    assert conversations[0].source_id == "x_1"


def test_sharegpt_calls_and_observations_become_parts(tmp_path):
    call = '{"name": "clock", "arguments": {"zone": "UTC"}}'
    conversations, _ = read_share(tmp_path, ("human", "q"), ("function_call", call), ("observation", "noon"))
    assert conversations[0].messages[1].parts[0].name == "clock"
    assert conversations[0].messages[2].parts == (ToolResultPart(call_id="", content="noon"),)


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([("gpt", "a"), ("human", "q")], RefusalReason.ROLES_OUT_OF_ORDER),
        ([("human", "q"), ("parrot", "a")], RefusalReason.UNKNOWN_ROLE),
        ([("human", "q"), ("gpt", "")], RefusalReason.EMPTY_MESSAGE),
        ([("human", "q"), ("gpt", 5)], RefusalReason.WRONG_TYPE),
        ([], RefusalReason.NO_MESSAGES),
    ],
)
def test_a_bad_sharegpt_record_is_refused_with_its_reason(tmp_path, turns, reason):
    _, refusals = read_share(tmp_path, *turns)
    assert [each.reason for each in refusals] == [reason]


def test_the_sharegpt_sample_is_read_whole():
    path = shared_file("sharegpt_shape/dummy_conversation.json")
    conversations, refusals = imported(path, format_name="sharegpt")
    assert (len(conversations), refusals) == (500, [])
