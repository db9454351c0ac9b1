"""Log-probabilities under the model before training: computed once per response and kept on disk."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow
from pyarrow import parquet

from training_jobs.trainer.run_directory import write_whole
from training_jobs.trainer.tokenisation import TokenisedResponse

# A killed run computes at most this many batches again.
BATCHES_PER_PART = 50

Scorer = Callable[[Sequence[TokenisedResponse]], list[list[float]]]


class ReferenceLogps:
    """A cache on disk: the key of a response → its token log-probabilities under the reference, in nats.

    The folder holds `source.json`, which names the model, and Parquet parts (`key`, `logps`), each written
    aside and renamed. A folder made by another model is emptied. Parts may be copied into another run of the
    same model.
    """

    def __init__(self, folder: Path, *, source: Mapping[str, str]) -> None:
        self._folder = folder
        _open_folder(folder, source=source)
        self._logps: dict[str, list[float]] = {}
        for part in sorted(folder.glob("part-*.parquet")):
            self._logps.update(_read_part(part))

    def __getitem__(self, key: str) -> list[float]:
        return self._logps[key]

    def __contains__(self, key: object) -> bool:
        return key in self._logps

    def fill(
        self, responses: Iterable[TokenisedResponse], *, score: Scorer, batch_size: int
    ) -> Iterator[int]:
        """Score what is missing and yield the number of responses still to do, before each batch.

        Batches are cut from all responses, not from the missing ones: a response then shares its batch with
        the same neighbours, and so gets the same rounding, however often the work was interrupted.
        """
        batches = _batches(responses, batch_size=batch_size)
        missing = [batch for batch in batches if any(one.key not in self._logps for one in batch)]
        for start in range(0, len(missing), BATCHES_PER_PART):
            part: dict[str, list[float]] = {}
            for offset, batch in enumerate(missing[start : start + BATCHES_PER_PART], start=start):
                yield sum(len(later) for later in missing[offset:])
                part.update(zip((one.key for one in batch), score(batch), strict=True))
            self._keep(part)

    def _keep(self, part: Mapping[str, list[float]]) -> None:
        table = pyarrow.table(
            {
                "key": pyarrow.array(part.keys(), pyarrow.string()),
                "logps": pyarrow.array(part.values(), pyarrow.list_(pyarrow.float32())),
            }
        )
        aside = self._folder / ".part.tmp"
        parquet.write_table(table, aside)
        aside.replace(_next_part(self._folder))
        self._logps.update(part)


def _batches(responses: Iterable[TokenisedResponse], *, batch_size: int) -> list[list[TokenisedResponse]]:
    distinct = {response.key: response for response in responses}
    ordered = sorted(distinct.values(), key=lambda one: (len(one), one.key))
    return [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]


def _open_folder(folder: Path, *, source: Mapping[str, str]) -> None:
    note = folder / "source.json"
    if not note.exists() or json.loads(note.read_text(encoding="utf-8")) != source:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_whole(note, dict(source))


def _next_part(folder: Path) -> Path:
    last = max((int(part.stem.removeprefix("part-")) for part in folder.glob("part-*.parquet")), default=-1)
    return folder / f"part-{last + 1:05d}.parquet"


def _read_part(part: Path) -> dict[str, list[float]]:
    try:
        table = parquet.read_table(part)
    except pyarrow.ArrowInvalid:  # cut short by a power failure; what it held is computed again
        part.unlink()
        return {}
    return dict(zip(table["key"].to_pylist(), table["logps"].to_pylist(), strict=True))
