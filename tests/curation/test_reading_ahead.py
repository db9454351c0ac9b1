"""A large file is read by a process of its own, and nothing tells but the speed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from curation.domain.importers.reading import SourceError, open_source
from curation.services.importers import reading_ahead, reading_process
from curation.services.importers.chunks import Reading, prepared_chunks
from curation.services.importers.reading_ahead import ReaderLostError, chunks_read_ahead
from tests.curation.import_files import chat, write_lines


@pytest.fixture(autouse=True)
def any_size_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small files be read by a process too."""
    monkeypatch.setattr(reading_ahead, "WORTH_A_PROCESS", 0)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Ten chats in chunks of four."""
    path = write_lines(tmp_path, [chat(f"question {number}", "answer") for number in range(10)])
    return Reading(
        source=open_source(path),
        format_name="openai_chat",
        mapping=None,
        done=0,
        records_per_chunk=4,
        characters_per_chunk=10_000,
    )


def hashes(chunks) -> list[list[str]]:
    return [[each.content_hash for each in chunk.conversations] for chunk in chunks]


def test_the_process_reads_what_this_one_would(reading: Reading):
    there = list(chunks_read_ahead(reading))
    assert [chunk.record_count for chunk in there] == [4, 4, 2]
    assert hashes(there) == hashes(prepared_chunks(reading))
    assert there[-1].bytes_read == reading.source.size


def test_reading_goes_on_behind_what_is_done(reading: Reading):
    assert hashes(chunks_read_ahead(replace(reading, done=8))) == [hashes(prepared_chunks(reading))[2]]


def test_an_error_there_is_raised_here(reading: Reading, tmp_path: Path):
    table = write_lines(tmp_path, [{"colour": "red"}] * 3, name="table.jsonl")
    unreadable = replace(reading, source=open_source(table), format_name="csv")
    with pytest.raises(SourceError):
        list(chunks_read_ahead(unreadable))


def readers() -> list[psutil.Process]:
    mine = psutil.Process().children()
    return [each for each in mine if reading_process.__name__ in each.cmdline()]


def test_a_reader_that_is_killed_is_told_in_a_sentence(reading: Reading, tmp_path: Path):
    # More than the pipe holds, so that the reader is still at work.
    long = write_lines(tmp_path, [chat("word " * 10_000, str(number)) for number in range(200)])
    chunks = chunks_read_ahead(replace(reading, source=open_source(long), records_per_chunk=1))
    next(chunks)
    for reader in readers():
        reader.kill()
    with pytest.raises(ReaderLostError, match=r"was ended, for want of memory perhaps\. Resume the import\."):
        list(chunks)


def test_a_caller_that_stops_leaves_no_reader_behind(reading: Reading):
    chunks = chunks_read_ahead(reading)
    next(chunks)
    chunks.close()
    assert readers() == []


def test_the_reader_loads_neither_django_nor_a_model():
    asked = "import sys, curation.services.importers.reading_process; print({'django', 'torch'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
