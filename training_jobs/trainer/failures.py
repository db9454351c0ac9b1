"""How a run ends: exit codes for the supervisor, one sentence for people."""

import errno
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


def explain(error: Exception) -> TrainerError:
    """Turn any exception into one sentence, which says what to do or points to the log."""
    if isinstance(error, TrainerError):
        return error
    if _is_gpu_out_of_memory(error):
        return TrainerError(
            "The GPU ran out of memory. Use a smaller batch_size with more gradient_accumulation, "
            "a smaller max_length, or gradient_checkpointing.",
            code="gpu_out_of_memory",
        )
    if isinstance(error, MemoryError):
        return TrainerError(
            "The machine ran out of memory. Use a smaller batch or model.", code="out_of_memory"
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return TrainerError(
            "The disk is full. Free some space and start again; the last complete checkpoint is kept.",
            code="disk_full",
        )
    return TrainerError(
        f"The trainer met an unexpected {type(error).__name__}; the run's log says where.", code="unexpected"
    )


def exit_code_of(error: TrainerError) -> ExitCode:
    """Return how the program ends after this failure."""
    return ExitCode.OUT_OF_MEMORY if error.code == "gpu_out_of_memory" else ExitCode.FAILED


def _is_gpu_out_of_memory(error: Exception) -> bool:
    # Known by name, for torch is not imported here: it may be what failed to load.
    return type(error).__name__ == "OutOfMemoryError" or "CUBLAS_STATUS_ALLOC_FAILED" in str(error)
