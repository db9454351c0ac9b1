"""What happened to a run, in order, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from training_jobs.domain.states import AttemptEnding
from training_jobs.models import RunAttempt, TrainingRun

ENDINGS = {
    AttemptEnding.FINISHED: gettext_noop("Attempt %(number)s finished training and evaluation."),
    AttemptEnding.LOST: gettext_noop("Attempt %(number)s was lost."),
    AttemptEnding.MOVED: gettext_noop("Attempt %(number)s saved its work and gave way."),
    AttemptEnding.FAILED: gettext_noop("Attempt %(number)s failed."),
    AttemptEnding.CANCELLED: gettext_noop("Attempt %(number)s was cancelled, and its processes are gone."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, and why where that is known."""

    at: datetime
    sentence: str
    reason: str = ""


def timeline(run: TrainingRun, attempts: list[RunAttempt]) -> list[Event]:
    """Return the events of a run, oldest first."""
    return sorted(_events(run, attempts), key=lambda event: event.at)


def _events(run: TrainingRun, attempts: list[RunAttempt]) -> Iterator[Event]:
    asked = (
        _("%(person)s asked for the run.")
        if run.created_by
        else _("The run was asked for on the command line.")
    )
    yield Event(at=run.created_at, sentence=asked % {"person": run.created_by})
    for attempt in attempts:
        yield Event(at=attempt.created_at, sentence=_started(attempt))
        if attempt.ended_at:
            sentence = _(ENDINGS[AttemptEnding(attempt.ending)]) % {"number": attempt.number}
            yield Event(at=attempt.ended_at, sentence=sentence, reason=attempt.ending_reason)
    if run.cancel_requested_at:
        stop = (
            _("%(person)s asked the run to stop.")
            if run.cancel_requested_by
            else _("The run was asked to stop.")
        )
        yield Event(at=run.cancel_requested_at, sentence=stop % {"person": run.cancel_requested_by})


def _started(attempt: RunAttempt) -> str:
    words = {"number": attempt.number, "worker": attempt.worker_name, "step": attempt.resumed_from_step}
    if attempt.resumed_from_step:
        return _("Attempt %(number)s on %(worker)s went on from the checkpoint at step %(step)s.") % words
    return _("Attempt %(number)s started on %(worker)s.") % words
