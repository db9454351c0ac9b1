"""Writing a version: as one file, or as a folder with its votes, manifest and card that becomes an archive."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from curation.domain.enrichers.masking import masked_row
from curation.domain.errors import HarkenError
from curation.domain.exporters.bundle_readme import bundle_readme
from curation.domain.exporters.chat_templates import ChatTokenizer
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import (
    ExportOptions,
    ExportResult,
    passing_folder,
    sha256_of,
    unfinished,
)
from curation.domain.exporters.packing import write_archive
from curation.domain.exporters.validating import Validation
from curation.domain.exporters.vote_tables import VoteTable
from curation.models import Attachment, DatasetVersion, Project
from curation.queries.versions.dataset_cards import card_files
from curation.queries.versions.version_rows import version_rows
from curation.services.exporters.export_requests import ExportRequest

Passing = Callable[[Iterable[DatasetRowRecord]], Iterator[DatasetRowRecord]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenExport:
    """What was written, what a trainer would make of it, and how many votes lie beside it."""

    result: ExportResult
    validation: Validation
    votes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the findings in the form that a job keeps."""
        return {
            "rows": self.result.rows,
            "read": self.result.read,
            "bytes": self.result.bytes,
            "sha256": self.result.sha256,
            "left_out": dict(self.result.left_out),
            "votes": self.votes,
            "validation": self.validation.as_json(),
        }


@dataclass(slots=True, kw_only=True)
class _Folder:
    """What a bundle's folder came to hold: name of a file to the records in it, and what was left out."""

    files: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    read: int = 0
    votes: int = 0


def write_export(
    version: DatasetVersion,
    *,
    wanted: ExportRequest,
    path: Path,
    passing: Passing = iter,
    tokenizer: ChatTokenizer | None = None,
) -> WrittenExport:
    """Write a version to a path as it is asked for; `passing` sees every row on its way.

    Raises ExportError for a row that no file could hold, and HarkenError for a place that cannot be written.
    """
    validation = Validation(tokenizer=tokenizer, max_tokens=wanted.max_tokens)
    try:
        if wanted.is_bundle:
            return _write_bundle(version, wanted, path, passing, validation)
        return _write_file(version, wanted, path, passing, validation)
    except OSError as error:
        raise HarkenError(
            _("The file %(path)s cannot be written: %(reason)s. Name another place.")
            % {"path": path.name, "reason": error.strerror or type(error).__name__}
        ) from error


def _write_file(
    version: DatasetVersion, wanted: ExportRequest, path: Path, passing: Passing, validation: Validation
) -> WrittenExport:
    exporter = wanted.exporter
    rows = _rows(version, wanted, splits=wanted.wanted_splits)
    options = _options(version, wanted)
    written = exporter.write(validation.checking(passing(rows)), path=path, options=options)
    return WrittenExport(result=written, validation=validation)


def _write_bundle(
    version: DatasetVersion, wanted: ExportRequest, path: Path, passing: Passing, validation: Validation
) -> WrittenExport:
    with passing_folder(path) as folder:
        held = write_folder(version, wanted=wanted, folder=folder, passing=passing, validation=validation)
        with unfinished(path) as place:
            write_archive(place, members=[(name, folder / name) for name in _names_in(folder)])
    result = ExportResult(
        rows=sum(held.files.values()),
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        read=held.read,
        left_out=dict(sorted(held.left_out.items())),
    )
    return WrittenExport(result=result, validation=validation, votes=held.votes)


def _rows(
    version: DatasetVersion, wanted: ExportRequest, *, splits: tuple[str, ...]
) -> Iterator[DatasetRowRecord]:
    rows = version_rows(version, splits=splits, by_prompt=wanted.exporter.by_prompt)
    return map(masked_row, rows) if wanted.mask_personal_data else rows


def write_folder(
    version: DatasetVersion,
    *,
    wanted: ExportRequest,
    folder: Path,
    passing: Passing,
    validation: Validation,
) -> _Folder:
    """Fill a folder: a file of rows for each split, votes.parquet, manifest.json, README.md and SHA256SUMS."""
    held = _Folder()
    with VoteTable(folder / "votes.parquet") as votes:
        for name, splits in _parts_of(version, wanted).items():
            rows = _rows(version, wanted, splits=splits)
            seen = votes.noting(validation.checking(passing(rows)))
            written = wanted.exporter.write(seen, path=folder / name, options=_options(version, wanted))
            held.files[name] = written.rows
            held.left_out.update(written.left_out)
            held.read += written.read
    held.votes = votes.count
    _add_papers(version, wanted, folder, held, validation)
    return held


def _parts_of(version: DatasetVersion, wanted: ExportRequest) -> Mapping[str, tuple[str, ...]]:
    """Return file → splits in it: a file for each split that has rows, one archive for all splits."""
    splits = tuple(split for split in wanted.wanted_splits if version.split_counts.get(split))
    if wanted.ending == ".zip":
        return {f"rows{wanted.ending}": splits}
    return {f"{split}{wanted.ending}": (split,) for split in splits}


def _add_papers(
    version: DatasetVersion, wanted: ExportRequest, folder: Path, held: _Folder, validation: Validation
) -> None:
    """Write what says where the rows come from, and last the sums of all files."""
    export = {
        "format": wanted.format_name,
        "mask_personal_data": wanted.mask_personal_data,
        "files": {name: {"records": count} for name, count in held.files.items()},
        "left_out": dict(sorted(held.left_out.items())),
        "votes": held.votes,
        "validation": validation.as_json(),
    }
    manifest = {**version.manifest, "export": export}
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest, option=options))
    _add_card(version, folder, held)
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in _names_in(folder))
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")


def _add_card(version: DatasetVersion, folder: Path, held: _Folder) -> None:
    """Write README.md, with a head for `datasets` before the card, and the charts that it shows."""
    files = card_files(version)
    readme = bundle_readme(
        title=str(version), files=list(held.files), has_votes=held.votes > 0, card=files["README.md"]
    )
    charts = {name: text for name, text in files.items() if name.endswith(".svg")}
    for name, text in {**charts, "README.md": readme}.items():
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _names_in(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _options(version: DatasetVersion, wanted: ExportRequest) -> ExportOptions:
    name = version.dataset.name
    # What a picture shows is not screened, so where texts are masked no file leaves.
    if wanted.mask_personal_data:
        return ExportOptions(name=name)
    return ExportOptions(name=name, attachment=_attachments_of(version.project))


def _attachments_of(project: Project) -> Callable[[str], bytes | None]:
    def content(sha256: str) -> bytes | None:
        kept = Attachment.objects.for_project(project).filter(sha256=sha256, withdrawn_at__isnull=True)
        found = kept.exclude(file="").first()
        if found is None or not default_storage.exists(found.file):
            return None
        with default_storage.open(found.file) as file:
            stored: bytes = file.read()
        return stored

    return content
