"""Curation's tasks: each loads by id and calls one service."""

from typing import Any

from celery import shared_task

from curation import dispatch
from curation.services.enrichers import enrichment, topics, word_index
from curation.services.exporters import exports
from curation.services.importers import imports, undoing
from curation.services.judging import judging
from curation.services.scoring import runs as scoring
from curation.services.versions import datasets, previews
from curation.services.work import health
from curation.services.writing import answering


@shared_task(name=dispatch.BEAT)
def beat(*, answering: str, **later: Any) -> None:
    """Answer the sweep's question whether anybody works on this queue."""
    health.beat(name=health.worker_name(answering))


@shared_task(name=dispatch.RUN_IMPORT)
def run_import(*, job_id: int, **later: Any) -> None:
    """Import the files of a batch."""
    imports.run_import(job_id=job_id)


@shared_task(name=dispatch.RUN_UNDO)
def run_undo(*, job_id: int, **later: Any) -> None:
    """Delete what an import brought."""
    undoing.run_undo(job_id=job_id)


@shared_task(name=dispatch.RUN_FREEZE)
def run_freeze(*, job_id: int, **later: Any) -> None:
    """Freeze a dataset's next version."""
    datasets.run_freeze(job_id=job_id)


@shared_task(name=dispatch.RUN_PREVIEW)
def run_preview(*, job_id: int, **later: Any) -> None:
    """Work out what a recipe would make of the corpus."""
    previews.run_preview(job_id=job_id)


@shared_task(name=dispatch.RUN_EXPORT)
def run_export(*, job_id: int, **later: Any) -> None:
    """Write a version to a file."""
    exports.run_export(job_id=job_id)


@shared_task(name=dispatch.RUN_WORD_INDEX)
def run_word_index(*, job_id: int, **later: Any) -> None:
    """Write the words of a project's newest messages for the search."""
    word_index.run_word_index(job_id=job_id)


@shared_task(name=dispatch.RUN_GENERATION)
def run_generation(*, job_id: int, **later: Any) -> None:
    """Ask endpoints for the answers of a response set."""
    answering.run_generation(job_id=job_id)


@shared_task(name=dispatch.RUN_JUDGING)
def run_judging(*, job_id: int, **later: Any) -> None:
    """Have a judge compare the answers of a response set."""
    judging.run_judging(job_id=job_id)


@shared_task(name=dispatch.RUN_SCORING)
def run_scoring(*, job_id: int, **later: Any) -> None:
    """Run a frozen measure over answers."""
    scoring.run_scoring(job_id=job_id)


@shared_task(name=dispatch.RUN_ENRICHMENT)
def run_enrichment(*, job_id: int, **later: Any) -> None:
    """Let an enricher read what it has not read."""
    enrichment.run_enrichment(job_id=job_id)


@shared_task(name=dispatch.RUN_TOPICS)
def run_topics(*, job_id: int, **later: Any) -> None:
    """Find a project's topics."""
    topics.run_topics(job_id=job_id)
