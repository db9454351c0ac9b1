"""What each format makes of rows, and what it leaves out."""

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from curation.domain.corpus.records import AttachmentPart, TextPart
from curation.domain.exporters.dataset_rows import DatasetRowRecord, ExportError, SideRecord, Turn
from curation.domain.exporters.exporting import ExportOptions, ExportResult
from curation.domain.importers.record_files import guarded, unguarded
from curation.exporters import EXPORTERS, load_exporter
from tests.curation.dataset_rows import (
    BAD_ALONE,
    EVERY_KIND,
    GOOD_ALONE,
    JOINT,
    RATED,
    ROW,
    TIE,
    TOOLS,
    asked,
    list_rows,
    many_rows,
    said,
)

EVERY_FILE = [(name, ending) for name in EXPORTERS for ending in load_exporter(name).endings]


def export(
    folder: Path,
    format_name: str,
    rows: Iterable[DatasetRowRecord],
    *,
    ending: str = ".jsonl",
    **options: Any,
) -> ExportResult:
    return load_exporter(format_name).write(
        rows, path=folder / f"rows{ending}", options=ExportOptions(**options)
    )


def written(
    folder: Path, format_name: str, rows: Iterable[DatasetRowRecord], **options: Any
) -> list[dict[str, Any]]:
    export(folder, format_name, rows, **options)
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "ending"), EVERY_FILE)
def test_every_format_takes_rows_of_every_kind_and_writes_equal_bytes(
    tmp_path: Path, name: str, ending: str
) -> None:
    rows = [*EVERY_KIND, *list_rows()]
    first = export(tmp_path / "a", name, rows, ending=ending)
    second = export(tmp_path / "b", name, rows, ending=ending)
    assert first == second
    assert first.read == len(rows)
    assert first.rows > 0


@pytest.mark.parametrize(("name", "ending"), EVERY_FILE)
def test_no_rows_give_a_file_that_is_whole(tmp_path: Path, name: str, ending: str) -> None:
    assert export(tmp_path, name, [], ending=ending).rows == 0


# Left out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (TIE, "tie"),
        (GOOD_ALONE, "no_rejected"),
        (BAD_ALONE, "no_chosen"),
        (JOINT, "two_prompts"),
        (TOOLS, "tools"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_a_pair_of_text_leaves_out_what_is_none_with_the_reason(
    tmp_path: Path, row: DatasetRowRecord, reason: str
) -> None:
    result = export(tmp_path, "trl_preference", [ROW, row])
    assert (result.rows, dict(result.left_out)) == (1, {reason: 1})


def test_an_answer_of_several_messages_is_no_string(tmp_path: Path) -> None:
    long = replace(ROW, chosen=(*said("First."), *said("Then.")))
    assert dict(export(tmp_path, "trl_preference_text", [long]).left_out) == {"several_turns": 1}


# Text -----------------------------------------------------------------------------------------------


def test_a_question_is_its_own_words_and_a_conversation_names_its_turns(tmp_path: Path) -> None:
    short = replace(ROW, prompt=asked("Why?"))
    prompts = [record["prompt"] for record in written(tmp_path, "trl_prompt_only_text", [short, ROW])]
    assert prompts == ["Why?", "System: Be brief.\n\nUser: Why is the sky blue?\n\nAssistant:"]


@given(st.text(st.characters(codec="utf-8"), max_size=8))
def test_a_guarded_cell_gives_its_text_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.sampled_from("=+-@\t\r\n'＝＋－＠"), st.text(max_size=5))
def test_no_cell_begins_like_a_formula(sign: str, text: str) -> None:
    assert guarded(sign + text).startswith("'")


def test_a_spreadsheet_runs_no_cell_of_an_export(tmp_path: Path) -> None:
    formula = replace(ROW, prompt=asked('=HYPERLINK("x")'), chosen=said("@SUM(A1)"), rejected=said("-1+1"))
    export(tmp_path, "trl_preference_text", [formula], ending=".csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        (record,) = csv.DictReader(file)
    assert [record[name] for name in ("prompt", "chosen", "rejected")] == [
        '\'=HYPERLINK("x")',
        "'@SUM(A1)",
        "'-1+1",
    ]


# Answers with labels --------------------------------------------------------------------------------


def test_labels_alternate_and_the_two_answers_of_a_pair_stand_apart(tmp_path: Path) -> None:
    records = written(tmp_path, "trl_unpaired", many_rows(200))
    labels = [record["label"] for record in records]
    assert labels == [True, False] * 200
    beside = sum(one["id"] == other["id"] for one, other in pairwise(records))
    assert beside < 10


def test_uneven_labels_are_spread_over_the_file(tmp_path: Path) -> None:
    rows = [*many_rows(10), *(replace(GOOD_ALONE, id=f"g{n}", conversation_id=f"g{n}") for n in range(80))]
    labels = [record["label"] for record in written(tmp_path, "trl_unpaired", rows)]
    assert all(not all(labels[start : start + 20]) for start in range(0, 100, 20))


def test_answers_of_one_label_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"Every answer to train on is good.*another format"):
        export(tmp_path, "trl_unpaired", [GOOD_ALONE])


