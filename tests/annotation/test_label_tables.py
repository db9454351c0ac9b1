import gzip
from pathlib import Path

import pytest

from annotation.domain.label_tables import (
    LabelTableError,
    missing_reason,
    number_in,
    parse_coding,
    read_columns,
)
from curation.domain.errors import HarkenError

LABELS = ("item", "annotator", "label")


def written(folder: Path, content: str | bytes, *, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("NaN", "NaN"),
        ("n/a", "N/A"),
        ("N/A (the image did not load)", "the image did not load"),
        ("N/A: skipped", "skipped"),
        ("NA - slept", "slept"),
        ("N/A ()", "N/A"),
    ],
)
def test_a_gap_keeps_its_reason(cell: str, reason: str) -> None:
    assert missing_reason(cell) == reason


@pytest.mark.parametrize("cell", ["0", "none", "nano", "a", "-", "navy", "NA-East", "na-tive"])
def test_a_value_is_no_gap_unless_somebody_says_so(cell: str) -> None:
    assert missing_reason(cell) is None
    assert missing_reason(cell, also=[cell]) == cell


@pytest.mark.parametrize(
    "content",
    [
        "item,annotator,label\n1,x,a\n",
        "\ufeffItem; Annotator ;LABEL\r\n1; x ;a\r\n",
        "note\titem\tannotator\tlabel\nhm\t1\tx\ta\n",
    ],
)
def test_columns_are_found_whatever_the_delimiter_case_and_mark(tmp_path: Path, content: str) -> None:
    table = read_columns(written(tmp_path, content), required=LABELS)
    assert [table[name][0] for name in LABELS] == ["1", "x", "a"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_unicode_of_any_kind_is_read(tmp_path: Path, encoding: str) -> None:
    content = "item,annotator,label\nfrage,jürgen,schön\n".encode(encoding)
    table = read_columns(written(tmp_path, content), required=LABELS)
    assert table["label"] == ["schön"]


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"item,annotator,label\n1,x,a\n"), name="labels.csv.gz")
    assert len(read_columns(path, required=LABELS)) == 1


def test_another_encoding_is_asked_for_and_then_read(tmp_path: Path) -> None:
    path = written(tmp_path, "item,annotator,label\n1,jürgen,schön\n2,jürgen,häßlich\n".encode("cp1252"))
    with pytest.raises(LabelTableError, match=r"not UTF-8 text.*--encoding"):
        read_columns(path, required=LABELS)
    assert read_columns(path, required=LABELS, encoding="cp1252")["label"][0] == "schön"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty. It needs a header line with item, annotator, label"),
        ("item,annotator,label\n", "has a header and no row below it"),
        ("item,who,label\n1,x,a\n", "has no column annotator. Its first line names: item, who, label"),
        ("item,label,annotator,label\n1,a,x,b\n", "has the column label twice"),
        ("item,annotator,label\n1,x\n", "line 2: This row has 2 cells"),
        ('item,annotator,label\n1,x,"a\n', "line 2: This row cannot be read as CSV"),
        (b"item,annotator,label\n1,x,\xff\n", "line 2: this line is not UTF-8 text"),
        (b"SQLite format 3\x00", "is an SQLite database"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(HarkenError) as refused:
        read_columns(written(tmp_path, content), required=LABELS)
    assert sentence in str(refused.value)


def test_text_among_numbers_names_its_line(tmp_path: Path) -> None:
    table = read_columns(
        written(tmp_path, "item,rating\n1,4\n2,NaN\n3,N/A (slept)\n4,four\n"), required=["rating"]
    )
    with pytest.raises(LabelTableError, match="line 5: rating is 'four', which is no number"):
        table.numbers("rating")
    numbers = table.numbers("rating", also_missing=["four"])
    assert numbers.values == [4.0, None, None, None]
    assert numbers.missing == {"NaN": 1, "slept": 1, "four": 1}


def test_a_coding_is_said_by_a_person_and_never_guessed(tmp_path: Path) -> None:
    table = read_columns(written(tmp_path, "choice\n1\n0\n"), required=["choice"])
    with pytest.raises(LabelTableError, match="line 2: choice is '1', which means nothing here"):
        table.choices("choice", coding={"a": "a", "b": "b", "tie": "tie"})
    coding = parse_coding("1=a, 2=b, 0=tie", allowed=("a", "b", "tie"))
    assert table.choices("choice", coding=coding).values == ["a", "tie"]


@pytest.mark.parametrize("cell", ["1_000", "inf", "nan", "3,5", "", "0x10"])
def test_what_only_looks_like_a_number_is_none(cell: str) -> None:
    assert number_in(cell) is None


@pytest.mark.parametrize("text", ["1", "1=c", "=a"])
def test_a_coding_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(LabelTableError, match="cannot be read"):
        parse_coding(text, allowed=("a", "b", "tie"))
