"""Frozen versions of datasets: their rows, their files, and `datasets`."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from tqdm.auto import tqdm

from harken.connection import Connection, sentence_of
from harken.errors import HarkenError
from harken.jobs import Job

TRIES = 5
CHUNK_BYTES = 1 << 16


class Version:
    """A frozen version: `name`, `number`, `rows`, `splits`, `sha256` are in `facts`."""

    def __init__(self, connection: Connection, facts: dict[str, Any]) -> None:
        self._connection = connection
        self.facts = facts

    def __repr__(self) -> str:
        return f"<Version {self.facts['name']}: {self.facts['rows']} rows>"

    @property
    def manifest(self) -> dict[str, Any]:
        """Where the rows came from, and how far they can be trusted."""
        return dict(self._connection.get(f"/versions/{self.facts['id']}")["manifest"])

    def rows(self, *, split: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield every row in its order."""
        return self._connection.pages(f"/versions/{self.facts['id']}/rows", key="after", split=split)

    def export(self, **wanted: Any) -> Job:
        """Have the version written to a file on the server.

        `wanted` may name format, ending, splits, bundle, max_tokens and mask_personal_data.
        """
        path = f"/versions/{self.facts['id']}/exports"
        return Job(self._connection, self._connection.send("POST", path, json=wanted))

    def download(self, path: str | Path, *, progress: bool = True, **wanted: Any) -> Path:
        """Have the version written as the ending of `path` says, and fetch the file; `wanted` is as for `export`.

        A connection that breaks is taken up where it broke, and the file has its name only when its sha256 is right.
        """
        place = Path(path)
        if not wanted.get("bundle"):
            wanted.setdefault("ending", place.suffix)
        job = self.export(**wanted).wait(progress=progress)
        aside = place.with_name(f".{place.name}.part")
        try:
            self._fetch(job, aside, progress=progress)
            if sha256_of(aside) != job.result["sha256"]:
                raise HarkenError("The file came damaged: its sha256 is another. Download it again.")
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
        return place

    def to_datasets(self, *, progress: bool = True) -> Any:
        """Return the version as a `datasets.DatasetDict`, one Dataset a split, in TRL's conversational layout."""
        try:
            from datasets import Dataset, DatasetDict
        except ImportError as error:
            raise HarkenError("to_datasets() needs the package datasets: pip install datasets.") from error
        with tempfile.TemporaryDirectory() as folder:
            file = self.download(Path(folder) / "rows.parquet", progress=progress)
            whole = Dataset.from_parquet(str(file), cache_dir=folder, keep_in_memory=True)
        splits = sorted(set(whole["split"]), key=["train", "validation", "test"].index)
        return DatasetDict(
            {name: whole.filter(lambda row, name=name: row["split"] == name) for name in splits}
        )

    def _fetch(self, job: Job, place: Path, *, progress: bool) -> None:
        total = job.result["bytes"]
        place.unlink(missing_ok=True)
        with tqdm(desc=place.name, total=total, unit="B", unit_scale=True, disable=not progress) as bar:
            for number in range(TRIES):
                try:
                    self._append(job, place, bar)
                except httpx.TransportError as error:
                    if number == TRIES - 1:
                        raise HarkenError(f"The download broke off: {error}.") from error
                if place.exists() and place.stat().st_size >= total:
                    return
        raise HarkenError("The download broke off before its end.")

    def _append(self, job: Job, place: Path, bar: Any) -> None:
        have = place.stat().st_size if place.exists() else 0
        with self._connection.stream(f"/exports/{job.id}/file", start=have) as response:
            if not response.is_success:
                response.read()
                raise HarkenError(sentence_of(response), status=response.status_code)
            with place.open("ab" if response.status_code == 206 else "wb") as file:
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                    bar.update(len(chunk))


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
