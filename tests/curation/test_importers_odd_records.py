"""One odd record among good ones: it is refused alone, in every place where it could trip something up."""

import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    TextPart,
    ToolCallPart,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Head, Imported, or_refused
from curation.domain.importers.pictures import clean_picture
from curation.domain.importers.rated_replies import places_of_ranks
from curation.domain.importers.reading import Source, open_source
from curation.domain.importers.source_marks import name_of_scorer
from curation.importers import IMPORTERS, detect_format, read_conversations
from curation.models import ImportBatch, Job, Project, RankedResponse, Scorer
from curation.queries.importers.previews import Reading, preview_of
from curation.services.importers.chunks import Chunk, prepare_chunk
from curation.services.importers.imports import open_import, run_import
from tests.curation.import_files import chat, imported, write_lines
from tests.curation.platform_files import argilla_record, otel_request, otel_span


def call(arguments: str) -> dict[str, Any]:
    asked = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return {"messages": [*chat("q")["messages"], {"role": "assistant", "tool_calls": [asked]}]}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('{"code": "a\\u0000b"}', {"code": "ab"}),
        ('{"code": "\\ud800"}', {"code": "\ufffd"}),
        ('{"a": 1e999}', '{"a": 1e999}'),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("[" * 900 + "]" * 900, "[" * 900 + "]" * 900),
        ('{"a": [1]}', {"a": [1]}),
    ],
)
def test_json_inside_of_json_is_read_by_the_rules_of_a_record(
    tmp_path: Path, written: str, kept: Any
) -> None:
    (conversation,), _ = imported(write_lines(tmp_path, [call(written)]), format_name="openai_chat")
    (part,) = conversation.messages[1].parts
    assert isinstance(part, ToolCallPart)
    assert part.arguments == kept
    assert prepare_chunk(Chunk(records=[conversation], refusals=[], source_name="x")).refusals == []


class OddImporter:
    name = title = "odd"

    def sniff(self, head: Head) -> float:
        raise ZeroDivisionError

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        raise NotImplementedError


def test_a_format_that_trips_over_a_file_does_not_keep_others_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(IMPORTERS._built_in, "odd", f"{__name__}.OddImporter")
    assert detect_format(write_lines(tmp_path, [chat("q", "a")])).name == "openai_chat"


def test_a_chat_with_an_odd_id_among_the_first_records_does_not_hide_the_format(tmp_path: Path) -> None:
    odd = {"id": [], "chat": {"history": {"messages": {}}}}
    path = write_lines(tmp_path, [odd, *(chat(f"q{n}", "a") for n in range(7))])
    assert detect_format(path).name == "openai_chat"


def test_whatever_a_record_raises_is_told_with_its_place_and_not_with_its_words() -> None:
    def read() -> None:
        raise KeyError("secret words")

    refusal = or_refused(read, position=Position(file="f", line=7), units=3)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.position.line, refusal.units) == (RefusalReason.UNREADABLE_RECORD, 7, 3)
    assert "KeyError" in refusal.sentence
    assert "secret" not in refusal.sentence


def a_record(line: int, arguments: Any) -> ConversationRecord:
    parts = (ToolCallPart(call_id="", name="f", arguments=arguments),)
    asked = MessageRecord(role="user", parts=(TextPart(text="q"),))
    return ConversationRecord(
        messages=(asked, MessageRecord(role="assistant", parts=parts)),
        source_id="",
        position=Position(file="f", line=line),
    )


@pytest.mark.parametrize("odd", ["\ud800", "\x00", float("inf"), {"\x00": 1}, object()])
def test_a_record_that_cannot_be_stored_is_refused_alone(odd: Any) -> None:
    records = [a_record(1, "fine"), a_record(2, odd), a_record(3, "not \\u0000 itself")]
    prepared = prepare_chunk(Chunk(records=records, refusals=[], source_name="x"))
    assert len(prepared.conversations) == 2
    assert [(each.reason, each.position.line) for each in prepared.refusals] == [
        (RefusalReason.UNREADABLE_RECORD, 2)
    ]
    assert prepared.record_count == 3


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0, 10**12, 0], pa.timestamp("s")),
        pa.array([0, 2**62, 0], pa.duration("s")),
        pa.array([0, 10**9, 0], pa.int32()).cast(pa.date32()),
    ],
)
def test_a_time_beyond_any_calendar_refuses_its_row_alone(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"messages": [chat("q", "a")["messages"]] * 3, "at": column}), path)
    conversations, refusals = imported(path, format_name="openai_chat")
    assert len(conversations) == 2
    assert [(each.position.record, each.reason) for each in refusals] == [
        (2, RefusalReason.UNREADABLE_RECORD)
    ]
    assert '"at"' in refusals[0].sentence


