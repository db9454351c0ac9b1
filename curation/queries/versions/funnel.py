"""The way from conversations to a dataset: how much there is at each stage, and what was left behind and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.models import (
    DatasetVersion,
    ImportBatch,
    PreferencePair,
    Project,
    QuarantinedRecord,
)
from curation.queries.corpus.preferences import (
    Confirmation,
    confirmation_of_mined_pairs,
    source_comparisons,
    standing_lists,
)
from curation.queries.versions.datasets import newest_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a stage's bar; start and width are percentages of it, `kind` names its colour."""

    label: str | Promise
    count: int
    kind: str
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What was imported, in conversations and in the source's records, and why records were refused."""

    conversations: int
    records: int
    segments: list[Segment]
    reasons: list[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The pairs by where they came from, and what the source compared or ranked."""

    pairs: int
    comparisons: int
    lists: int
    segments: list[Segment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Curation's own stages."""

    corpus: Corpus
    preferences: Preferences
    confirmation: Confirmation
    confirmed: list[Segment]
    version: DatasetVersion | None
    kept: list[Segment]
    dropped: list[tuple[str, int]]


def corpus_funnel(project: Project) -> Funnel:
    """Return curation's stages in a fixed number of queries."""
    confirmation = confirmation_of_mined_pairs(project)
    version = newest_version(project)
    dropped = (
        sorted(version.manifest.get("dropped", {}).items(), key=lambda entry: -entry[1]) if version else []
    )
    return Funnel(
        corpus=_corpus(project),
        preferences=_preferences(project),
        confirmation=confirmation,
        confirmed=_confirmed(confirmation),
        version=version,
        kept=_kept(version, dropped),
        dropped=dropped,
    )


def segments_of(parts: Iterable[tuple[str | Promise, int, str]]) -> list[Segment]:
    """Lay (label, count, kind) side by side as shares of their sum; what is empty is left out."""
    present = [part for part in parts if part[1]]
    total = sum(count for _label, count, _kind in present)
    segments, before = [], 0
    for label, count, kind in present:
        start, width = 100 * before / total, 100 * count / total
        segments.append(
            Segment(label=label, count=count, kind=kind, start=f"{start:.3f}", width=f"{width:.3f}")
        )
        before += count
    return segments


def _corpus(project: Project) -> Corpus:
    names = ("read_count", "imported_count", "duplicate_count", "quarantined_count", "conversation_count")
    sums = ImportBatch.objects.for_project(project).aggregate(**{name: Sum(name) for name in names})
    counts = {name: sums[name] or 0 for name in names}
    refused = QuarantinedRecord.objects.for_project(project).values_list("reason")
    return Corpus(
        conversations=counts["conversation_count"],
        records=counts["read_count"],
        segments=segments_of(
            [
                (_("imported"), counts["imported_count"], "kept"),
                (_("known already"), counts["duplicate_count"], "neutral"),
                (_("refused"), counts["quarantined_count"], "dropped"),
            ]
        ),
        reasons=list(refused.annotate(records=Sum("unit_count")).order_by("-records")),
    )


def _preferences(project: Project) -> Preferences:
    pairs = PreferencePair.objects.for_project(project).standing()
    by_origin = dict(pairs.values_list("origin").annotate(Count("id")).order_by("origin"))
    labels = dict(PreferencePair.Origin.choices)
    return Preferences(
        pairs=sum(by_origin.values()),
        comparisons=source_comparisons(project).count(),
        lists=standing_lists(project).count(),
        segments=segments_of((labels[origin], count, "kept") for origin, count in by_origin.items()),
    )


def _confirmed(confirmation: Confirmation) -> list[Segment]:
    return segments_of(
        [
            (_("confirmed"), confirmation.confirmed, "kept"),
            (_("judged, not confirmed"), confirmation.judged - confirmation.confirmed, "dropped"),
            (_("not judged yet"), confirmation.mined - confirmation.judged, "neutral"),
        ]
    )


def _kept(version: DatasetVersion | None, dropped: list[tuple[str, int]]) -> list[Segment]:
    if version is None:
        return []
    return segments_of(
        [
            (_("in the version"), version.row_count, "kept"),
            (_("left out"), sum(count for _reason, count in dropped), "dropped"),
        ]
    )