def test_the_middle_of_a_list_is_neither_good_nor_bad(tmp_path: Path) -> None:
    labels = {
        record["completion"][0]["content"]: record["label"]
        for record in written(tmp_path, "trl_unpaired", list_rows())
    }
    assert labels == {"best": True, "poor": False}


def test_the_best_answer_of_a_list_is_written_once(tmp_path: Path) -> None:
    records = written(tmp_path, "trl_prompt_completion_text", list_rows())
    assert [record["completion"] for record in records] == ["best"]


def test_bad_answers_alone_are_those_that_were_never_preferred(tmp_path: Path) -> None:
    records = written(tmp_path, "negatives", [*list_rows(), BAD_ALONE])
    assert [record["rejected"][0]["content"] for record in records] == ["poor", "Ink."]


# Lists ----------------------------------------------------------------------------------------------


def test_the_pairs_of_a_list_become_the_list_again(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "ranked_lists", list_rows(("a", "b", "c", "d"))[::-1])
    assert [(each["content"], each["rank"]) for each in record["responses"]] == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("d", 3),
    ]


def test_a_list_without_ranks_is_ordered_by_its_pairs(tmp_path: Path) -> None:
    rows = [
        replace(row, chosen_about=SideRecord(), rejected_about=SideRecord())
        for row in list_rows(("a", "b", "c"))
    ]
    (record,) = written(tmp_path, "knowpat", rows)
    assert (record["responses"], record["scores"]) == (["a", "b", "c"], [3, 2, 1])


def test_equal_ranks_tie(tmp_path: Path) -> None:
    first, second, third = list_rows()
    tied = [
        replace(first, rejected_about=replace(first.rejected_about, rank=0), is_tie=True),
        second,
        replace(third, chosen_about=replace(third.chosen_about, rank=0)),
    ]
    (record,) = written(tmp_path, "ranked_lists", tied)
    assert [each["rank"] for each in record["responses"]] == [0, 0, 1]


def test_pro_repeats_the_prompt_for_each_answer(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "pro", list_rows())
    assert record["prefix"] == [["<|prompter|>Which tea?", "<|assistant|>"]] * 3
    assert (record["suffix"], record["reward"]) == (["best", "good", "poor"], [3.0, 2.0, 1.0])


def test_the_steps_of_a_tree_join_to_the_answer(tmp_path: Path) -> None:
    rows = [RATED, replace(ROW, chosen=said("one\n\ntwo\nthree"), rejected=said("\n\nfour\n"))]
    for record, row in zip(written(tmp_path, "tree_lists", rows), rows, strict=True):
        joined = ["".join(each["response"]) for each in record["response_list"]]
        assert joined == [row.chosen[0].content, row.rejected[0].content]


def test_a_triple_takes_the_best_the_second_and_the_last(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "trl_triples", list_rows(("a", "b", "c", "d")))
    assert [record[name][0]["content"] for name in ("reference", "chosen", "rejected")] == ["a", "b", "d"]


def test_scores_are_of_one_name_that_all_answers_have(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "scored_responses", [RATED, ROW])
    assert (record["scores"], record["score_name"]) == ([1.5, -1.0], "reward")


# What is known of an answer -------------------------------------------------------------------------


def test_both_prompts_of_a_joint_pair_are_written(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "joint_pairs", [JOINT])
    assert record["rejected_prompt"] == "Why is grass green?"
    assert "sky" in record["chosen_prompt"]


def test_a_bad_answer_goes_with_its_judgement_and_a_good_one_without(tmp_path: Path) -> None:
    records = written(tmp_path, "judgements", [GOOD_ALONE, BAD_ALONE])
    assert [(record["judgment"], record["score"]) for record in records] == [
        (None, 10),
        ("It is not ink.", 1),
    ]


