"""How a run ends: exit codes for the supervisor, one sentence for people."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit status of the trainer tells its supervisor."""

    FINISHED = 0
    FAILED = 1
    OUT_OF_MEMORY = 42  # GPU memory: the same settings would fail again
    STOPPED = 75  # EX_TEMPFAIL: asked to stop, everything needed to go on is on disk


class TrainerError(Exception):
    """The run cannot go on; `code` is for programs, `sentence` is for people."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class StopRequestedError(Exception):
    """The run was asked to stop and is at a place where nothing is lost by stopping."""
