"""What an export is asked for: the format, its ending, the splits, and how the rows are checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.exporters.exporting import Exporter, ending_of
from curation.domain.versions.recipes import SPLITS
from curation.exporters import load_exporter
from curation.models import DatasetVersion
from curation.queries.enrichers.screening import unscreened_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """A format and an ending; without `splits`, those that the format takes by itself.

    A bundle is an archive with a file for each split, the votes, the manifest and the card. `tokenizer` names a folder
    with tokenizer.json, "" for an estimate; rows that are longer than `max_tokens` are counted. With
    `mask_personal_data` pseudonyms stand in place of what the screening finds, and no file of a message is written.
    """

    format_name: str = "trl_preference"
    ending: str = ".jsonl"
    splits: tuple[str, ...] = ()
    is_bundle: bool = False
    tokenizer: str = ""
    max_tokens: int | None = None
    mask_personal_data: bool = False

    @property
    def exporter(self) -> Exporter:
        """The exporter that is asked for; raises UnknownFormatError for a format that nobody writes."""
        return load_exporter(self.format_name)

    @property
    def wanted_splits(self) -> tuple[str, ...]:
        """The splits that are written, in their order.

        A single file that does not name the split of a record would mix the test rows into the training rows, so it
        holds the training split alone unless others are asked for.
        """
        if self.splits:
            return tuple(split for split in SPLITS if split in self.splits)
        return SPLITS if self.is_bundle or self.exporter.names_split else ("train",)

    def as_json(self) -> dict[str, Any]:
        """Return the request in the form that a job keeps."""
        return {**asdict(self), "splits": list(self.splits)}


def request_from_json(stored: Mapping[str, Any]) -> ExportRequest:
    """Read a request back from a job's arguments; those of older versions name format and ending alone."""
    known = {field.name for field in fields(ExportRequest)}
    values = {name: value for name, value in stored.items() if name in known}
    values.setdefault("format_name", stored.get("format", "trl_preference"))
    return ExportRequest(**{**values, "splits": tuple(values.get("splits", ()))})


def check_request(wanted: ExportRequest, *, version: DatasetVersion) -> None:
    """Raise UnknownFormatError or HarkenError, in a sentence, for a request that cannot be met."""
    if wanted.mask_personal_data:
        _require_screened(version)
    ending_of(Path(f"version{wanted.ending}"), endings=wanted.exporter.endings)
    strangers = [split for split in wanted.splits if split not in SPLITS]
    if strangers:
        raise HarkenError(
            _("There is no split named %(names)s. Known: %(known)s.")
            % {"names": ", ".join(strangers), "known": ", ".join(SPLITS)}
        )
    if wanted.max_tokens is not None and wanted.max_tokens < 1:
        raise HarkenError(_("The longest row must have at least 1 token."))


def _require_screened(version: DatasetVersion) -> None:
    waiting = unscreened_rows(version).count()
    if waiting:
        raise HarkenError(
            _(
                "Personal data can be masked once the screening has read what the rows hold; %(count)s rows wait for "
                "it. Run the enricher “pii” on the page of enrichments, then export again."
            )
            % {"count": waiting}
        )
