"""Files of the server that an admin may import by their path."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

LISTED_FILES = 200
_DEPTH = 4
_ENDINGS = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet", ".gz", ".zst", ".zip")


def server_files() -> list[str]:
    """Return paths below the folders that HARKEN_IMPORT_FOLDERS names, at most LISTED_FILES, links left out."""
    found = (path for folder in settings.HARKEN_IMPORT_FOLDERS for path in _below(Path(folder), depth=_DEPTH))
    return sorted(islice(found, LISTED_FILES))


def _below(folder: Path, *, depth: int) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(_ENDINGS):
            yield entry.path
        elif entry.is_dir(follow_symlinks=False) and depth > 1:
            yield from _below(Path(entry.path), depth=depth - 1)
