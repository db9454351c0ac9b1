"""Datasets fetched by name from a hub, where a setting allows the network."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from uuid6 import uuid7

from curation.domain.errors import HarkenError
from curation.domain.importers.reading import SourceError

# The folder of uploads among the artifacts.
KEPT_UNDER = "imports"
# The beginning of the folders that files are fetched into, and how long one may take.
BEGUN = "hub-"
LONGEST_FETCH = timedelta(days=1)
# Where the hub is: None for where its client looks, which a mirror's address in HF_ENDPOINT changes.
ENDPOINT: str | None = None
# Of several forms of the same rows one is fetched: the first that the repository has.
_KINDS = (r"\.parquet$", r"\.jsonl(?:\.gz|\.zst)?$", r"\.json(?:\.gz|\.zst)?$", r"\.csv(?:\.gz|\.zst)?$")
# What describes a dataset rather than being of it.
_ABOUT = re.compile(r"(?:^|/)(?:dataset_infos?|config|package|metadata|state)\.json$|(?:^|/)\.")


def require_hub_allowed() -> None:
    """Raise HarkenError where the settings keep this installation off the network."""
    if not settings.HARKEN_ALLOW_HUB:
        raise HarkenError(
            _(
                "Nothing is fetched from a hub here. Set HARKEN_ALLOW_HUB=1 for the web process and the worker."
            )
        )


def fetch_dataset(entry: dict[str, Any], *, between: Callable[[], None]) -> list[dict[str, Any]]:
    """Fetch the files of a public dataset and return their entries; they are kept as uploads are.

    `between` is called before each file, and may raise. Raises SourceError where the network, the dataset or its
    files are not there, or are too large.
    """
    require_hub_allowed()
    folder = Path(default_storage.path(KEPT_UNDER))
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=BEGUN) as place:
        revision, names = _download(entry["hub"], Path(place), between)
        return [_kept(entry, Path(place) / name, name=name, revision=revision) for name in names]


def delete_broken_fetches(*, now: datetime) -> None:
    """Delete what a worker that was killed while it fetched has left."""
    for folder in Path(default_storage.path(KEPT_UNDER)).glob(f"{BEGUN}*"):
        if folder.stat().st_mtime < (now - LONGEST_FETCH).timestamp():
            rmtree(folder, ignore_errors=True)


def _download(dataset: str, folder: Path, between: Callable[[], None]) -> tuple[str, list[str]]:
    """Fetch a dataset's files at its newest revision and return both."""
    # Loaded on first use: the web process has no need of it.
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError  # type: ignore[attr-defined]

    # Nobody's login: whoever asks must not read what only the account that runs Harken may read.
    hub = HfApi(endpoint=ENDPOINT, token=False)
    try:
        about = hub.dataset_info(dataset, files_metadata=True)
        sizes = {each.rfilename: each.size for each in about.siblings or []}
        names = chosen_files(list(sizes), dataset=dataset)
        _require_room([sizes[name] for name in names], dataset=dataset)
        for name in names:
            between()
            hub.hf_hub_download(dataset, name, repo_type="dataset", revision=about.sha, local_dir=folder)
    except RepositoryNotFoundError as error:
        raise SourceError(
            _("The hub has no dataset %(name)s, or does not show it.") % {"name": dataset}
        ) from error
    except (HTTPError, OSError, ValueError) as error:
        raise SourceError(
            _("%(name)s could not be fetched from the hub (%(why)s). Try again later.")
            % {"name": dataset, "why": type(error).__name__}
        ) from error
    return about.sha or "", names


def _require_room(sizes: Sequence[int | None], *, dataset: str) -> None:
    """Raise SourceError for more than an upload may have, and for files whose size the hub does not tell."""
    limit = settings.HARKEN_UPLOAD_MAX_BYTES
    if None in sizes or sum(size or 0 for size in sizes) > limit:
        raise SourceError(
            _(
                "%(name)s holds more than the %(limit)s that may be fetched. Download it, and import it by command."
            )
            % {"name": dataset, "limit": filesizeformat(limit)}
        )


def chosen_files(names: Sequence[str], *, dataset: str) -> list[str]:
    """Return a repository's files of rows, those of the first kind that it has; raises SourceError for none."""
    of_rows = [name for name in names if not _ABOUT.search(name)]
    for kind in _KINDS:
        if found := sorted(name for name in of_rows if re.search(kind, name)):
            return found
    raise SourceError(
        _("%(name)s holds no Parquet, JSONL, JSON or CSV file, so there is nothing to import.")
        % {"name": dataset}
    )


def _kept(entry: dict[str, Any], path: Path, *, name: str, revision: str) -> dict[str, Any]:
    """Move a fetched file to where uploads are, under a random name."""
    kept = f"{KEPT_UNDER}/{uuid7()}"
    place = default_storage.path(kept)
    os.replace(path, place)
    said = {key: value for key, value in entry.items() if key in {"hub", "encoding", "format"}}
    return {**said, "path": place, "name": f"{entry['hub']}/{name}", "kept_as": kept, "revision": revision}
