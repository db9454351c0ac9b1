"""What every command shares: sentences instead of tracebacks, one JSON object as the last line, a progress bar."""

import json
import os
import sys
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils.module_loading import import_string
from tqdm import tqdm

from curation.domain.errors import HarkenError
from curation.models import Job
from curation.services.work.jobs import Listener

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended


class HarkenCommand(BaseCommand):
    """A command that reports in words, or with --json in one JSON object on the last line of standard output."""

    # False for commands on plain files, which need no database.
    uses_database = True

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        """Run with a database at hand where one is needed."""
        session = import_string(settings.HARKEN_DATABASE_SESSION) if self.uses_database else nullcontext
        try:
            with session():
                said = super().execute(*arguments, **options)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read the output has seen enough of it (`… | head`), and what is left goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None
        return said

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --json; subclasses add their own."""
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Run the command; bad input ends with one sentence on standard error and exit status 2."""
        try:
            report = self.report(options)
        except HarkenError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except OperationalError as error:
            message = f"The database does not answer, so nothing was done. `make run` starts it. ({error})"
            raise CommandError(message) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=BAD_INPUT) from error
        except OSError as error:
            if error.filename is None:
                raise
            message = f"{error.filename} cannot be used: {error.strerror}. Name another file or folder."
            raise CommandError(message, returncode=BAD_INPUT) from error
        except KeyboardInterrupt as error:
            message = "Interrupted. What was done until then is kept; the same command goes on from there."
            raise CommandError(message, returncode=INTERRUPTED) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, default=str))
        else:
            self.tell(report)

    @abstractmethod
    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do the work and return what --json prints."""

    def tell(self, report: dict[str, Any]) -> None:
        """Print the report for people: one line a figure."""
        for name, value in report.items():
            shown = (
                ", ".join(f"{key} {count}" for key, count in value.items())
                if isinstance(value, dict)
                else value
            )
            self.stdout.write(f"{name.replace('_', ' '):<24} {shown}")


@contextmanager
def progress_bar(title: str, *, unit: str = "") -> Iterator[Listener]:
    """Show a bar on standard error while a job runs; it listens to the job's reports."""
    with tqdm(desc=title, unit=f" {unit}", unit_scale=unit == "bytes", dynamic_ncols=True) as bar:

        def listen(done: int, total: int | None) -> None:
            if total is not None:
                bar.total = total
            bar.n = done
            bar.refresh()

        yield listen


def result_of(job: Job | None) -> dict[str, Any]:
    """Return what a finished job gave; raises HarkenError with its sentence where it did not succeed."""
    if job is None:
        message = "Another worker took this job over. Look at its page for the result."
        raise HarkenError(message)
    if job.state != Job.State.SUCCEEDED:
        raise HarkenError(job.error_sentence or f"The job ended as {job.state}.")
    result: dict[str, Any] = job.result
    return result