def test_a_picture_whose_marks_are_odd_is_no_picture() -> None:
    # Turned by a quarter, and as wide as a number that is no whole one.
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHIf", 0x0100, 11, 1, 1e30)
    exif = b"Exif\0\0II*\x00\x08\x00\x00\x00" + struct.pack("<H", 2) + entries + bytes(4)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 2)).save(buffer, "JPEG", exif=exif)
    assert clean_picture(buffer.getvalue()) is None


@pytest.mark.parametrize(
    "attributes",
    [
        [{"key": "a", "value": {"intValue": "--5"}}],
        [{"key": f"gen_ai.prompt.{'9' * 5000}.role", "value": {"stringValue": "user"}}],
    ],
)
def test_an_odd_attribute_of_a_span_leaves_its_call_readable(tmp_path: Path, attributes: list[Any]) -> None:
    span = otel_span("s", 1, gen_ai__input__messages="hi")
    span["attributes"] += attributes
    span["startTimeUnixNano"] = "\u00b2"
    (conversation,), _ = imported(write_lines(tmp_path, [otel_request(span)]), format_name="otel")
    assert conversation.messages[0].text == "hi"


def test_a_mean_of_the_largest_numbers_is_one_of_them(tmp_path: Path) -> None:
    row = {"prompt": "q", "response": "a", "helpfulness": [1.7e308, 1.7e308], "correctness": 1}
    (conversation,), _ = imported(write_lines(tmp_path, [row]), format_name="helpsteer2")
    assert conversation.reply_groups[0].replies[0].ratings["helpfulness"] == 1.7e308


@pytest.mark.parametrize("name", ["steerlm", "wildchat"])
def test_turns_that_are_written_as_text_are_read(tmp_path: Path, name: str) -> None:
    turns = [{"from": "User", "value": "q"}, {"from": "gpt", "value": "a", "label": "x:1"}]
    row = {"mask": "User", "conversations": json.dumps(turns)}
    if name == "wildchat":
        row = {"conversation_hash": "h", "conversation": json.dumps(chat("q", "a")["messages"])}
    (conversation,), _ = imported(write_lines(tmp_path, [row]), format_name=name)
    assert len(conversation.messages) == 2


def test_ranks_of_any_size_become_places() -> None:
    assert places_of_ranks([10**30, -1, None, 3, -1]) == [2, 0, None, 1, 0]


def test_long_names_of_measures_stay_apart() -> None:
    long = "source: " + "x" * 200
    names = {name_of_scorer(long + end) for end in ("a", "b")}
    assert len(names) == 2
    assert all(len(name) == 120 for name in names)
    assert name_of_scorer("source: quality") == "source: quality"


def test_every_record_around_an_odd_one_is_imported(tmp_path: Path) -> None:
    rows = [chat("q1", "a"), {"messages": [{"role": "user", "content": [{"type": [], "text": "x"}]}]}]
    read = list(
        read_conversations(open_source(write_lines(tmp_path, [*rows, chat("q3", "a")])), name="openai_chat")
    )
    assert [isinstance(each, Refusal) for each in sorted(read, key=lambda each: each.position.line or 0)] == [
        False,
        True,
        False,
    ]


@pytest.mark.django_db
def test_what_trips_the_database_up_is_stored_mended_or_refused_alone(
    project: Project, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [call('{"code": "\\u0000"}'), chat("fine", "a"), call('["\\ud800"]')])
    done = run_import(job_id=open_import(project=project, paths=[path]).pk)
    assert done is not None
    assert (done.state, done.result["imported"]) == (Job.State.SUCCEEDED, 3)


@pytest.mark.django_db
def test_ranks_of_any_size_and_measures_with_long_names_are_stored(project: Project, tmp_path: Path) -> None:
    ranks = [{"value": f"response_{n}", "rank": rank} for n, rank in ((1, -1), (2, 10**30), (3, 7))]
    long = {f"{'long ' * 40}{end}": [{"value": 3, "user_id": "u"}] for end in ("one", "two")}
    record = argilla_record(
        fields={"prompt": "q", "response_1": "a", "response_2": "b", "response_3": "c"},
        responses={"order": [{"value": ranks, "user_id": "u"}], **long},
    )
    done = run_import(job_id=open_import(project=project, paths=[write_lines(tmp_path, [record])]).pk)
    assert done is not None
    assert done.state == Job.State.SUCCEEDED
    assert sorted(RankedResponse.objects.values_list("rank", flat=True)) == [0, 1, 2]
    assert Scorer.objects.filter(name__startswith="argilla: long").count() == 2


@pytest.mark.django_db
def test_a_preview_of_what_nobody_foresaw_says_so(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_given: object, **_how: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("curation.queries.importers.previews.read_conversations", read)
    path = write_lines(tmp_path, [chat("q", "a")])
    batch = ImportBatch(project=project, files=[{"path": str(path), "name": "chats.jsonl"}])
    assert "not foreseen" in preview_of(batch, asked=Reading()).problem