def test_attributes_are_columns_in_helpsteer2_and_a_string_in_steerlm(tmp_path: Path) -> None:
    record = written(tmp_path, "helpsteer2", [RATED])[0]
    assert (record["helpfulness"], record["coherence"], record["verbosity"]) == (4, 3.5, None)
    turns = written(tmp_path, "steerlm", [RATED])[0]["conversations"]
    assert turns[-1]["label"] == "coherence:3.5,correctness:4,helpfulness:4"


def test_labelled_steps_are_completions_with_labels(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "stepwise", [RATED])
    assert (record["completions"], record["labels"]) == (["2 + 2\n", "= 4"], [True, True])


def test_the_table_holds_every_row(tmp_path: Path) -> None:
    export(tmp_path, "table", EVERY_KIND, ending=".parquet")
    rows = parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    assert [row["id"] for row in rows] == [row.id for row in EVERY_KIND]
    assert "look_up" in rows[5]["prompt_messages"]


def test_the_table_as_csv_has_the_same_columns(tmp_path: Path) -> None:
    export(tmp_path, "table", EVERY_KIND, ending=".csv")
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    assert pyarrow.csv.read_csv(tmp_path / "rows.csv", parse_options=options).num_rows == len(EVERY_KIND)


# Chats ----------------------------------------------------------------------------------------------


def test_tool_calls_are_written_as_interfaces_take_them(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "openai_chat", [TOOLS])
    call, result = record["messages"][1:3]
    assert call["tool_calls"][0]["function"]["arguments"] == '{"city":"Würzburg","days":2}'
    assert result == {"role": "tool", "tool_call_id": "call_1", "content": "rain"}


def test_a_chat_for_an_upload_has_no_other_key(tmp_path: Path) -> None:
    assert [list(record) for record in written(tmp_path, "openai_chat", [ROW])] == [["messages"]]


IMAGE = Turn(
    "user",
    "What is this?",
    (TextPart(text="What is this?"), AttachmentPart(sha256="ab", media_type="image/png", name="a.png")),
)


def test_an_image_lies_inside_the_line(tmp_path: Path) -> None:
    rows = [replace(ROW, prompt=(IMAGE,))]
    (record,) = written(
        tmp_path, "openai_chat", rows, attachment=lambda sha256: b"bytes of " + sha256.encode()
    )
    assert record["messages"][0]["content"][1]["image_url"]["url"] == "data:image/png;base64,Ynl0ZXMgb2YgYWI="


def test_an_image_whose_bytes_are_gone_leaves_its_row_out(tmp_path: Path) -> None:
    assert dict(export(tmp_path, "openai_dpo", [replace(ROW, prompt=(IMAGE,))]).left_out) == {
        "attachments": 1
    }


def test_preferences_for_an_upload_have_the_three_keys(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "openai_dpo", [ROW])
    assert list(record) == ["input", "preferred_output", "non_preferred_output"]


def test_sharegpt_writes_a_tool_call_as_a_turn(tmp_path: Path) -> None:
    (record,) = written(tmp_path, "sharegpt", [TOOLS])
    assert [turn["from"] for turn in record["conversations"]] == [
        "human",
        "function_call",
        "observation",
        "gpt",
    ]


def test_llama_factory_finds_every_file_that_is_described(tmp_path: Path) -> None:
    held_out = replace(ROW, id="t", split="test", conversation_id="t")
    export(tmp_path, "llama_factory", [ROW, held_out], ending=".zip", name="prefs")
    with ZipFile(tmp_path / "rows.zip") as archive:
        described = json.loads(archive.read("dataset_info.json"))
        first = json.loads(archive.read("prefs_dpo_train.jsonl").splitlines()[0])
        names = archive.namelist()
    assert {entry["file_name"] for entry in described.values()} == set(names) - {"dataset_info.json"}
    assert described["prefs_dpo_test"]["ranking"] is True
    assert [turn["from"] for turn in first["conversations"]] == ["system", "human"]
    assert first["chosen"] == {"from": "gpt", "value": ROW.chosen[0].content}


def test_a_failed_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        export(tmp_path, "llama_factory", [ROW, replace(ROW, id="")], ending=".zip")
    assert list(tmp_path.iterdir()) == []


def test_the_sum_is_that_of_the_file(tmp_path: Path) -> None:
    result = export(tmp_path, "llama_factory", [ROW], ending=".zip")
    assert sha256((tmp_path / "rows.zip").read_bytes()).hexdigest() == result.sha256
