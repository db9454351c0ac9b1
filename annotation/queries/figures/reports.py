"""The figures of a question as a page shows them: computed at once where that is quick, else from a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from annotation.models import FigureReport
from annotation.queries.figures.computing import Question, computation, nobody_listens
from curation.domain.corpus.hashing import canonical_json
from curation.models import Job, Project
from curation.queries.work.jobs import is_worker_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigures:
    """What a page knows of its question: the result where there is one, and the work that brings it.

    computed_at is None where the page computed it itself just now.
    """

    figure: str
    question: Question
    result: Mapping[str, Any] | None
    computed_at: datetime | None = None
    job: Job | None = None
    is_worker_missing: bool = False

    @property
    def needs_worker(self) -> bool:
        """Whether nothing can be shown until somebody asks a worker."""
        return self.result is None and (self.job is None or self.job.is_finished)


def question_hash(question: Question) -> str:
    """Return what tells a question from others, whatever the order of its parts."""
    return sha256(canonical_json(dict(question))).hexdigest()


def shown_figures(project: Project, *, figure: str, question: Question) -> ShownFigures:
    """Return the figures of a question; small ones are computed on the spot, large ones as last reported."""
    module = computation(figure)
    if module.size(project, question) <= module.AT_ONCE:
        result = module.compute(project, question, report=nobody_listens)
        return ShownFigures(figure=figure, question=question, result=result)
    report = report_of(project, figure=figure, question=question)
    if report is None:
        return ShownFigures(figure=figure, question=question, result=None)
    return ShownFigures(
        figure=figure,
        question=question,
        result=report.result,
        computed_at=report.computed_at,
        job=report.job,
        is_worker_missing=report.job is not None and is_worker_missing(report.job),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file whose lines a worker finds: when it last did, and the work that does."""

    computed_at: datetime | None = None
    job: Job | None = None
    is_worker_missing: bool = False


def kept_file(project: Project, *, figure: str, question: Question) -> KeptFile | None:
    """Return what is known of a file without reading it; None where it is small enough to be made as it is fetched."""
    module = computation(figure)
    if module.size(project, question) <= module.AT_ONCE:
        return None
    reports = _reports(project, figure=figure, question=question).defer("result")
    report = reports.select_related("job").first()
    if report is None:
        return KeptFile()
    is_missing = report.job is not None and is_worker_missing(report.job)
    return KeptFile(computed_at=report.computed_at, job=report.job, is_worker_missing=is_missing)


def report_of(project: Project, *, figure: str, question: Question) -> FigureReport | None:
    """Return the report that answers a question."""
    return _reports(project, figure=figure, question=question).select_related("job").first()


def _reports(project: Project, *, figure: str, question: Question) -> QuerySet[FigureReport]:
    return FigureReport.objects.for_project(project).filter(
        figure=figure, question_hash=question_hash(question)
    )
