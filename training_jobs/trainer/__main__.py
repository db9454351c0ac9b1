"""`python -m training_jobs.trainer RUN_DIR`: run, and end with the exit code that the supervisor expects."""

import argparse
import errno
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from training_jobs.trainer.config import read_config
from training_jobs.trainer.failures import ExitCode, StopRequestedError, TrainerError
from training_jobs.trainer.run_directory import MetricsLog, RunDirectory, StatusFile
from training_jobs.trainer.supervision import Heartbeat, StopFlag, Supervisor, end_with_parent, listen_for_signals

logger = logging.getLogger("harken.trainer")

# Read by libraries when they are first imported, which is why `run` is imported late. What the caller set stays.
ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "WANDB_DISABLED": "true",
    "CUDA_VISIBLE_DEVICES": "0",  # several visible ones would be driven by threads, and compute something else
}


def main(arguments: list[str] | None = None) -> int:
    """Run the directory named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training_jobs.trainer", description=__doc__)
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    directory = RunDirectory(parser.parse_args(arguments).run_dir)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not directory.path.is_dir():
        logger.error("There is no run directory %s.", directory.path)
        return ExitCode.FAILED
    return run_directory(directory)


def run_directory(directory: RunDirectory) -> ExitCode:
    """Run to the end, or to a stop; whatever happens is in `status.json` before this returns."""
    stop = StopFlag()
    listen_for_signals(stop)
    status = StatusFile(directory.status)
    status.change(state="loading")
    return _concluded(lambda: _supervised(directory, status=status, stop=stop), status=status, stop=stop)


def _supervised(directory: RunDirectory, *, status: StatusFile, stop: StopFlag) -> None:
    config = read_config(directory.config)
    status.change(total_steps=config.max_steps)
    supervisor = Supervisor.from_environment()
    if supervisor:
        end_with_parent()
    heartbeat = Heartbeat(
        status=status,
        stop=stop,
        supervisor=supervisor,
        seconds=config.heartbeat_seconds,
        abandon=lambda: _abandon(status),
    )
    heartbeat.start()
    try:
        _prepare_environment()
        from training_jobs.trainer.preference_trainer import RunFiles
        from training_jobs.trainer.run import Run, train_and_evaluate

        files = RunFiles(directory=directory, status=status, metrics=MetricsLog(directory.metrics))
        train_and_evaluate(Run(config=config, files=files, stop=stop))
    finally:
        heartbeat.end()


def _concluded(work: Callable[[], None], *, status: StatusFile, stop: StopFlag) -> ExitCode:
    try:
        work()
    except StopRequestedError:
        status.change(state="stopped", error=_lost_supervisor() if stop.supervisor_lost else None)
        logger.info("Stopped; start again to go on.")
        return ExitCode.STOPPED
    except TrainerError as error:
        return _failed(error, status=status)
    except Exception as error:  # the last door: a person reads one sentence, the log keeps the details
        logger.exception("The run failed.")
        return _failed(_in_a_sentence(error), status=status)
    return ExitCode.FINISHED


def _failed(error: TrainerError, *, status: StatusFile) -> ExitCode:
    logger.error("%s", error.sentence)
    status.fail(error)
    return ExitCode.OUT_OF_MEMORY if error.code == "gpu_out_of_memory" else ExitCode.FAILED


def _in_a_sentence(error: Exception) -> TrainerError:
    if type(error).__name__ == "OutOfMemoryError":  # torch's; not imported here, for it may be what failed to load
        return TrainerError(
            "The GPU ran out of memory. Use a smaller batch_size with more gradient_accumulation, "
            "a smaller max_length, or gradient_checkpointing.",
            code="gpu_out_of_memory",
        )
    if isinstance(error, MemoryError):
        return TrainerError("The machine ran out of memory. Use a smaller batch or model.", code="out_of_memory")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return TrainerError(
            "The disk is full. Free some space and start again; the last complete checkpoint is kept.",
            code="disk_full",
        )
    return TrainerError(
        f"The trainer met an unexpected {type(error).__name__}; the run's log says where.", code="unexpected"
    )


def _abandon(status: StatusFile) -> None:
    status.change(state="stopped", error=_lost_supervisor())
    os._exit(ExitCode.FAILED)


def _lost_supervisor() -> dict[str, str]:
    return {
        "code": "supervisor_lost",
        "sentence": "The worker that watched this run is gone, so the run ended; it goes on from its last checkpoint.",
    }


def _prepare_environment() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    sys.exit(main())
