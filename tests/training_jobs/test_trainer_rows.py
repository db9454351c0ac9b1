"""From rows to tokens: the model's own template, and no row that disappears without a reason."""

from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from transformers import AutoTokenizer

from tests.training_jobs.trainer_setup import (
    TRAINED,
    corpus,
    make_learnable_rows,
    make_row,
    make_run,
    read_json,
    train_here,
    write_rows,
)
from training_jobs.trainer.failures import TrainerError
from training_jobs.trainer.rows import read_rows, row_from_record
from training_jobs.trainer.tiny_model import build_tiny_model
from training_jobs.trainer.tokenisation import RowRefusedError, TokenisedPair, tokenise_row

GOOD = make_row(
    "good", prompt="Tell me about rivers.", chosen="On rivers, please.", rejected="On rivers, indeed."
)
BAD = {
    "equal_responses": {**GOOD, "rejected": GOOD["chosen"]},
    "no_prompt": {**GOOD, "prompt": []},
    "no_response": {**GOOD, "rejected": [{"role": "assistant", "content": "  "}]},
    "prompt_fills_max_length": {**GOOD, "prompt": [{"role": "user", "content": "rivers " * 99}]},
    "equal_when_cut": make_row("cut", prompt="Hi.", chosen="on " * 99 + "a", rejected="on " * 99 + "b"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus(), hidden=16, layers=1)


@pytest.fixture
def tokenizer(model: Path) -> Any:
    return AutoTokenizer.from_pretrained(model)


def tokenised(row: dict[str, Any], *, tokenizer: Any) -> TokenisedPair:
    """Return the row as tokens, 64 at most."""
    return tokenise_row(row_from_record(row), tokenizer=tokenizer, max_length=64)


def test_prompt_and_response_are_what_the_template_writes(tokenizer: Any) -> None:
    pair = tokenised(GOOD, tokenizer=tokenizer)
    prompt = "<|im_start|>user\nTell me about rivers.<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.decode(pair.chosen.prompt_ids) == prompt
    assert tokenizer.decode(pair.chosen.response_ids) == "On rivers, please.<|im_end|>\n"
    assert tokenizer.decode(pair.rejected.response_ids) == "On rivers, indeed.<|im_end|>\n"


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_row_is_refused_with_its_reason(tokenizer: Any, reason: str) -> None:
    with pytest.raises(RowRefusedError) as caught:
        tokenised(BAD[reason], tokenizer=tokenizer)
    assert caught.value.reason == reason


def test_a_template_that_rewrites_the_prompt_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = (
        "{{ messages | length }}{% for one in messages %}{{ one['content'] }}{% endfor %}"
    )
    with pytest.raises(RowRefusedError, match="renders the prompt differently"):
        tokenised(GOOD, tokenizer=tokenizer)


def test_a_template_that_refuses_the_roles_is_reported(tokenizer: Any) -> None:
    tokenizer.chat_template = "{{ raise_exception('no') }}"
    with pytest.raises(RowRefusedError, match="does not accept these roles"):
        tokenised(GOOD, tokenizer=tokenizer)


def test_a_long_response_is_cut_at_its_end(tokenizer: Any) -> None:
    row = make_row("long", prompt="Hi.", chosen="please " * 99, rejected="indeed")
    pair = tokenised(row, tokenizer=tokenizer)
    assert len(pair.chosen) == 64
    assert (pair.chosen.was_cut, pair.rejected.was_cut) == (True, False)


def test_every_row_is_trained_on_or_listed(model: Path, tmp_path: Path) -> None:
    rows = [*make_learnable_rows(4, topics=TRAINED), *({**row, "id": reason} for reason, row in BAD.items())]
    train_here(make_run(tmp_path / "run", model=model, train=rows, max_steps=2, max_length=64, lora=None))
    report = read_json(tmp_path / "run" / "skipped_rows.json")
    assert report["splits"]["train"] == {
        "read": 9,
        "used": 4,
        "skipped": 5,
        "reasons": dict.fromkeys(BAD, 1),
        "cut_to_max_length": 0,
    }
    assert {row["id"]: row["reason"] for row in report["rows"]} == {reason: reason for reason in BAD}


def test_a_run_of_bad_rows_alone_says_why(model: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=model, train=[BAD["equal_responses"]])
    with pytest.raises(TrainerError, match=r"None of the 1 training rows can be used.* are the same"):
        train_here(run)


def test_a_missing_rows_file_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match=r"train\.parquet is missing"):
        train_here(make_run(tmp_path / "run", model=model, train=[]))


def test_what_is_not_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_text("version https://git-lfs", encoding="utf-8")
    with pytest.raises(TrainerError, match=r"train\.parquet cannot be read as Parquet"):
        read_rows(tmp_path / "train.parquet")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"id": ["a"], "prompt": ["b"]}), tmp_path / "train.parquet")
    with pytest.raises(TrainerError, match=r"train\.parquet lacks the column chosen, rejected"):
        read_rows(tmp_path / "train.parquet")


def test_held_out_splits_may_be_missing_or_empty(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    schema = pyarrow.Table.from_pylist([GOOD]).schema
    parquet.write_table(schema.empty_table(), tmp_path / "rows" / "test.parquet")
    write_rows(tmp_path, split="train", rows=[GOOD])
    assert read_rows(tmp_path / "rows" / "validation.parquet") == []
    assert read_rows(tmp_path / "rows" / "test.parquet") == []
    assert len(read_rows(tmp_path / "rows" / "train.parquet", required=True)) == 1
