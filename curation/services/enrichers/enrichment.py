"""Enrichment: each enricher reads what it has not read, in a job of its own that can stop and go on anywhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.dispatch import RUN_ENRICHMENT
from curation.domain.enrichers.enriching import Enricher, EnricherPlugin, EnricherTools, Findings
from curation.domain.errors import HarkenError
from curation.enrichers import load_enricher
from curation.models import (
    Conversation,
    Enrichment,
    Fingerprint,
    Job,
    MessageEmbedding,
    MessageTopic,
    Project,
    Score,
    User,
)
from curation.queries.enrichers.enrichment_findings import tags_of_enricher
from curation.queries.enrichers.enrichments import (
    ENRICHMENT_JOB,
    GROUPING,
    Chunk,
    has_waiting,
    newest_enrichment,
    newest_enrichment_jobs,
    newest_enrichments,
    next_chunk,
    next_left_behind,
    settings_of,
    waiting_count,
    wanted_enrichers,
)
from curation.queries.enrichers.screening import SCREENER
from curation.services.corpus.comparing import StoredFingerprints, StoredNeighbours
from curation.services.enrichers.findings import scorers_of, store_findings
from curation.services.enrichers.screening import forget_screening, screen_answers
from curation.services.enrichers.topics import keep_topics_current
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.contract import EmbedderUnavailableError

# After a failure the sweep tries again by itself, but not at once: an embedder may be away for a while.
TRY_AGAIN_AFTER = timedelta(minutes=10)


@transaction.atomic
def open_enrichment(*, project: Project, name: str, actor: User | None = None) -> Job:
    """Return the job that lets this enricher read on, the one that is under way where there is one."""
    return open_enrichments(project=project, names=[load_enricher(name).name], actor=actor)[0]


@transaction.atomic
def open_enrichments(*, project: Project, names: Sequence[str], actor: User | None = None) -> list[Job]:
    """Return the jobs that let these enrichers read on, in their order; what is under way is not opened again."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two openers take turns
    under_way = Job.objects.for_project(project).filter(
        kind=ENRICHMENT_JOB, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    jobs = {job.arguments["enricher"]: job for job in under_way}
    for name in names:
        if name not in jobs:
            jobs[name] = _open(project, name, actor)
    return [jobs[name] for name in names]


def _open(project: Project, name: str, actor: User | None) -> Job:
    job = open_job(
        project=project,
        kind=ENRICHMENT_JOB,
        task_name=RUN_ENRICHMENT,
        actor=actor,
        arguments={"enricher": name},
        unit="conversations",
    )
    ring_job(job=job)
    return job


def open_wanted_enrichments(*, project: Project, actor: User | None = None) -> list[Job]:
    """Open a job for each enricher that runs by itself and has something to read."""
    return open_enrichments(project=project, names=_waiting_names(project), actor=actor)


def _waiting_names(project: Project) -> list[str]:
    rows = newest_enrichments(project)
    return [name for name in wanted_enrichers(project) if has_waiting(rows.get(name), project=project)]


def open_waiting_enrichments(*, now: datetime | None = None) -> list[Job]:
    """Open what waits in any project; what was cancelled stays, and what failed is tried again after a while."""
    moment = now or timezone.now()
    jobs: list[Job] = []
    for project in Project.objects.filter(archived_at__isnull=True).order_by("id"):
        if names := _waiting_names(project):
            stopped = _stopped(project, moment)
            jobs += open_enrichments(project=project, names=[name for name in names if name not in stopped])
    return jobs


def _stopped(project: Project, moment: datetime) -> set[str]:
    """Return the enrichers that wait for a person, or for some time after a failure."""
    newest = newest_enrichment_jobs(project)
    return {name for name, job in newest.items() if not _may_go_on(job, moment)}


def _may_go_on(job: Job, moment: datetime) -> bool:
    if job.state == Job.State.FAILED:
        return job.finished_at is not None and job.finished_at < moment - TRY_AGAIN_AFTER
    return job.state == Job.State.SUCCEEDED


def run_enrichment(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an enrichment job: read what is new, a chunk at a time, and store what is found."""
    return run_job(job_id=job_id, work=_enrich, listener=listener)


def _enrich(progress: JobProgress) -> dict[str, Any]:
    project, plugin = progress.job.project, load_enricher(progress.job.arguments["enricher"])
    enricher = _build(project, plugin)
    row = _row_of(project, plugin, enricher, progress.job)
    through = _through(project, plugin)
    total = waiting_count(project, after=row.done_through, through=through)
    done, found = 0, 0
    progress.report(0, total=total, now=True)
    _read_left_behind(row, enricher, progress)
    while chunk := next_chunk(row, through=through):
        findings = _found(enricher, chunk)
        done, found = done + chunk.new_count, found + findings.count
        # What came in meanwhile is read too, so the total may grow.
        _store(row, chunk, findings, partial(progress.report, done, total=max(total, done), now=True))
    if plugin.name == SCREENER:
        screen_answers(row=row, enricher=enricher, progress=progress)
    if plugin.name == "embeddings":
        keep_topics_current(project=project)
    return {"enricher": plugin.name, "version": row.version, "conversations": done, "findings": found}


def _read_left_behind(row: Enrichment, enricher: Enricher, progress: JobProgress) -> None:
    """Read again what was grouped with conversations that are gone: the first of them takes their place."""
    asked, last = row.regroup_asked_at, 0
    if asked is None:
        return
    while chunk := next_left_behind(row, after=last):
        last = max(chunk.grown)
        _store(row, chunk, _found(enricher, chunk), partial(progress.report, 0, now=True))
    Enrichment.objects.filter(pk=row.pk, regroup_asked_at=asked).update(regroup_asked_at=None)


def ask_to_regroup(*, project: Project) -> None:
    """Let what was grouped with conversations that are gone be read again; the sweep opens the jobs."""
    rows = Enrichment.objects.for_project(project).filter(name__in=GROUPING)
    rows.update(regroup_asked_at=timezone.now())


def _build(project: Project, plugin: EnricherPlugin) -> Enricher:
    tools = EnricherTools(
        embedder=SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET),
        fingerprints=StoredFingerprints(project, enricher=plugin.name),
        neighbours=StoredNeighbours(project),
    )
    with _embedder_in_words():
        return plugin.build(tools=tools, settings=settings_of(project, plugin))


def _found(enricher: Enricher, chunk: Chunk) -> Findings:
    with _embedder_in_words():
        return enricher.enrich(chunk.conversations)


@contextmanager
def _embedder_in_words() -> Iterator[None]:
    """Turn an embedder that does not answer into an error for people."""
    try:
        yield
    except EmbedderUnavailableError as error:
        raise HarkenError(str(error)) from error


def _row_of(project: Project, plugin: EnricherPlugin, enricher: Enricher, job: Job) -> Enrichment:
    """Return the row of this enricher in this very version, which the job now works on."""
    version = f"{plugin.version}+{enricher.variant}" if enricher.variant else plugin.version
    row, _made = Enrichment.objects.get_or_create(
        project=project,
        name=plugin.name,
        version=version[:60],
        defaults={"settings": settings_of(project, plugin)},
    )
    row.project, row.job, row.updated_at = project, job, timezone.now()
    row.save(update_fields=["job", "updated_at"])
    return row


def _through(project: Project, plugin: EnricherPlugin) -> int | None:
    """Return the last conversation that may be read: an enricher never overtakes the one that it follows."""
    if not plugin.follows:
        return None
    leader = newest_enrichment(project, load_enricher(plugin.follows))
    return leader.done_through if leader else 0


@transaction.atomic
def _store(row: Enrichment, chunk: Chunk, findings: Findings, report: Callable[[], None]) -> None:
    """Store a chunk's findings and how far the enricher has come, in one transaction.

    The job's row stays locked until the chunk is committed: who lost the job stores nothing.
    """
    report()
    take_turns_with_withdrawals(row.project)
    store_findings(enrichment=row, findings=findings, grown=chunk.grown)
    if row.name == SCREENER and chunk.grown:
        forget_screening(row=row, conversations=chunk.grown)
    row.done_through, row.message_done_through = chunk.done_through, chunk.message_done_through
    row.updated_at = timezone.now()
    row.save(update_fields=["done_through", "message_done_through", "updated_at"])
    Enrichment.objects.filter(pk=row.pk).update(
        conversation_count=F("conversation_count") + chunk.new_count,
        finding_count=F("finding_count") + findings.count,
    )


@transaction.atomic
def restart_enrichment(*, project: Project, name: str, actor: User | None = None) -> Job:
    """Forget what this enricher found and let it read everything again."""
    opened = open_enrichment(project=project, name=name, actor=actor)
    # Locked, so that no worker begins while what it would go on from is forgotten.
    job = Job.objects.select_for_update().get(pk=opened.pk)
    if job.state != Job.State.QUEUED:
        raise HarkenError(_("This enricher is at work. Cancel its job first, then run it again."))
    for row in Enrichment.objects.for_project(project).filter(name=name):
        _forget(row)
    record_event(
        action="enrichment.restarted", project=project, actor=actor, target=job, details={"name": name}
    )
    return job


def _forget(row: Enrichment) -> None:
    tags_of_enricher(row.project, row.name).delete()
    scores = Score.objects.filter(scorer__in=scorers_of(row))
    if row.name == "language":
        guessed = Conversation.objects.filter(pk__in=scores.values("conversation"))
        guessed.update(language="")
    scores.delete()
    Fingerprint.objects.for_project(row.project).filter(enricher=row.name).delete()
    if row.name == SCREENER:
        forget_screening(row=row)
    if row.name == "embeddings":
        MessageEmbedding.objects.for_project(row.project).delete()
        MessageTopic.objects.for_project(row.project).delete()
    row.done_through = row.message_done_through = row.conversation_count = row.finding_count = 0
    row.save(update_fields=["done_through", "message_done_through", "conversation_count", "finding_count"])


@transaction.atomic
def save_enrichment_settings(
    *, project: Project, name: str, wanted: bool, options: dict[str, str], actor: User
) -> None:
    """Set whether an enricher runs after every import, and its own settings."""
    plugin = load_enricher(name)
    known = {option.name for option in plugin.options}
    chosen = {key: value for key, value in options.items() if key in known}
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    locked.enrichment_settings[name] = {"wanted": wanted, **chosen}
    locked.save(update_fields=["enrichment_settings"])
    project.enrichment_settings = locked.enrichment_settings
    record_event(
        action="enrichment.settings_saved",
        project=project,
        actor=actor,
        target=project,
        details={"name": name},
    )
