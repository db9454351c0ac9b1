"""Files in other packings: Zstandard, ZIP and Parquet, the honest and the hostile."""

import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.archives import points_outside
from curation.domain.importers.parquet_reading import BATCH_ROWS, as_json, parquet_columns
from curation.domain.importers.reading import Limits, SourceError, members_of, open_source
from curation.importers import detect_format
from tests.curation.import_files import chat, imported, sources_in, spoken, write, write_lines

LINE = json.dumps(chat("a question", "an answer")) + "\n"
BOMB_LIMITS = Limits(packed_ratio=50, ratio_from_bytes=1 << 20)


def refused_sentence(path: Path, **options) -> str:
    with pytest.raises(SourceError) as error:
        open_source(path, **options)
    return str(error.value)


# Zstandard ------------------------------------------------------------------------------------------


def zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_zstandard_file_reads_like_the_plain_one(tmp_path, encoding):
    path = write(tmp_path, zst((LINE * 3).encode(encoding)), name="chats.jsonl.zst")
    conversations, refusals = imported(path, format_name="openai_chat")
    assert len(conversations) == 3
    assert not refusals


def test_frames_in_a_row_are_one_file(tmp_path):
    path = write(tmp_path, zst(LINE.encode()) + zst(LINE.encode()), name="chats.zst")
    assert len(imported(path, format_name="openai_chat")[0]) == 2


def test_a_zstandard_bomb_is_refused_at_the_door(tmp_path):
    assert "Zstandard bomb" in refused_sentence(write(tmp_path, zst(bytes(64 << 20))), limits=BOMB_LIMITS)


def test_a_cut_zstandard_file_keeps_what_came_before_the_cut(tmp_path):
    whole = write_lines(tmp_path, [chat(f"question {n * 7919 % 10007} of many") for n in range(60_000)])
    path = write(tmp_path, zst(whole.read_bytes())[:-2000], name="cut.jsonl.zst")
    conversations, refusals = imported(path, format_name="openai_chat")
    assert 1000 < len(conversations) < 60_000
    assert refusals[-1].reason is RefusalReason.BROKEN_ARCHIVE


def test_a_damaged_zstandard_file_says_so(tmp_path):
    assert "damaged" in refused_sentence(write(tmp_path, zst(LINE.encode())[:8] + b"\xff" * 50))


# ZIP ------------------------------------------------------------------------------------------------


