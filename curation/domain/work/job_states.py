"""The states of a job, as one table; the diagram in docs/reference/states.md is generated from it."""

from enum import StrEnum

from curation.domain.errors import HarkenError


class JobState(StrEnum):
    """Where a piece of long work stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    # Back to queued: the lease of a dead worker ran out, and the next one resumes.
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}
FINISHED_JOB_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class JobTransitionError(HarkenError):
    """A job cannot go from the state it is in to the one asked for."""


def check_job_transition(current: str, wanted: JobState) -> None:
    """Raise JobTransitionError unless the table allows the step."""
    allowed = JOB_TRANSITIONS[JobState(current)]
    if wanted not in allowed:
        names = ", ".join(sorted(allowed)) or "none: it has ended"
        message = f"A job that is {current} cannot become {wanted}. Allowed: {names}."
        raise JobTransitionError(message)
