"""Any bytes at all: a file is read, refused in part, or refused with a sentence, and never ends in an error of ours."""

import gzip
import json
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.domain.corpus.records import Refusal
from curation.domain.errors import HarkenError
from curation.domain.importers.encoding_doubt import encoding_doubt
from curation.domain.importers.reading import Source
from curation.importers import detect_format, possible_formats, read_conversations
from tests.curation.import_files import chat, sources_in

LINES = "".join(json.dumps(chat(f"question {n}", "answer")) + "\n" for n in range(5)).encode()


def zipped(content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chats.jsonl", content)
    return packed.getvalue()


def parquet() -> bytes:
    packed = BytesIO()
    pq.write_table(pa.table({"prompt": ["What is it?"] * 9, "response": ["It is a bird."] * 9}), packed)
    return packed.getvalue()


WHOLE = [
    LINES,
    gzip.compress(LINES),
    zstandard.compress(LINES),
    zipped(LINES),
    parquet(),
    b"prompt,response\na b c,d e f\n",
]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A good file of some kind with bytes changed, cut out or put in."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 20))] = draw(st.binary(max_size=20))
    return bytes(content)


def sentences_about(content: bytes) -> list[str]:
    """Read everything of a file that can be read and return what is said of the rest."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "some.file"
        path.write_bytes(content)
        try:
            return [sentence for source in sources_in(path) for sentence in refusals_in(source)]
        except HarkenError as error:
            return [str(error)]


def refusals_in(source: Source) -> list[str]:
    encoding_doubt(source)
    possible_formats(source)
    records = read_conversations(source, name=detect_format(source).name)
    return [record.sentence for record in records if isinstance(record, Refusal)]


@settings(max_examples=150, deadline=None)
@given(damaged_files())
def test_a_damaged_file_is_read_or_refused_in_sentences(content: bytes) -> None:
    assert all(sentence.endswith(".") for sentence in sentences_about(content))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_sentences(content: bytes) -> None:
    assert all(sentence.endswith(".") for sentence in sentences_about(content))
