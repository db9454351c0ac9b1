"""An archive that LLaMA-Factory takes as its data folder: files of pairs, labelled and preferred answers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from curation.domain.exporters.chat_messages import sharegpt_turns
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import (
    NO_OPTIONS,
    Exported,
    ExportOptions,
    ExportResult,
    Tally,
    ending_of,
    passing_folder,
    result_of,
    unfinished,
)
from curation.domain.exporters.packing import write_archive
from curation.domain.exporters.row_shapes import best_answers, by_prompt, labelled_answers, pairs
from curation.domain.importers.record_files import json_line

_COLUMNS: Mapping[str, dict[str, str]] = {
    "dpo": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
    "kto": {"messages": "conversations", "kto_tag": "label"},
    "sft": {"messages": "conversations"},
}


class LlamaFactoryExporter:
    """Writes a .zip of equal bytes for equal rows: `dataset_info.json`, and a file for each use and split.

    `<name>_dpo_<split>` holds pairs, `<name>_kto_<split>` answers with labels, `<name>_sft_<split>` preferred ones.
    """

    name = "llama_factory"
    title = "LLaMA-Factory folder"
    read_by = "LLaMA-Factory: unpack it and name the folder as dataset_dir; DPO, KTO and SFT sets lie in it."
    endings = (".zip",)
    by_prompt = True
    names_split = True

    def write(
        self,
        rows: Iterable[DatasetRowRecord],
        *,
        path: Path,
        options: ExportOptions = NO_OPTIONS,
    ) -> ExportResult:
        """Stream rows into files beside the archive, then the files into the archive."""
        ending_of(path, endings=self.endings)
        tally = Tally()
        with unfinished(path) as place, passing_folder(path) as folder:
            count = _write_files(tally.reading(rows), folder=folder, name=options.name, tally=tally)
            names = sorted(file.name for file in folder.iterdir())
            described = orjson.dumps(_described(names), option=orjson.OPT_INDENT_2)
            write_archive(
                place,
                members=[("dataset_info.json", described), *((name, folder / name) for name in names)],
            )
        return result_of(path, rows=count, tally=tally)


def _write_files(rows: Iterator[DatasetRowRecord], *, folder: Path, name: str, tally: Tally) -> int:
    """Write every record to the file of its use and split; returns how many pairs there were."""
    files: dict[str, BinaryIO] = {}
    count = 0
    with ExitStack() as stack:
        for group in by_prompt(rows):
            for use, split, record in _records_of(group, tally=tally):
                file_name = f"{name}_{use}_{split}.jsonl"
                if file_name not in files:
                    files[file_name] = stack.enter_context((folder / file_name).open("wb"))
                files[file_name].write(json_line(record))
                count += use == "dpo"
    return count


def _records_of(group: list[DatasetRowRecord], *, tally: Tally) -> Iterator[tuple[str, str, Exported]]:
    """Yield use, split and record; what the pairs leave out is counted, the other two are taken from the same rows."""
    uncounted = Tally()
    for row in pairs(group, tally=tally, as_text=True):
        chosen, rejected = sharegpt_turns(row.chosen)[0], sharegpt_turns(row.rejected)[0]
        yield (
            "dpo",
            row.split,
            {"conversations": sharegpt_turns(row.prompt), "chosen": chosen, "rejected": rejected},
        )
    for is_good, answer in labelled_answers(group, tally=uncounted):
        spoken = sharegpt_turns((*answer.prompt, *answer.turns))
        yield "kto", answer.row.split, {"conversations": spoken, "label": is_good}
    for answer in best_answers(group, tally=uncounted):
        yield "sft", answer.row.split, {"conversations": sharegpt_turns((*answer.prompt, *answer.turns))}


def _described(file_names: Iterable[str]) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for file_name in file_names:
        name = file_name.removesuffix(".jsonl")
        use = name.rsplit("_", 2)[1]
        described[name] = {"file_name": file_name, "formatting": "sharegpt", "columns": _COLUMNS[use]}
        if use == "dpo":
            described[name]["ranking"] = True
    return described
