"""Supervising one attempt: start the trainer, follow its files into the database, stop it when it must stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from training_jobs.domain.errors import PreparationError, RunLostError
from training_jobs.domain.states import AttemptEnding
from training_jobs.models import RunAttempt, TrainingRun
from training_jobs.queries.artifacts import log_path, run_folder
from training_jobs.services.claims import (
    cancel_held_run,
    claim_next_run,
    fail_run,
    interrupt_run,
    renew_lease,
)
from training_jobs.services.environment import program_environment
from training_jobs.services.following import RunFollower, read_status
from training_jobs.services.processes import ATTEMPT_VARIABLE, RUN_VARIABLE, end_processes, mark_of
from training_jobs.services.recording import record_process
from training_jobs.services.results import succeed_run
from training_jobs.services.run_directories import forget_rows, prepare_run_directory
from training_jobs.services.workers import report_worker
from training_jobs.trainer.failures import ExitCode
from training_jobs.trainer.run_directory import RunDirectory
from training_jobs.trainer.supervision import SUPERVISOR_VARIABLE

TRAINER = (sys.executable, "-m", "training_jobs.trainer")
TICK_SECONDS = 0.5
# Each look renews the lease too: one short transaction a second is little, and a cancellation is seen at once.
LOOK_SECONDS = 1.0
# Within the lease, so that the trainer is gone before anybody else may claim the run.
UNREACHABLE_SECONDS = 40.0
STOP_GRACE_SECONDS = 60.0
LOST_GRACE_SECONDS = 10.0

Listener = Callable[[TrainingRun], None]
log = structlog.get_logger()


class Drain:
    """Set when this worker shall stop: the run is saved and left to the next worker."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Ask for it; fits a signal handler."""
        self.is_asked = True

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT ask for it while the block runs, where this thread may say so."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def work_through_runs(
    *,
    worker_name: str,
    run: TrainingRun | None = None,
    listener: Listener | None = None,
    drain: Drain | None = None,
    program: Sequence[str] = TRAINER,
) -> int:
    """Claim and supervise runs until none waits, or this one alone; returns how many attempts were made.

    `program` is started with the run directory as its last argument, and keeps to the trainer's protocol.
    """
    stop, attempts = drain or Drain(), 0
    with stop.on_signals():
        while not stop.is_asked:
            attempt = claim_next_run(worker_name=worker_name, run=run)
            if attempt is None:
                break
            attempts += 1
            Supervision(attempt, drain=stop, listener=listener, program=program).see_through()
    return attempts


