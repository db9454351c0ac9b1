"""The summary of the main job, read from what is stored: what came in, what was dropped and why, what came of it."""

from collections.abc import Mapping

from django.db.models import Count, Sum

from annotation.models import Annotation, AssertionResult
from curation.models import (
    Comparison,
    DatasetVersion,
    ImportBatch,
    Job,
    PreferencePair,
    Project,
    QuarantinedRecord,
    RankedList,
)
from curation.queries.corpus.preferences import confirmation_of_mined_pairs
from feedback_mining.models import MiningRun, Signal
from training_jobs.models import Evaluation, TrainingRun

Row = tuple[str, str, str]


def summary_rows(project: Project) -> list[Row]:
    """Return (step, figure, detail) for every step of the main job."""
    return [
        *_imported(project),
        *_mined(project),
        *_paired(project),
        *_judged(project),
        *_frozen(project),
        *_trained(project),
    ]


def _imported(project: Project) -> list[Row]:
    totals = ImportBatch.objects.for_project(project).aggregate(
        read=Sum("read_count"),
        imported=Sum("imported_count"),
        duplicates=Sum("duplicate_count"),
        quarantined=Sum("quarantined_count"),
        conversations=Sum("conversation_count"),
    )
    reasons = dict(
        QuarantinedRecord.objects.for_project(project)
        .values_list("reason")
        .annotate(records=Sum("unit_count"))
        .order_by("reason")
    )
    dropped = f"{totals['duplicates'] or 0} duplicates, {totals['quarantined'] or 0} quarantined"
    return [
        ("records read", _number(totals["read"]), f"{_number(totals['imported'])} imported, {dropped}"),
        ("  quarantined because", _number(sum(reasons.values())), _listed(reasons)),
        ("conversations", _number(totals["conversations"]), ""),
    ]


def _mined(project: Project) -> list[Row]:
    signals = Signal.objects.for_project(project)
    by_polarity = dict(signals.values_list("polarity").annotate(n=Count("id")))
    runs = MiningRun.objects.for_project(project).filter(finished_at__isnull=False)
    by_detector = dict(signals.values_list("detector").annotate(n=Count("id")))
    read = max(runs.values_list("last_message_id", "message_count"), default=(0, 0))[1]
    detail = f"SAT {by_polarity.get('sat', 0)}, DSAT {by_polarity.get('dsat', 0)}; {_listed(by_detector)}"
    return [("signals", _number(signals.count()), f"{detail} ({read} user messages in the last run)")]


def _paired(project: Project) -> list[Row]:
    pairs = PreferencePair.objects.for_project(project).count()
    job = (
        Job.objects.for_project(project)
        .filter(kind="pair_building", state=Job.State.SUCCEEDED)
        .order_by("-id")
        .first()
    )
    skipped = f"skipped: {_listed(job.result.get('skipped', {}))}" if job else ""
    return [("mined pairs", _number(pairs), skipped), *_ranked(project)]


def _ranked(project: Project) -> list[Row]:
    """What the source itself ranked, where it did."""
    lists = RankedList.objects.for_project(project).count()
    comparisons = Comparison.objects.for_project(project).filter(pair__isnull=True).count()
    if not lists and not comparisons:
        return []
    return [
        ("ranked by the source", _number(lists + comparisons), f"{lists} lists, {comparisons} comparisons")
    ]


def _judged(project: Project) -> list[Row]:
    confirmation = confirmation_of_mined_pairs(project)
    verdicts = Annotation.objects.for_project(project).filter(act=Annotation.Act.JUDGED).count()
    if confirmation.interval is None:
        return [
            ("people's verdicts", "0", "nobody has judged yet: open the queue and press 1 to 4"),
            *_checked(project),
        ]
    low, high = confirmation.interval
    said = f"people confirm {confirmation.confirmed} of {confirmation.judged} judged pairs ({low:.0%} to {high:.0%})"
    return [("people's verdicts", _number(verdicts), said), *_checked(project)]


def _checked(project: Project) -> list[Row]:
    results = AssertionResult.objects.for_project(project)
    return [("assertion results", _number(results.count()), f"{results.filter(passed=False).count()} failed")]


def _frozen(project: Project) -> list[Row]:
    version = (
        DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False).order_by("-id").first()
    )
    if version is None:
        return [("frozen version", "none", "")]
    manifest = version.manifest
    return [
        ("frozen version", str(version), f"{version.row_count} rows: {_listed(version.split_counts)}"),
        ("  decided by", "", _listed(manifest["decided_by"])),
        ("  dropped because", _number(sum(manifest["dropped"].values())), _listed(manifest["dropped"])),
        ("  content hash", "", version.content_hash),
    ]


def _trained(project: Project) -> list[Row]:
    run = TrainingRun.objects.for_project(project).order_by("-id").first()
    if run is None:
        return [("training run", "none", "")]
    rows = [
        (
            "training run",
            run.state,
            f"{run.objective}, {run.step} of {run.total_steps} steps. {run.error_sentence}",
        )
    ]
    evaluations = Evaluation.objects.filter(run=run)
    return rows + [("evaluation", _share(each.preference_accuracy), _evaluated(each)) for each in evaluations]


def _evaluated(evaluation: Evaluation) -> str:
    title = "preference accuracy" if evaluation.people_share else "agreement with the miner"
    interval = f"{_share(evaluation.interval_low)} to {_share(evaluation.interval_high)}"
    return f"{title} on {evaluation.pair_count} held-out pairs of the {evaluation.split} split ({interval})"


def _number(value: int | None) -> str:
    return f"{value or 0:,}"


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.0%}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing"
