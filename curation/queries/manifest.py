"""What a version's manifest says: where each row came from, and how far it can be trusted."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import Any

from django.db.models import Count

from curation.models import DatasetRow, DatasetVersion, ImportBatch, ModelVersion
from curation.queries.preferences import confirmation_of_mined_pairs

PACKAGES = ("django", "scikit-learn", "scipy", "pyarrow")


def version_manifest(version: DatasetVersion, *, dropped: Mapping[str, int]) -> dict[str, Any]:
    """Return the manifest of a version whose rows are stored: counts, origins, rights, confirmation, settings."""
    rows = DatasetRow.objects.filter(version=version)
    confirmation = confirmation_of_mined_pairs(version.project)
    return {
        "dataset": version.dataset.name,
        "version": version.number,
        "rows": version.row_count,
        "splits": version.split_counts,
        "recipe": version.recipe,
        "content_hash": version.content_hash,
        "dropped": dict(sorted((reason, count) for reason, count in dropped.items() if count)),
        "decided_by": _counts(rows, "decided_by"),
        "test_decided_by": _counts(rows.filter(split=DatasetRow.Split.TEST), "decided_by"),
        "sources": _counts(rows, "source"),
        "people": {
            "mined_pairs": confirmation.mined,
            "judged": confirmation.judged,
            "confirmed": confirmation.confirmed,
            "interval": confirmation.interval,
        },
        "imports": _imports(rows),
        "models": _models(rows),
        "packages": _packages(),
    }


def _counts(rows: Any, field: str) -> dict[str, int]:
    return dict(rows.values_list(field).annotate(rows=Count("id")).order_by(field))


def _imports(rows: Any) -> list[dict[str, Any]]:
    """Name the imports that the rows' conversations came from, with their rights."""
    batches = ImportBatch.objects.filter(pk__in=rows.values("prompt__conversation__batch"))
    return [
        {"batch": str(batch.uuid), "name": batch.name, "licence": batch.licence, "consent": batch.consent}
        for batch in batches.order_by("id")
    ]


def _models(rows: Any) -> list[dict[str, str]]:
    """Name the models that wrote either side, with the terms that follow."""
    writers = set(rows.values_list("chosen__model_version", flat=True)) | set(
        rows.values_list("rejected__model_version", flat=True)
    )
    found = ModelVersion.objects.filter(pk__in=writers - {None}).order_by("name")
    return [{"name": model.name, "terms": model.terms} for model in found]


def _packages() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = package_version(name)
        except PackageNotFoundError:
            continue
    return versions
