"""Datasets fetched by name from a hub, where a setting allows the network."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from uuid6 import uuid7

from curation.domain.errors import HarkenError
from curation.domain.reading import SourceError

# The folder of uploads among the artifacts.
KEPT_UNDER = "imports"
# Where the hub is: None for where its client looks, which a mirror's address in HF_ENDPOINT changes.
ENDPOINT: str | None = None
# Of several forms of the same rows one is fetched: the first that the repository has.
_KINDS = (r"\.parquet$", r"\.jsonl(?:\.gz|\.zst)?$", r"\.json(?:\.gz|\.zst)?$", r"\.csv(?:\.gz|\.zst)?$")
# What describes a dataset rather than being of it.
_ABOUT = re.compile(r"(?:^|/)(?:dataset_infos?|config|package|metadata|state)\.json$|(?:^|/)\.")


def require_hub_allowed() -> None:
    """Raise HarkenError where the settings keep this installation off the network."""
    if not settings.HARKEN_HUB:
        raise HarkenError(
            _("Nothing is fetched from a hub here. Set HARKEN_HUB=1 for the web process and the worker.")
        )


def fetch_dataset(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Fetch the files of a dataset and return their entries; they are kept as uploads are.

    Raises SourceError where the network, the dataset or its files are not there.
    """
    require_hub_allowed()
    folder = Path(default_storage.path(KEPT_UNDER))
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="hub-") as place:
        revision, names = _download(entry["hub"], Path(place))
        return [_kept(entry, Path(place) / name, name=name, revision=revision) for name in names]


def _download(dataset: str, folder: Path) -> tuple[str, list[str]]:
    """Fetch a dataset's files at its newest revision and return both."""
    # Loaded on first use: the web process has no need of it.
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError  # type: ignore[attr-defined]

    try:
        about = HfApi(endpoint=ENDPOINT).dataset_info(dataset)
        names = chosen_files([each.rfilename for each in about.siblings or []], dataset=dataset)
        snapshot_download(
            dataset,
            repo_type="dataset",
            revision=about.sha,
            allow_patterns=names,
            local_dir=folder,
            endpoint=ENDPOINT,
            max_workers=2,
        )
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
