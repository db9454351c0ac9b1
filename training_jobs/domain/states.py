"""The states of a training run, as one table; the diagram in docs/reference/states.md is generated from it."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a training run stands."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    EVALUATING = "evaluating"
    CANCELLING = "cancelling"
    INTERRUPTED = "interrupted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptEnding(StrEnum):
    """How one try at a run ended; only lost ones count against `max_attempts`."""

    FINISHED = "finished"
    LOST = "lost"
    MOVED = "moved"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = RunState
RUN_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    S.QUEUED: frozenset({S.STARTING, S.FAILED, S.CANCELLED}),
    S.STARTING: frozenset({S.RUNNING, S.FAILED, S.CANCELLING, S.INTERRUPTED}),
    S.RUNNING: frozenset({S.EVALUATING, S.SUCCEEDED, S.FAILED, S.CANCELLING, S.INTERRUPTED}),
    S.EVALUATING: frozenset({S.SUCCEEDED, S.FAILED, S.CANCELLING, S.INTERRUPTED}),
    # Entered `cancelled` only when the process group is seen gone.
    S.CANCELLING: frozenset({S.CANCELLED, S.FAILED, S.INTERRUPTED}),
    S.INTERRUPTED: frozenset({S.QUEUED, S.FAILED, S.CANCELLED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}
ACTIVE_RUN_STATES = frozenset({S.STARTING, S.RUNNING, S.EVALUATING, S.CANCELLING})
FINISHED_RUN_STATES = frozenset({S.SUCCEEDED, S.FAILED, S.CANCELLED})


class RunTransitionError(Exception):
    """A run cannot go from the state it is in to the one asked for."""


def check_run_transition(current: str, wanted: RunState) -> None:
    """Raise RunTransitionError unless the table allows the step."""
    allowed = RUN_TRANSITIONS[RunState(current)]
    if wanted not in allowed:
        names = ", ".join(sorted(allowed)) or "none: it has ended"
        message = f"A run that is {current} cannot become {wanted}. Allowed: {names}."
        raise RunTransitionError(message)
