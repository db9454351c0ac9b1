"""A version's card with its charts, for the page and as files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.safestring import SafeString

from curation.domain.exporters.dataset_card import dataset_card
from curation.models import DatasetVersion
from curation.queries.versions.dataset_charts import counts_chart, for_file, length_chart

# The earliest moment that a ZIP can hold: the same version gives the same bytes.
NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The card's text and its charts by title."""

    text: str
    charts: Mapping[str, SafeString]


def card_of(version: DatasetVersion) -> Card:
    """Return the card of a version as its page shows it."""
    return Card(text=dataset_card(version.manifest), charts=_charts(version))


def card_files(version: DatasetVersion) -> dict[str, str]:
    """Return the card as files by name: README.md with the charts beside it, and the manifest."""
    charts = _charts(version)
    names = {title: f"charts/{number}.svg" for number, title in enumerate(charts, start=1)}
    manifest = json.dumps(version.manifest, indent=2, ensure_ascii=False, sort_keys=True)
    return {
        "README.md": dataset_card(version.manifest, charts=names),
        "manifest.json": manifest + "\n",
        **{names[title]: for_file(str(chart)) for title, chart in charts.items()},
    }


def card_archive(version: DatasetVersion) -> bytes:
    """Return the card's files as a ZIP."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for name, text in card_files(version).items():
            packed.writestr(ZipInfo(name, NO_DATE), text.encode(), ZIP_DEFLATED)
    return archive.getvalue()


def _charts(version: DatasetVersion) -> dict[str, SafeString]:
    manifest = version.manifest
    drawn = {
        "Rows by source": counts_chart(manifest.get("sources") or {}, title="source"),
        "Rows by language": counts_chart(manifest.get("languages") or {}, title="language"),
        "Length of chosen over rejected": length_chart((manifest.get("style") or {}).get("bins") or []),
    }
    return {title: chart for title, chart in drawn.items() if chart is not None}
