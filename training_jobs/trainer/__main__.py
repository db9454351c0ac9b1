"""`python -m training_jobs.trainer RUN_DIR`: run, and end with the exit code that the supervisor expects."""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from training_jobs.trainer.config import TrainerConfig, read_config
from training_jobs.trainer.failures import ExitCode, StopRequestedError, TrainerError, exit_code_of, explain
from training_jobs.trainer.run_directory import MetricsLog, RunDirectory, StatusFile
from training_jobs.trainer.supervision import (
    Heartbeat,
    StopFlag,
    Supervisor,
    end_with_parent,
    listen_for_signals,
)

logger = logging.getLogger("harken.trainer")

# Read by libraries when they are first imported, so `run` is imported late. What the caller set stays.
ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "0",
}
LOST_SUPERVISOR = {
    "code": "supervisor_lost",
    "sentence": "The worker that watched this run is gone, so it ended. It can go on from its checkpoint.",
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
    stop = StopFlag()
    listen_for_signals(stop)
    status = StatusFile(directory.status)
    return conclude(lambda: run(directory, status=status, stop=stop), status=status, stop=stop)


def run(directory: RunDirectory, *, status: StatusFile, stop: StopFlag) -> None:
    """Do what `config.json` says under a heartbeat; raises TrainerError or StopRequestedError."""
    status.change(state="loading")
    _refuse_several_processes()
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
        _train(config, directory=directory, status=status, stop=stop)
    finally:
        heartbeat.end()


def conclude(work: Callable[[], None], *, status: StatusFile, stop: StopFlag) -> ExitCode:
    """Do the work and return its exit code; however it ends, `status.json` says so before this returns."""
    try:
        work()
    except StopRequestedError:
        status.change(state="stopped", error=LOST_SUPERVISOR if stop.supervisor_lost else None)
        logger.info("Stopped; start again to go on.")
        return ExitCode.STOPPED
    except TrainerError as error:
        return _fail(error, status=status)
    except Exception as error:  # the last door: a person reads one sentence, the log keeps the details
        logger.exception("The run failed.")
        return _fail(explain(error), status=status)
    return ExitCode.FINISHED


def _train(config: TrainerConfig, *, directory: RunDirectory, status: StatusFile, stop: StopFlag) -> None:
    stop.raise_if_set()
    _prepare_environment()
    # Loads torch, which takes seconds.
    from training_jobs.trainer.preference_trainer import RunFiles
    from training_jobs.trainer.run import Run, train_and_evaluate

    files = RunFiles(directory=directory, status=status, metrics=MetricsLog(directory.metrics))
    train_and_evaluate(Run(config=config, files=files, stop=stop))


def _fail(error: TrainerError, *, status: StatusFile) -> ExitCode:
    logger.error("%s", error.sentence)
    try:
        status.fail(error)
    except OSError:  # the disk may be what failed; the exit code and the log still tell
        logger.error("status.json could not be written.")  # noqa: TRY400 - a traceback adds nothing
    return exit_code_of(error)


def _abandon(status: StatusFile) -> None:
    status.change(state="stopped", error=LOST_SUPERVISOR)
    os._exit(ExitCode.FAILED)


def _refuse_several_processes() -> None:
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainerError(
            "This trainer runs as one process on one GPU; start it without a distributed launcher.",
            code="several_processes",
        )


def _prepare_environment() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Deprecations between libraries are ours to act on, not the reader's of a run's log.
    warnings.filterwarnings("ignore", category=FutureWarning)


if __name__ == "__main__":
    sys.exit(main())
