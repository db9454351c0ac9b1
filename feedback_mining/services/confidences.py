"""Learning from reviews what the confidences of detectors that ask a language model are worth."""

from dataclasses import asdict

from django.db import transaction

from curation.models import Project, User
from curation.services.work.audit import record_event
from feedback_mining.domain.confidences import Lesson, learn_confidences
from feedback_mining.domain.detection import version_of
from feedback_mining.models import FittedConfidence
from feedback_mining.queries.confidences import ReviewedDetector, reviewed_detectors
from feedback_mining.services.lesson_versions import take_version


def fit_confidences(*, project: Project, actor: User | None = None) -> list[FittedConfidence]:
    """Fit the confidences of each detector of which enough claims were judged; the next run goes by them.

    Curves under which held-out reviews are no likelier are stored and not used, and those before stay.
    """
    lessons = [(each, learn_confidences(each.claims)) for each in reviewed_detectors(project)]
    return [_store(project, each, lesson, actor) for each, lesson in lessons if lesson is not None]


@transaction.atomic
def go_back_to_stated_confidences(*, project: Project, actor: User) -> None:
    """Let detectors claim as surely as they state again."""
    FittedConfidence.objects.for_project(project).update(is_used=False)
    record_event(action="confidences.taken_back", project=project, actor=actor, target=project)


@transaction.atomic
def _store(
    project: Project, reviewed: ReviewedDetector, lesson: Lesson, actor: User | None
) -> FittedConfidence:
    earlier = FittedConfidence.objects.for_project(project).filter(detector=reviewed.detector)
    number = take_version(project=project, earlier=earlier, replaces=lesson.is_better)
    row = FittedConfidence.objects.create(
        project=project,
        detector=reviewed.detector,
        version=number,
        stating_version=reviewed.stating_version,
        fitted_version=version_of(reviewed.stating_version, f"c{number}"),
        curves={polarity.value: asdict(curve) for polarity, curve in lesson.curves.items()},
        before=dict(lesson.before),
        after=dict(lesson.after),
        is_used=lesson.is_better,
        created_by=actor,
    )
    details = {"detector": row.detector, "version": number, "is_used": row.is_used}
    record_event(action="confidences.fitted", project=project, actor=actor, target=row, details=details)
    return row
