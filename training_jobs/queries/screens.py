"""What the pages of a run show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curation.domain.versions.deciders import deciders_from_counts
from curation.models import DatasetVersion
from training_jobs.models import RunAttempt, TrainingRun
from training_jobs.queries.artifacts import is_random, skipped_rows
from training_jobs.queries.downloads import adapter_folder
from training_jobs.queries.headlines import (
    Comparison,
    Headline,
    comparisons_of,
    deciders_sentence,
    headline_of,
)
from training_jobs.queries.response_sets import JudgedSet, sets_of_run
from training_jobs.queries.runs import attempts_of, evaluation_of, runs_ahead, waiting_count
from training_jobs.queries.timeline import Event, timeline
from training_jobs.queries.workers import is_training_worker_alive

HELD_OUT = ("test", "validation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is; `ahead` counts the runs before a waiting one."""

    run: TrainingRun
    is_base_random: bool
    is_worker_missing: bool
    ahead: int


def progress_of(run: TrainingRun) -> Progress:
    """Return how far a run is, and what it waits for."""
    waits = run.state == run.State.QUEUED
    return Progress(
        run=run,
        is_base_random=is_random(run.base_model),
        is_worker_missing=waits and not is_training_worker_alive(),
        ahead=runs_ahead(run) if waits else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRows:
    """Rows of one split that the trainer could not use, by reason."""

    split: str
    used: int
    skipped: int
    cut: int
    reasons: list[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run has left behind so far."""

    headline: Headline | None
    comparisons: list[Comparison]
    report: Mapping[str, Any]
    skipped: list[SkippedRows]
    attempts: list[RunAttempt]
    events: list[Event]
    has_adapter: bool
    sets: list[JudgedSet]


def results_of(run: TrainingRun) -> Results:
    """Return what a run has left behind so far."""
    evaluation = evaluation_of(run)
    attempts = attempts_of(run)
    return Results(
        headline=headline_of(evaluation) if evaluation else None,
        comparisons=comparisons_of(evaluation) if evaluation else [],
        report=evaluation.report if evaluation else {},
        skipped=_skipped(run),
        attempts=attempts,
        events=timeline(run, attempts),
        has_adapter=adapter_folder(run) is not None,
        sets=sets_of_run(run),
    )


def _skipped(run: TrainingRun) -> list[SkippedRows]:
    report = skipped_rows(run)
    sentences = {row["reason"]: row["sentence"] for row in report.get("rows", [])}
    return [
        SkippedRows(
            split=split,
            used=found["used"],
            skipped=found["skipped"],
            cut=found.get("cut_to_max_length", 0),
            reasons=[(sentences.get(reason, reason), count) for reason, count in found["reasons"].items()],
        )
        for split, found in report.get("splits", {}).items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """What will happen when a run is started."""

    version: DatasetVersion
    configuration: Mapping[str, Any]
    base_name: str
    is_base_random: bool
    passes: float
    held_out_split: str
    held_out: int
    who_decided: str
    is_worker_missing: bool
    waiting: int


def summary_of_plan(
    version: DatasetVersion, *, configuration: Mapping[str, Any], base_name: str, is_base_random: bool
) -> PlanSummary:
    """Return what a run with this configuration would do."""
    counts = version.split_counts
    split = next((name for name in HELD_OUT if counts.get(name)), "")
    # The manifest counts deciders of the test split only.
    deciders = deciders_from_counts(version.manifest.get("test_decided_by", {}) if split == "test" else {})
    pairs = configuration["max_steps"] * configuration["batch_size"] * configuration["gradient_accumulation"]
    return PlanSummary(
        version=version,
        configuration=configuration,
        base_name=base_name,
        is_base_random=is_base_random,
        passes=pairs / max(1, counts.get("train", 0)),
        held_out_split=split,
        held_out=counts.get(split, 0),
        who_decided=deciders_sentence(deciders) if deciders.total else "",
        is_worker_missing=not is_training_worker_alive(),
        waiting=waiting_count(),
    )
