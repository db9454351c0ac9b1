"""Files as they come: packed, marked, standing in for others, or no files at all."""

import gzip

import pytest

from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.reading import Limits, SourceError, open_source, split_lines
from tests.curation.import_files import chat, imported, spoken, write, write_lines

LINE = '{"messages": [{"role": "user", "content": "Grüße"}]}\n'


def refused_sentence(path, **options) -> str:
    with pytest.raises(SourceError) as error:
        open_source(path, **options)
    return str(error.value)


def test_a_missing_file_is_named(tmp_path):
    assert "no file" in refused_sentence(tmp_path / "absent.jsonl")


def test_a_folder_is_no_file(tmp_path):
    assert "is a folder" in refused_sentence(tmp_path)


@pytest.mark.parametrize("content", [b"", b" \n\n", gzip.compress(b"")])
def test_an_empty_file_says_so(tmp_path, content):
    assert "is empty" in refused_sentence(write(tmp_path, content))


POINTER = b"version https://git-lfs.example/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize("content", [POINTER, gzip.compress(POINTER)])
def test_a_git_lfs_pointer_names_the_command_that_helps(tmp_path, content):
    assert "git lfs pull" in refused_sentence(write(tmp_path, content))


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PK\x03\x04", "ZIP"), (b"\xfd7zXZ\x00", "xz"), (b"%PDF-1", "PDF"), (b"Rar!", "RAR")],
)
def test_another_kind_of_file_is_named(tmp_path, start, kind):
    assert kind in refused_sentence(write(tmp_path, start + b"rest of the file"))


def test_the_name_that_people_know_is_the_one_they_read(tmp_path):
    assert refused_sentence(write(tmp_path, b""), name="upload.jsonl").startswith("upload.jsonl is empty")


def test_binary_content_is_told_from_text(tmp_path):
    assert "binary" in refused_sentence(write(tmp_path, bytes(500) + b"text"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path, encoding):
    conversations, refusals = imported(write(tmp_path, LINE.encode(encoding)), format_name="openai_chat")
    assert [spoken(each) for each in conversations] == [[("user", "Grüße")]]
    assert not refusals


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_gzip_file_reads_like_the_plain_one(tmp_path, encoding):
    path = write(tmp_path, gzip.compress((LINE * 3).encode(encoding)), name="chats.jsonl.gz")
    assert len(imported(path, format_name="openai_chat")[0]) == 3


BOMB_LIMITS = Limits(packed_ratio=50, ratio_from_bytes=1 << 20)


def test_a_gzip_file_that_is_damaged_from_its_start_is_not_called_empty(tmp_path):
    path = write(tmp_path, gzip.compress(LINE.encode())[:10] + b"garbage", name="chats.jsonl.gz")
    assert "damaged" in refused_sentence(path)


def test_a_gzip_bomb_is_refused_at_the_door(tmp_path):
    path = write(tmp_path, gzip.compress(b"0" * (8 << 20)))
    assert "gzip bomb" in refused_sentence(path, limits=BOMB_LIMITS)


def test_a_gzip_file_beyond_the_size_limit_is_refused(tmp_path):
    path = write(tmp_path, gzip.compress(LINE.encode() * 1000))
    assert "expands to more than" in refused_sentence(path, limits=Limits(expanded_bytes=1000))


def test_a_bomb_behind_honest_lines_keeps_those(tmp_path):
    honest = b"".join(
        write_lines(tmp_path, [chat(f"{n * 7919 % 10007}") for n in range(20_000)]).read_bytes() for _ in "ab"
    )
    path = write(tmp_path, gzip.compress(honest + b"0" * (64 << 20)), name="late.gz")
    conversations, refusals = imported(path, format_name="openai_chat", limits=BOMB_LIMITS)
    assert len(conversations) == 40_000
    assert [each.reason for each in refusals] == [RefusalReason.BROKEN_ARCHIVE]


def test_a_cut_gzip_file_keeps_what_came_before_the_cut(tmp_path):
    whole = write_lines(tmp_path, [chat(f"question {n * 7919}") for n in range(5000)])
    path = write(tmp_path, gzip.compress(whole.read_bytes())[:-2000], name="cut.jsonl.gz")
    conversations, refusals = imported(path, format_name="openai_chat")
    assert 1000 < len(conversations) < 5000
    assert refusals[-1].reason is RefusalReason.BROKEN_ARCHIVE


def test_bytes_read_reach_the_size_of_the_file(tmp_path):
    source = open_source(write(tmp_path, gzip.compress(LINE.encode() * 100)))
    assert list(source.chunks())
    assert source.bytes_read.count == source.size


def test_a_line_over_the_cap_is_skipped_alone():
    lines = list(split_lines([b"one\ntw", b"o" * 50, b"o\nthree"], cap=10))
    assert [(line.number, line.content) for line in lines] == [(1, b"one"), (2, None), (3, b"three")]


def test_a_line_that_grows_without_end_is_not_kept():
    lines = split_lines((b"x" * 1000 for _ in range(1000)), cap=10)
    assert [(line.content, line.size) for line in lines] == [(None, 1_000_000)]
