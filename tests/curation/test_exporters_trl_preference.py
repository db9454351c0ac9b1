"""Exports for TRL: what is written, what is refused, and that `datasets` and DPOTrainer take it."""

import json
import os
import pkgutil
from dataclasses import replace
from hashlib import sha256

import pytest
from pyarrow import parquet

import curation.exporters
from curation.domain.errors import UnknownFormatError
from curation.domain.exporters.dataset_rows import (
    DatasetRowRecord,
    ExportError,
    Turn,
    fault_of,
    turns_as_json,
)
from curation.exporters import EXPORTERS, load_exporter
from tests.curation.import_files import imported, spoken

ROW = DatasetRowRecord(
    id="018f-1",
    prompt=(Turn("system", "Be brief."), Turn("user", "Why is the sky blue?")),
    chosen=(Turn("assistant", "It scatters blue light, mostly naïvely."),),
    rejected=(Turn("assistant", "Paint."),),
    decided_by="people",
    source="demo",
    split="train",
)
KEYS = ["id", "prompt", "chosen", "rejected", "decided_by", "source", "split"]
ENDINGS = ["jsonl", "parquet"]


def rows(count):
    for number in range(count):
        answer = (Turn("assistant", f"Answer number {number}, which is good."),)
        yield replace(ROW, id=f"r{number}", chosen=answer)


def export(folder, ending, *, records=None):
    path = folder / f"pairs.{ending}"
    result = load_exporter("trl_preference").write(rows(3) if records is None else records, path=path)
    return path, result


def test_every_module_of_the_folder_is_listed():
    modules = {module.name for module in pkgutil.iter_modules(curation.exporters.__path__)}
    assert {path.split(".")[2] for path in EXPORTERS.values()} == modules


def test_a_wrong_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownFormatError, match=r"No exporter is named 'jsnol'\. Known: .*trl_preference"):
        load_exporter("jsnol")


def test_a_json_line_holds_the_promised_keys_and_messages(tmp_path):
    path, _ = export(tmp_path, "jsonl", records=[ROW])
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written) == KEYS
    assert written["chosen"] == [{"role": "assistant", "content": "It scatters blue light, mostly naïvely."}]


def test_the_parquet_schema_is_the_trainers(tmp_path):
    path, _ = export(tmp_path, "parquet", records=[ROW])
    schema = parquet.read_schema(path)
    assert schema.names == KEYS
    assert (
        str(schema.field("prompt").type).replace("element", "item")
        == "list<item: struct<role: string, content: string>>"
    )


def test_both_endings_hold_the_same_rows(tmp_path):
    lines = export(tmp_path, "jsonl")[0].read_text(encoding="utf-8").splitlines()
    assert parquet.read_table(export(tmp_path, "parquet")[0]).to_pylist() == [
        json.loads(line) for line in lines
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_result_tells_rows_bytes_and_hash(tmp_path, ending):
    path, result = export(tmp_path, ending)
    content = path.read_bytes()
    assert (result.rows, result.bytes, result.sha256) == (3, len(content), sha256(content).hexdigest())


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_rows_give_the_same_bytes(tmp_path, ending):
    assert export(tmp_path, ending)[1] == export(tmp_path, ending)[1]


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_beyond_one_group_are_all_written(tmp_path, ending):
    assert export(tmp_path, ending, records=rows(2500))[1].rows == 2500


FAULTS = {
    "no prompt": ({"prompt": ()}, "prompt is empty"),
    "prompt ends with the assistant": (
        {"prompt": (Turn("assistant", "Hi"),)},
        "ends with a message of the assistant",
    ),
    "equal answers": ({"rejected": ROW.chosen}, "are the same"),
    "no answer": ({"chosen": (), "rejected": ()}, "has no answer"),
    "empty message": ({"rejected": (Turn("assistant", " "),)}, "rejected answer holds an empty message"),
    "answer of the user": ({"chosen": (Turn("user", "Hi"),)}, "ends with a message of the user"),
    "unknown role": ({"chosen": (Turn("robot", "Hi"),)}, "role 'robot'"),
    "unknown decider": ({"decided_by": "dice"}, "nobody named 'dice'"),
    "half a surrogate pair": ({"chosen": (Turn("assistant", "\ud800"),)}, "surrogate"),
}


@pytest.mark.parametrize(("change", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_a_row_that_no_trainer_could_use_is_named(tmp_path, change, told):
    with pytest.raises(ExportError, match=r"^Row bad-row cannot be exported: .*\.$") as error:
        export(tmp_path, "jsonl", records=[ROW, replace(ROW, id="bad-row", **change)])
    assert told in str(error.value)


def test_a_row_without_an_id_is_named_by_its_number(tmp_path):
    with pytest.raises(ExportError, match="Row 2 cannot"):
        export(tmp_path, "jsonl", records=[ROW, replace(ROW, id="")])


def test_a_good_row_has_no_fault():
    assert fault_of(ROW) == ""


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failed_export_leaves_the_older_file_and_nothing_else(tmp_path, ending):
    path, result = export(tmp_path, ending)
    with pytest.raises(ExportError):
        export(tmp_path, ending, records=[ROW, replace(ROW, rejected=ROW.chosen)])
    assert sha256(path.read_bytes()).hexdigest() == result.sha256
    assert os.listdir(tmp_path) == [path.name]


def test_an_unknown_ending_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(UnknownFormatError, match=r"Known endings: \.jsonl, \.parquet"):
        export(tmp_path, "xlsx")


def test_an_export_can_be_imported_again(tmp_path):
    path, _ = export(tmp_path, "jsonl", records=[ROW])
    (conversation,), refusals = imported(path, format_name="trl_preference")
    assert spoken(conversation) == [turn[:2] for turn in (*ROW.prompt, *ROW.chosen)]
    assert (conversation.reply_groups[0].judged_by, refusals) == ("person", [])


@pytest.mark.parametrize(("ending", "builder"), [("jsonl", "json"), ("parquet", "parquet")])
def test_datasets_loads_an_export(tmp_path, ending, builder):
    loaded = load_with_datasets(export(tmp_path, ending)[0], builder, cache=tmp_path / "cache")
    assert loaded.num_rows == 3
    assert loaded[0]["prompt"] == turns_as_json(ROW.prompt)


@pytest.mark.parametrize(("ending", "builder"), [("jsonl", "json"), ("parquet", "parquet")])
def test_the_dpo_trainer_takes_a_step_on_an_export(tmp_path, ending, builder):
    trl = pytest.importorskip(
        "trl", reason="TRL is the oracle of this test; it is among the test requirements."
    )
    model = tiny_model(tmp_path / "model")
    arguments = trl.DPOConfig(
        output_dir=str(tmp_path / "run"),
        max_steps=1,
        per_device_train_batch_size=2,
        report_to=[],
        use_cpu=True,
    )
    trainer = trl.DPOTrainer(
        model=model[0],
        args=arguments,
        processing_class=model[1],
        train_dataset=load_with_datasets(export(tmp_path, ending)[0], builder, cache=tmp_path / "cache"),
    )
    assert trainer.train().global_step == 1


def load_with_datasets(path, builder, *, cache):
    datasets = pytest.importorskip("datasets", reason="datasets is the first consumer of exports.")
    return datasets.load_dataset(builder, data_files=str(path), split="train", cache_dir=str(cache))


def tiny_model(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from training_jobs.trainer.tiny_model import build_tiny_model

    texts = [turn.content for turn in ROW.turns]
    build_tiny_model(folder, texts=texts, hidden=16, layers=1, vocabulary=300)
    return AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