class Supervision:
    """One attempt at a run, from the claim to its end."""

    def __init__(
        self,
        attempt: RunAttempt,
        *,
        drain: Drain,
        listener: Listener | None = None,
        program: Sequence[str] = TRAINER,
    ) -> None:
        self._attempt = attempt
        self._run = attempt.run
        self._drain = drain
        self._listener = listener
        self._program = program
        self._looked_at = 0.0
        self._renewed_at = time.monotonic()
        self._stop_asked_at: float | None = None

    def see_through(self) -> None:
        """Prepare, train, record; whatever happens, no process of this attempt is left when this returns."""
        try:
            directory = prepare_run_directory(self._run, while_waiting=self._keep_lease)
            self._train(directory)
        except RunLostError:
            log.warning("run_lost", run=str(self._run.uuid), attempt=self._attempt.number)
        except HarkenError as error:
            self._fail(code="not_prepared", sentence=str(error))
        except (OperationalError, InterfaceError):
            log.warning("run_left_to_the_sweep", run=str(self._run.uuid), attempt=self._attempt.number)
        except Exception as error:
            log.exception("supervision_failed", run=str(self._run.uuid))
            self._fail(code="unexpected", sentence=_unexpected(error))
        finally:
            self._leave_nothing_running()

    def _train(self, directory: RunDirectory) -> None:
        if self._must_stop():
            self._conclude(directory, exit_code=ExitCode.STOPPED)
            return
        trainer = self._start(directory)
        try:
            self._follow(trainer, directory)
        finally:
            self._leave_nothing_running()
            exit_code = trainer.wait()
        self._conclude(directory, exit_code=exit_code)

    def _start(self, directory: RunDirectory) -> "subprocess.Popen[bytes]":
        """Start the trainer in a group of its own, its output in a file, nothing of ours in its environment."""
        run = str(self._run.uuid)
        if not end_processes(run, grace_seconds=LOST_GRACE_SECONDS, while_waiting=self._keep_lease):
            raise PreparationError(
                _("Processes of an earlier attempt at this run do not end on this machine.")
            )
        with log_path(self._run).open("ab") as output:
            trainer = subprocess.Popen(
                [*self._program, str(directory.path)],
                cwd=settings.ROOT,
                env=program_environment(
                    **{RUN_VARIABLE: run, ATTEMPT_VARIABLE: str(self._attempt.uuid)},
                    **{SUPERVISOR_VARIABLE: str(os.getpid())},
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = mark_of(trainer.pid)
        if started is not None:
            record_process(attempt=self._attempt, process=started)
        return trainer

    def _follow(self, trainer: "subprocess.Popen[bytes]", directory: RunDirectory) -> None:
        """Read what the trainer writes until it ends, and make it end where it must."""
        follower = RunFollower(self._attempt, directory=directory, log=log_path(self._run))
        while trainer.poll() is None:
            self._keep_lease()
            with _tolerating_outage():
                follower.read()
            if self._must_stop():
                self._press(trainer)
            time.sleep(TICK_SECONDS)
        follower.read()

    def _keep_lease(self) -> None:
        """Renew the lease when it is due and learn of requests; raises RunLostError when it is gone, or nearly so."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        with _tolerating_outage():
            self._run = self._attempt.run = renew_lease(attempt=self._attempt)
            self._renewed_at = time.monotonic()
            if report_worker(name=self._attempt.worker_name):
                self._drain.ask()
            if self._listener:
                self._listener(self._run)
        if time.monotonic() - self._renewed_at >= UNREACHABLE_SECONDS:
            raise RunLostError(_("The database could not be reached, so this worker gave the run up."))

    def _must_stop(self) -> bool:
        return self._drain.is_asked or self._run.cancel_requested_at is not None

    def _press(self, trainer: "subprocess.Popen[bytes]") -> None:
        """Ask the trainer's group to stop; kill it when it has not after the grace."""
        if self._stop_asked_at is None:
            self._stop_asked_at = time.monotonic()
            _signal_group(trainer.pid, signal.SIGTERM)
        elif time.monotonic() - self._stop_asked_at >= STOP_GRACE_SECONDS:
            _signal_group(trainer.pid, signal.SIGKILL)

    def _leave_nothing_running(self) -> None:
        """End what this attempt started, and not what a later one did after this one was thought dead."""
        end_processes(str(self._run.uuid), attempt=str(self._attempt.uuid), grace_seconds=LOST_GRACE_SECONDS)

    def _conclude(self, directory: RunDirectory, *, exit_code: int) -> None:
        """Write down how the attempt ended, once nothing of it runs any more."""
        if not end_processes(str(self._run.uuid), attempt=str(self._attempt.uuid), grace_seconds=0):
            raise RunLostError(_("Processes of this run do not end."))
        run = self._forget_rows()
        if run.cancel_requested_at:
            cancel_held_run(attempt=self._attempt, exit_code=exit_code)
        elif exit_code == ExitCode.FINISHED:
            succeed_run(attempt=self._attempt, directory=directory)
        elif exit_code == ExitCode.STOPPED or exit_code < 0:
            self._interrupt(exit_code)
        else:
            self._fail_as_told(directory, exit_code)

    def _forget_rows(self) -> TrainingRun:
        """Take the texts out of the run directory while the run is held: the next attempt writes its own."""
        run = renew_lease(attempt=self._attempt)
        forget_rows(RunDirectory(run_folder(run)))
        return run

    def _interrupt(self, exit_code: int) -> None:
        if self._drain.is_asked:
            ending, reason = AttemptEnding.MOVED, _("The worker was stopped or restarted.")
        elif exit_code < 0:
            ending, reason = AttemptEnding.LOST, _killed(-exit_code)
        else:
            ending, reason = AttemptEnding.LOST, _("The trainer was asked to stop from outside.")
        interrupt_run(attempt=self._attempt, ending=ending, reason=reason, exit_code=exit_code)

    def _fail_as_told(self, directory: RunDirectory, exit_code: int) -> None:
        status = read_status(directory)
        sentence = _("The trainer ended with status %(code)s without saying why. The log may say more.")
        self._fail(
            code=(status and status.error_code) or "trainer",
            sentence=(status and status.error_sentence) or sentence % {"code": exit_code},
            exit_code=exit_code,
        )

    def _fail(self, *, code: str, sentence: str, exit_code: int | None = None) -> None:
        with suppress(RunLostError, OperationalError, InterfaceError):
            self._forget_rows()
            fail_run(attempt=self._attempt, code=code, sentence=sentence, exit_code=exit_code)


@contextmanager
def _tolerating_outage() -> Iterator[None]:
    """Let the block fail for want of the database; the lease says how long that may go on."""
    try:
        yield
    except (OperationalError, InterfaceError):
        log.warning("database_unreachable")
        with suppress(OperationalError, InterfaceError):
            connection.close()


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _killed(number: int) -> str:
    sentence = _("The trainer was killed (signal %(number)s), perhaps because the machine ran out of memory.")
    return sentence % {"number": number}


def _unexpected(error: Exception) -> str:
    sentence = _(
        "An unexpected error (%(name)s) stopped the supervision of this run. The worker's log says more."
    )
    return sentence % {"name": type(error).__name__}
