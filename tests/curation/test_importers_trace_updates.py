"""What tracing tools send in pieces, answers that are JSON, and how much of a file is held at once."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    Reply,
    ReplyGroup,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from curation.domain.importers.reading import open_source
from curation.domain.importers.traced_calls import Thread, TracedCall, conversations_of_thread
from curation.domain.versions.grouping import OpenGroups
from curation.importers import read_conversations
from tests.curation.import_files import imported, spoken, write_lines
from tests.curation.platform_files import otel_attribute, otel_request, otel_span, otel_text
from tests.curation.test_importers_traces import marks, read


def event(kind: str, **body: Any) -> dict[str, Any]:
    return {"id": f"e-{kind}-{body.get('id')}", "type": kind, "body": body}


CREATED = event("generation-create", id="G", traceId="T", input=[{"role": "user", "content": "q"}])
UPDATED = event("generation-update", id="G", traceId="T", model="m", output="the answer")


def test_what_is_sent_first_and_what_is_learnt_later_are_one_generation(tmp_path: Path) -> None:
    batch = {"batch": [event("trace-create", id="T", sessionId="S"), CREATED, UPDATED]}
    (conversation,) = read(tmp_path, batch, name="langfuse")
    assert spoken(conversation) == [("user", "q"), ("assistant", "the answer")]
    assert (conversation.source_id, conversation.model) == ("S", "m")


def test_a_trace_that_is_sent_twice_is_one(tmp_path: Path) -> None:
    sent = [event("trace-create", id="T", input="q"), event("trace-create", id="T", output="a", input=None)]
    conversations = read(tmp_path, {"batch": sent[:1]}, {"batch": sent[1:]}, name="langfuse")
    assert [spoken(each) for each in conversations] == [[("user", "q"), ("assistant", "a")]]
    assert conversations[0].units == 2


def test_a_score_that_is_sent_again_is_its_newest_value(tmp_path: Path) -> None:
    scores = [event("score-create", id="s", traceId="T", name="x", value=value) for value in (0.1, 0.9)]
    (conversation,) = read(tmp_path, {"batch": [CREATED, UPDATED, *scores]}, name="langfuse")
    assert marks(conversation) == {("x", 1): 0.9}


def test_an_answer_to_an_unknown_question_is_refused_by_name(tmp_path: Path) -> None:
    lost = event("generation-update", id="G2", traceId="T", output="what to?")
    path = write_lines(tmp_path, [{"batch": [CREATED, UPDATED]}, {"batch": [lost]}])
    conversations, refusals = imported(path, format_name="langfuse")
    assert [each.units for each in conversations] == [1]
    assert [each.units for each in refusals] == [1]
    assert refusals[0].position.line == 2
    assert "G2 has an answer, and nothing tells what was asked" in refusals[0].sentence


@pytest.mark.parametrize(
    "answer",
    [
        '{"answer": "42", "confidence": 0.9}',
        '{"sentiment": "positive"}',
        '["a","b"]',
        '[{"type": "x"}]',
        "{}",
    ],
)
def test_an_answer_that_is_json_is_kept_as_it_was_given(tmp_path: Path, answer: str) -> None:
    asked = {"gen_ai__input__messages": json.dumps([otel_text("user", "q")])}
    span = otel_request(otel_span("1", 1, **asked, gen_ai__output__messages=answer))
    row = {"id": "o", "traceId": "t", "type": "GENERATION", "input": "q", "output": answer}
    for name, record in (("otel", span), ("langfuse", row)):
        (conversation,) = read(tmp_path, record, name=name)
        assert spoken(conversation) == [("user", "q"), ("assistant", answer)]


def test_of_a_logged_object_a_text_alone_is_its_words_and_any_more_is_all_of_it(tmp_path: Path) -> None:
    row = {"id": "o", "traceId": "t", "type": "GENERATION", "input": {"question": "q", "history": []}}
    for output, words in (({"answer": "a"}, "a"), ({"answer": "a", "sure": 1}, '{"answer": "a", "sure": 1}')):
        (conversation,) = read(tmp_path, {**row, "output": output}, name="langfuse")
        assert spoken(conversation) == [("user", "q"), ("assistant", words)]


def test_a_thread_of_single_turns_takes_time_by_its_length_alone() -> None:
    calls = [
        TracedCall(id=str(n), given=f"q{n}", answered=f"a{n}", position=Position(file="f"), marks=(("x", n),))
        for n in range(3000)
    ]
    began = time.process_time()
    (conversation,) = conversations_of_thread(Thread(id="s"), calls)
    assert time.process_time() - began < 2
    assert isinstance(conversation, ConversationRecord)
    assert len(conversation.messages) == 6000
    assert conversation.units == 3000
    assert [(each.message_index, each.value) for each in conversation.scores[-2:]] == [
        (5997, 2998),
        (5999, 2999),
    ]


def spans_with_events() -> Iterator[dict[str, Any]]:
    for n in range(600):
        told = {
            "name": "gen_ai.content.prompt",
            "attributes": [otel_attribute("gen_ai.prompt", "word " * 1000)],
        }
        yield otel_request({**otel_span(str(n), n), "traceId": f"t{n}", "events": [told]})


def bare_scores() -> Iterator[dict[str, Any]]:
    return ({"id": f"{n}", "traceId": f"t{n}", "name": "x", "value": n} for n in range(60_000))


@pytest.mark.parametrize(("name", "rows"), [("otel", spans_with_events()), ("langfuse", bare_scores())])
def test_all_that_a_row_holds_counts_against_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, rows: Iterator[dict[str, Any]]
) -> None:
    monkeypatch.setattr(OpenGroups.__init__, "__kwdefaults__", {"max_open": 500_000})
    source = open_source(write_lines(tmp_path, rows))
    next(iter(read_conversations(source, name=name)))
    assert source.bytes_read.count < source.size


def test_tool_results_and_other_answers_weigh_as_much_as_words() -> None:
    asked = MessageRecord(role="user", parts=(TextPart(text="q"),))
    told = MessageRecord(role="tool", parts=(ToolResultPart(call_id="", content="x" * 5000),))
    called = MessageRecord(
        role="assistant", parts=(ToolCallPart(call_id="", name="f", arguments=["y" * 3000]),)
    )
    other = Reply(parts=(TextPart(text="z" * 2000),))
    record = ConversationRecord(
        messages=(asked, called, told),
        source_id="",
        reply_groups=(ReplyGroup(prompt_length=1, replies=(other,), judged_by="unknown"),),
        position=Position(file="f"),
    )
    assert 10_000 < record.weight < 12_000