def zipped(folder: Path, members: dict[str, bytes | str], *, name: str = "logs.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def test_each_file_of_an_archive_is_a_source_of_its_own(tmp_path):
    path = zipped(tmp_path, {"a/one.jsonl": LINE, "two.csv": "prompt,response\nHow is it?,It is so.\n"})
    assert [(each.name, detect_format(each).name) for each in sources_in(path)] == [
        ("logs.zip/a/one.jsonl", "openai_chat"),
        ("logs.zip/two.csv", "csv"),
    ]


def test_notes_hidden_files_and_folders_of_an_archive_are_passed_over(tmp_path):
    asides = {"__MACOSX/._one.jsonl": "x", ".DS_Store": "x", "data/": "", "README.md": "x", "LICENSE": "x"}
    assert [
        each.member and each.member.name
        for each in sources_in(zipped(tmp_path, {**asides, "one.jsonl": LINE}))
    ] == ["one.jsonl"]


@pytest.mark.parametrize(
    "name", ["../up.jsonl", "/etc/up.jsonl", "a/../../up.jsonl", "C:/up.jsonl", "..\\up.jsonl"]
)
def test_an_archive_with_a_name_that_points_outside_is_not_read_at_all(tmp_path, name):
    sentence = refused_sentence(zipped(tmp_path, {"fine.jsonl": LINE, name: LINE}))
    assert "points outside the archive" in sentence
    assert sorted(each.name for each in tmp_path.iterdir()) == ["logs.zip"]


def test_what_points_outside_is_told_from_dots_in_names():
    assert [points_outside(name) for name in ("a..b/c.jsonl", "...", "a/..", "a\x00b")] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("inner", ["more.zip", "logs.tar.gz", "deep/chats.jsonl.gz", "x.7z"])
def test_an_archive_in_an_archive_is_refused(tmp_path, inner):
    assert "archives in archives are not read" in refused_sentence(zipped(tmp_path, {inner: b"PK"}))


def test_a_packed_file_behind_a_harmless_name_is_refused_as_well(tmp_path):
    assert "packed twice" in refused_sentence(zipped(tmp_path, {"chats.jsonl": zst(LINE.encode())}))


def test_an_archive_without_records_says_so(tmp_path):
    assert "holds no file with records" in refused_sentence(zipped(tmp_path, {"README.md": "x"}))


def test_an_archive_of_too_many_files_is_refused(tmp_path):
    path = zipped(tmp_path, {f"{n}.jsonl": LINE for n in range(4)})
    with pytest.raises(SourceError, match="holds 4 files"):
        members_of(path, limits=Limits(members=3))


def test_a_bomb_in_an_archive_is_refused(tmp_path):
    assert "ZIP bomb" in refused_sentence(
        zipped(tmp_path, {"big.jsonl": bytes(32 << 20)}), limits=BOMB_LIMITS
    )


def test_a_damaged_member_breaks_off_with_a_sentence(tmp_path):
    path = zipped(tmp_path, {"one.jsonl": LINE * 5000})
    content = bytearray(path.read_bytes())
    content[200:260] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged"):
        open_source(path)


def test_a_locked_archive_asks_for_one_without_a_password(tmp_path):
    path = zipped(tmp_path, {"one.jsonl": LINE})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "locked with a password" in refused_sentence(path)


# Parquet --------------------------------------------------------------------------------------------


def parquet(folder: Path, columns: dict[str, list], *, name: str = "rows.parquet", **options) -> Path:
    pq.write_table(pa.table(columns), folder / name, **options)
    return folder / name


def test_the_importers_of_json_read_parquet_as_well(tmp_path):
    path = parquet(tmp_path, {"messages": [chat(f"q{n}", "a")["messages"] for n in range(BATCH_ROWS + 3)]})
    assert detect_format(path).name == "openai_chat"
    conversations, refusals = imported(path, format_name="openai_chat")
    assert [spoken(each)[0][1] for each in conversations] == [f"q{n}" for n in range(BATCH_ROWS + 3)]
    assert conversations[-1].position.record == BATCH_ROWS + 3
    assert not refusals


def test_a_row_that_does_not_fit_is_refused_alone(tmp_path):
    messages = [chat("q", "a")["messages"], [], chat("q2", "a")["messages"]]
    conversations, refusals = imported(parquet(tmp_path, {"messages": messages}), format_name="openai_chat")
    assert [each.position.record for each in conversations] == [1, 3]
    assert [(each.position.record, each.reason) for each in refusals] == [(2, RefusalReason.NO_MESSAGES)]


def test_text_that_is_no_utf_8_is_refused_with_its_row(tmp_path):
    texts = pa.array([b"fine", b"\xff\xfe", b"good"], pa.binary()).cast(pa.large_binary())
    column = pa.Array.from_buffers(pa.large_string(), 3, texts.buffers())
    pq.write_table(pa.table({"prompt": column, "response": ["a", "b", "c"]}), tmp_path / "rows.parquet")
    conversations, refusals = imported(tmp_path / "rows.parquet", format_name="rows")
    assert len(conversations) == 2
    assert [each.reason for each in refusals] == [RefusalReason.NOT_UTF8]


def test_a_row_beyond_the_limit_is_refused_alone(tmp_path):
    path = parquet(tmp_path, {"prompt": ["short one", "x" * 5000], "response": ["a", "b"]})
    conversations, refusals = imported(path, format_name="rows", limits=Limits(record_bytes=2000))
    assert (len(conversations), [each.reason for each in refusals]) == (1, [RefusalReason.TOO_LARGE])


def test_a_schema_that_nothing_fits_names_its_columns_and_types(tmp_path):
    path = parquet(tmp_path, {"embedding": [[0.1, 0.2]], "meta": [{"n": 1}]})
    with pytest.raises(Exception, match=r"embedding \(list<element: double>\), meta \(struct<n: int64>\)"):
        detect_format(path)


def test_a_damaged_parquet_file_says_so(tmp_path):
    path = parquet(tmp_path, {"prompt": ["a"], "response": ["b"]})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="damaged or cut"):
        parquet_columns(open_source(path))


def test_a_parquet_bomb_is_not_read(tmp_path):
    path = parquet(
        tmp_path,
        {"prompt": ["x" * 1000] * 20_000, "response": ["y"] * 20_000},
        use_dictionary=False,
        compression="zstd",
    )
    with pytest.raises(SourceError, match="expands to 19"):
        parquet_columns(open_source(path, limits=BOMB_LIMITS))


def test_parquet_in_an_archive_is_read(tmp_path):
    content = parquet(tmp_path, {"prompt": ["How is it?"], "response": ["It is so."]}).read_bytes()
    path = zipped(tmp_path, {"rows.parquet": content})
    assert len(imported(path, format_name="rows")[0]) == 1


def test_cells_become_json():
    moment = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    cells = [moment, float("nan"), Decimal("1.5"), b"\x00\xff", {"a": [float("inf")]}, None, True]
    assert [as_json(cell) for cell in cells] == [
        "2024-05-01T12:30:00+00:00",
        None,
        1.5,
        "AP8=",
        {"a": [None]},
        None,
        True,
    ]
