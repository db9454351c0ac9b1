"""Every format is read by what reads it in earnest, where that can be installed."""

import csv
import io
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.importers.record_files import unguarded
from curation.exporters import EXPORTERS, load_exporter
from tests.curation.dataset_rows import EVERY_KIND, ROW, list_rows, many_rows

datasets = pytest.importorskip("datasets", reason="datasets is the first consumer of exports.")
BUILDERS = {".jsonl": "json", ".parquet": "parquet", ".csv": "csv"}
EVERY_FILE = [
    (name, ending) for name in EXPORTERS for ending in load_exporter(name).endings if ending in BUILDERS
]
ROWS = [*EVERY_KIND, *list_rows()]


def exported(
    folder: Path, name: str, ending: str = ".jsonl", *, rows: Iterable[DatasetRowRecord] = ROWS
) -> tuple[Path, int]:
    path = folder / f"rows{ending}"
    return path, load_exporter(name).write(rows, path=path).rows


def loaded(path: Path, cache: Path) -> Any:
    return datasets.load_dataset(
        BUILDERS[path.suffix], data_files=str(path), split="train", cache_dir=str(cache)
    )


@pytest.mark.parametrize(("name", "ending"), EVERY_FILE)
def test_datasets_loads_every_format(tmp_path: Path, name: str, ending: str) -> None:
    path, count = exported(tmp_path, name, ending)
    assert loaded(path, tmp_path / "cache").num_rows == count


@pytest.mark.parametrize("name", [name for name, ending in EVERY_FILE if ending == ".parquet"])
def test_pandas_and_pyarrow_read_every_parquet_file(tmp_path: Path, name: str) -> None:
    path, count = exported(tmp_path, name, ".parquet")
    assert len(pandas.read_parquet(path)) == parquet.read_table(path).num_rows == count


@pytest.mark.parametrize("name", [name for name, ending in EVERY_FILE if ending == ".csv"])
def test_pandas_reads_every_csv_file(tmp_path: Path, name: str) -> None:
    path, count = exported(tmp_path, name, ".csv")
    assert len(pandas.read_csv(path)) == count


def test_pandas_reads_the_words_that_were_guarded(tmp_path: Path) -> None:
    path, _count = exported(
        tmp_path, "trl_preference_text", ".csv", rows=list_rows(("=1+1", "'quoted", "-x"))
    )
    read = pandas.read_csv(path, keep_default_na=False)["chosen"].map(unguarded)
    assert list(read) == ["=1+1", "=1+1", "'quoted"]


def test_the_sets_of_llama_factory_load_by_their_description(tmp_path: Path) -> None:
    path, _count = exported(tmp_path, "llama_factory", ".zip")
    with ZipFile(path) as archive:
        archive.extractall(tmp_path / "data")
    rows = loaded(tmp_path / "data" / "dataset_dpo_train.jsonl", tmp_path / "cache")
    assert set(rows.column_names) == {"conversations", "chosen", "rejected"}


def test_a_spreadsheet_s_reader_finds_every_column_in_each_line(tmp_path: Path) -> None:
    path, _count = exported(tmp_path, "table", ".csv")
    lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert {len(line) for line in lines} == {len(load_exporter("table").schema.names)}  # type: ignore[attr-defined]


# TRL: one step of the trainer that each format is for ------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a few thousand numbers, with a tokenizer and a template."""
    pytest.importorskip("trl", reason="TRL is the oracle of these tests; it is among the test requirements.")
    from training_jobs.trainer.tiny_model import build_tiny_model

    folder = tmp_path_factory.mktemp("tiny")
    texts = [turn.content for row in [ROW, *many_rows(4), *list_rows()] for turn in row.turns]
    build_tiny_model(folder, texts=texts, hidden=16, layers=1, vocabulary=300)
    return folder


def steps_of(trainer_name: str, tiny: Path, rows: Any, folder: Path, **settings: Any) -> int:
    """Train one step with a trainer of TRL and return how many were made."""
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

    module = import_module("trl.experimental.tpo" if trainer_name == "TPO" else "trl")
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    classes = {"Reward": AutoModelForSequenceClassification}
    heads = {"num_labels": 1} if trainer_name == "Reward" else {}
    model = classes.get(trainer_name, AutoModelForCausalLM).from_pretrained(tiny, **heads)
    if trainer_name == "Reward":
        model.config.pad_token_id = tokenizer.pad_token_id
    arguments = getattr(module, f"{trainer_name}Config")(
        output_dir=str(folder / "run"),
        max_steps=1,
        per_device_train_batch_size=2,
        report_to=[],
        use_cpu=True,
        **settings,
    )
    trainer = getattr(module, f"{trainer_name}Trainer")(
        model=model, args=arguments, processing_class=tokenizer, train_dataset=rows
    )
    return int(trainer.train().global_step)


CASES = [
    ("DPO", "trl_preference"),
    ("DPO", "trl_preference_text"),
    ("KTO", "trl_unpaired"),
    ("KTO", "trl_unpaired_text"),
    ("SFT", "trl_prompt_completion"),
    ("SFT", "trl_prompt_completion_text"),
    ("SFT", "openai_chat"),
    ("Reward", "trl_preference"),
    ("Reward", "trl_preference_text"),
]


@pytest.mark.parametrize(("trainer", "name"), CASES)
def test_a_trainer_of_trl_takes_a_step(tmp_path: Path, tiny: Path, trainer: str, name: str) -> None:
    path, _count = exported(tmp_path, name, rows=many_rows(4))
    assert steps_of(trainer, tiny, loaded(path, tmp_path / "cache"), tmp_path) == 1


def test_the_triple_trainer_of_trl_takes_a_step(tmp_path: Path, tiny: Path) -> None:
    rows = [row for number in range(4) for row in list_rows(list_id=f"l{number}")]
    path, _count = exported(tmp_path, "trl_triples", ".parquet", rows=rows)
    assert steps_of("TPO", tiny, loaded(path, tmp_path / "cache"), tmp_path) == 1


def test_a_generating_trainer_of_trl_takes_prompts_alone(tmp_path: Path, tiny: Path) -> None:
    import trl
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path, _count = exported(tmp_path, "trl_prompt_only", rows=many_rows(4))
    arguments = trl.GRPOConfig(
        output_dir=str(tmp_path / "run"),
        max_steps=1,
        per_device_train_batch_size=2,
        num_generations=2,
        max_completion_length=4,
        report_to=[],
        use_cpu=True,
    )
    trainer = trl.GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(tiny),
        reward_funcs=lambda completions, **columns: [float(len(each)) for each in completions],
        args=arguments,
        processing_class=AutoTokenizer.from_pretrained(tiny),
        train_dataset=loaded(path, tmp_path / "cache"),
    )
    assert trainer.train().global_step == 1


def test_trl_knows_labelled_steps_by_their_columns(tmp_path: Path) -> None:
    path, _count = exported(tmp_path, "stepwise")
    row = loaded(path, tmp_path / "cache")[0]
    assert isinstance(row["prompt"], str)
    assert len(row["completions"]) == len(row["labels"])
