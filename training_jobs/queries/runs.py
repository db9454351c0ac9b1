"""Runs and what they train on, found for pages and commands."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import DatasetVersion, ModelVersion, Project
from training_jobs.domain.states import FINISHED_RUN_STATES, RunState
from training_jobs.models import Evaluation, RunAttempt, TrainingRun
from training_jobs.queries.headlines import Headline, headline_of

RUNS_OF_A_PAGE = 25


def run_of_uuid(text: str) -> TrainingRun:
    """Return the run of this uuid in any project; raises HarkenError. For commands, which no outsider can reach."""
    try:
        found = (
            TrainingRun.objects.select_related("version", "base_model", "adapter")
            .filter(uuid=UUID(text))
            .first()
        )
    except ValueError:
        found = None
    if found is None:
        raise HarkenError(
            _("There is no run '%(text)s'. `train_model --json` prints the uuid of a run.") % {"text": text}
        )
    return found


def equal_unfinished_run(version: DatasetVersion, *, config_sha256: str) -> TrainingRun | None:
    """Return a run of the same configuration on the same version that has not ended, if any."""
    runs = TrainingRun.objects.for_project(version.project).filter(
        version=version, config_sha256=config_sha256
    )
    return runs.exclude(state__in=FINISHED_RUN_STATES).order_by("-id").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run in a list, with what may be said of its result."""

    run: TrainingRun
    headline: Headline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One page of runs, newest first; `before` is where the next one starts, None on the last."""

    rows: list[RunRow]
    before: int | None


def run_page(project: Project, *, before: int | None = None) -> RunPage:
    """Return a page of the project's runs in two queries."""
    runs = _for_lists(project)
    if before is not None:
        runs = runs.filter(pk__lt=before)
    found = list(runs[: RUNS_OF_A_PAGE + 1])
    rows = [_row(run) for run in found[:RUNS_OF_A_PAGE]]
    return RunPage(rows=rows, before=rows[-1].run.pk if len(found) > RUNS_OF_A_PAGE else None)


def newest_run(project: Project) -> RunRow | None:
    """Return the project's newest run, or None before the first."""
    run = _for_lists(project).first()
    return _row(run) if run else None


def _for_lists(project: Project) -> QuerySet[TrainingRun]:
    runs = TrainingRun.objects.for_project(project).select_related("version__dataset", "base_model")
    return runs.prefetch_related("evaluations").order_by("-id")


def _row(run: TrainingRun) -> RunRow:
    evaluation = next(iter(run.evaluations.all()), None)
    return RunRow(run=run, headline=headline_of(evaluation) if evaluation else None)


def run_of_project(project: Project, *, uuid: UUID) -> TrainingRun | None:
    """Return a run with what its pages show of its neighbours, or None."""
    runs = TrainingRun.objects.for_project(project).filter(uuid=uuid)
    return runs.select_related(
        "project", "version__dataset", "base_model", "adapter", "created_by", "cancel_requested_by"
    ).first()


def attempts_of(run: TrainingRun) -> list[RunAttempt]:
    """Return the attempts of a run, first one first."""
    return list(run.attempts.order_by("number"))


def evaluation_of(run: TrainingRun) -> Evaluation | None:
    """Return the evaluation of a run, or None before there is one."""
    return run.evaluations.order_by("id").first()


def runs_ahead(run: TrainingRun) -> int:
    """Return how many runs of the whole installation a waiting run waits for."""
    waiting = TrainingRun.objects.filter(state=RunState.QUEUED, priority__gte=run.priority, pk__lt=run.pk)
    return waiting.count()


def waiting_count() -> int:
    """Return how many runs of the whole installation wait for a worker."""
    return TrainingRun.objects.filter(state=RunState.QUEUED).count()


def trainable_versions(project: Project) -> QuerySet[DatasetVersion]:
    """Return the frozen versions of a project, newest first."""
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return versions.select_related("dataset", "project").order_by("-id")


def known_base_models(project: Project) -> list[ModelVersion]:
    """Return the base models that runs of this project started from, by name."""
    models = ModelVersion.objects.for_project(project).filter(kind=ModelVersion.Kind.BASE).exclude(path="")
    return list(models.order_by("name", "id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How many runs a project has, and how many of them are in each state, as people call it."""

    total: int
    by_state: list[tuple[str, int]]


def run_counts(project: Project) -> RunCounts:
    """Count the project's runs by state."""
    runs = TrainingRun.objects.for_project(project)
    counted = dict(runs.values_list("state").annotate(Count("id")).order_by("state"))
    by_state = [(str(TrainingRun.State(state).label), count) for state, count in counted.items()]
    return RunCounts(total=sum(counted.values()), by_state=by_state)
