"""Export, import, export: the second file is the first, byte for byte, for what a format can carry."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.domain.corpus.records import Refusal
from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord
from curation.domain.exporters.row_shapes import plain_prompt
from curation.domain.importers.named_prompts import prompt_turns
from curation.domain.importers.reading import open_source
from curation.exporters import EXPORTERS, load_exporter
from curation.importers import detect_format, read_conversations
from tests.curation.dataset_rows import (
    BAD_ALONE,
    EVERY_KIND,
    RATED,
    ROW,
    TOOLS,
    asked,
    drawn_rows,
    list_rows,
    said,
    texts,
)
from tests.curation.returned_rows import rows_of

# Exporter → the importer that recognises what it writes.
READ_BY = {
    "trl_preference": "trl_preference",
    "trl_preference_text": "trl_preference",
    "trl_unpaired": "trl_unpaired",
    "trl_unpaired_text": "trl_unpaired",
    "trl_prompt_completion": "trl_prompt_completion",
    "trl_prompt_completion_text": "trl_prompt_completion",
    "trl_prompt_only": "trl_prompt_completion",
    "trl_prompt_only_text": "trl_prompt_completion",
    "trl_triples": "trl_preference",
    "openai_chat": "openai_chat",
    "openai_dpo": "openai_preference",
    "sharegpt": "sharegpt",
    "ranked_lists": "ranked_lists",
    "pro": "ranked_lists",
    "knowpat": "ranked_lists",
    "tree_lists": "ranked_lists",
    "scored_responses": "ranked_lists",
    "negatives": "trl_unpaired",
    "joint_pairs": "joint_pairs",
    "judgements": "alpaca",
    "helpsteer2": "helpsteer2",
    "steerlm": "steerlm",
}
LISTS = ("ranked_lists", "pro", "knowpat", "tree_lists")
# An archive of several files is unpacked first, no importer keeps single steps, and a table holds more than comes back.
NOT_READ = {"table", "llama_factory", "stepwise"}
FILES = [(name, ending) for name in READ_BY for ending in load_exporter(name).endings]


def attributes_of(rows: Iterable[DatasetRowRecord]) -> list[DatasetRowRecord]:
    about = {"chosen_about": (5.0, 2.5), "rejected_about": (1.0, 0.0)}
    return [
        replace(
            row,
            **{
                side: SideRecord(
                    attributes={"helpfulness": first, "verbosity": second},
                    scores={"reward": first},
                    judgement="It falls short.",
                )
                for side, (first, second) in about.items()
            },
        )
        for row in rows
    ]


def exported(folder: Path, name: str, rows: Iterable[DatasetRowRecord], *, ending: str) -> Path:
    path = folder / f"rows{ending}"
    assert load_exporter(name).write(rows, path=path).rows
    return path


def returned(path: Path) -> list[Any]:
    source = open_source(path)
    read = list(read_conversations(source, name=detect_format(source).name))
    assert not [each for each in read if isinstance(each, Refusal)], read
    return read


def test_every_exporter_is_read_back_or_named_as_one_that_is_not():
    assert set(READ_BY) | NOT_READ == set(EXPORTERS)


@pytest.mark.parametrize(("name", "ending"), FILES)
def test_what_is_written_is_recognised_by_its_importer(tmp_path, name, ending):
    path = exported(tmp_path, name, [*list_rows(), RATED, BAD_ALONE], ending=ending)
    assert detect_format(path).name == READ_BY[name]


@pytest.mark.parametrize(("name", "ending"), [file for file in FILES if file[0] != "trl_triples"])
@given(rows=drawn_rows())
@settings(max_examples=15, deadline=None)
def test_drawn_pairs_come_back_byte_for_byte(name, ending, rows):
    with TemporaryDirectory() as folder:
        first = exported(Path(folder), name, attributes_of(rows), ending=ending)
        again = exported(Path(folder, "again"), name, rows_of(returned(first)), ending=ending)
        assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize(
    ("name", "ending"),
    [file for file in FILES if file[0] in {*LISTS, "trl_triples"}],
)
@given(answers=st.lists(texts, min_size=3, max_size=5, unique_by=lambda text: text.strip()))
@settings(max_examples=15, deadline=None)
def test_drawn_lists_come_back_byte_for_byte(name, ending, answers):
    with TemporaryDirectory() as folder:
        first = exported(Path(folder), name, list_rows(tuple(answers)), ending=ending)
        again = exported(Path(folder, "again"), name, rows_of(returned(first)), ending=ending)
        assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("name", ["openai_chat", "sharegpt", "openai_dpo"])
def test_tool_calls_come_back_byte_for_byte(tmp_path, name):
    first = exported(tmp_path, name, [TOOLS], ending=".jsonl")
    again = exported(tmp_path / "again", name, rows_of(returned(first)), ending=".jsonl")
    assert b"look_up" in first.read_bytes()
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("ending", load_exporter("table").endings)
def test_rows_of_every_kind_come_back_from_the_table(tmp_path, ending):
    path = exported(tmp_path, "table", EVERY_KIND, ending=ending)
    assert detect_format(path).name == "harken_table"
    told = [
        (row.prompt, row.chosen, row.rejected, row.rejected_prompt, row.is_tie, row.decided_by, row.split)
        for row in EVERY_KIND
    ]
    back = [
        (row.prompt, row.chosen, row.rejected, row.rejected_prompt, row.is_tie, row.decided_by, row.split)
        for row in rows_of(returned(path))
    ]
    assert back == told


def test_what_is_known_of_the_sides_comes_back_from_the_table(tmp_path):
    (read,) = returned(exported(tmp_path, "table", [RATED], ending=".csv"))
    chosen, rejected = read.reply_groups[0].replies
    assert (chosen.model, rejected.model) == ("model-a", "model-b")
    assert chosen.ratings == {
        **RATED.chosen_about.attributes,
        **RATED.chosen_about.scores,
    }
    assert read.reply_groups[0].strength == 2


def test_joint_pairs_come_back_byte_for_byte(tmp_path):
    rows = [replace(ROW, id=f"j{n}", rejected_prompt=asked(*"abc"[:n]), rejected=said("No.")) for n in (1, 3)]
    first = exported(tmp_path, "joint_pairs", rows, ending=".jsonl")
    again = exported(tmp_path / "again", "joint_pairs", rows_of(returned(first)), ending=".jsonl")
    assert again.read_bytes() == first.read_bytes()


def test_every_file_of_the_llama_factory_archive_is_read(tmp_path):
    with ZipFile(exported(tmp_path, "llama_factory", [*list_rows(), RATED], ending=".zip")) as archive:
        archive.extractall(tmp_path)
    names = {path.name.split("_")[1]: detect_format(path).name for path in tmp_path.glob("*.jsonl")}
    assert names == {"dpo": "sharegpt_preference", "kto": "sharegpt_preference", "sft": "sharegpt"}
    assert all(returned(path) for path in tmp_path.glob("*.jsonl"))


@given(st.lists(texts, min_size=1, max_size=5))
def test_a_prompt_as_text_is_the_same_text_again(words):
    written = plain_prompt(asked(*words))
    read = prompt_turns(written)
    assert plain_prompt(asked(*(message.text for message in read))) == written


@given(st.text("Usr:Ast \n", max_size=40) | texts)
def test_any_text_is_a_prompt_that_is_written_alike(text):
    read = prompt_turns(text)
    names = {"system": "System", "user": "User", "assistant": "Assistant"}
    turns = "".join(f"{names[message.role]}: {message.text}\n\n" for message in read) + "Assistant:"
    assert text == (read[0].text if len(read) == 1 else turns)
