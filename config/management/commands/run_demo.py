"""The main job, live in the browser or in sequence in the terminal: what `make demo` runs."""

import os
import signal
import time
from argparse import BooleanOptionalAction
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from rich.console import Console
from rich.table import Table

from config.demo_people import ensure_own_project, sign_in_links
from config.embedded.postgres import running_postgres
from config.main_job import Step, perform, project_for, steps_for
from config.main_job_summary import summary_rows
from curation.domain.errors import HarkenError
from curation.models import Project
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.process import is_answering, running_embedder

EMBEDDER_WAIT_SECONDS = 120
# The words of a report that people want to read in the terminal; ids and hashes are on the pages.
NAMES = frozenset({"detector", "format", "dataset", "state", "path"})


class Command(BaseCommand):
    help = (
        "Run the main job: conversations, signals, pairs, verdicts, a frozen version, a run, its evaluation."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where to run and on what."""
        parser.add_argument("--serve", action=BooleanOptionalAction, default=True)
        parser.add_argument("--corpus", type=Path, help="a chat log of your own")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Run the job; one sentence and exit status 2 for bad input."""
        corpus: Path | None = options["corpus"]
        if corpus is not None and not corpus.is_file():
            message = f"There is no file {corpus}."
            raise CommandError(message, returncode=2)
        try:
            self.live(corpus) if options["serve"] else self.in_sequence(corpus)
        except HarkenError as error:
            raise CommandError(str(error), returncode=2) from error

    def in_sequence(self, corpus: Path | None) -> None:
        """Run every step in this terminal, with progress bars, and print the summary."""
        with ExitStack() as services:
            if "DATABASE_URL" not in os.environ:
                services.enter_context(running_postgres(settings.VAR))
            call_command("migrate", database="owner", verbosity=0, interactive=False)
            services.enter_context(running_embedder(Path(settings.HARKEN_EMBEDDER_SOCKET)))
            project = project_for(corpus)
            self.perform(project, steps_for(corpus))
            self.print_summary(project)

    def live(self, corpus: Path | None) -> None:
        """Show the sign-in links, run the job beside the served pages, then wait: all services end with any one."""
        project = project_for(corpus)
        self.print_links(project)
        if project.is_demo:
            self.print_own_project()
        try:
            self.await_embedder()
            self.perform(project, steps_for(corpus))
            self.print_summary(project)
        except (HarkenError, CommandError) as error:
            self.stderr.write(f"The main job stopped: {error} The pages are served all the same.")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pause()

    def perform(self, project: Project, steps: list[Step]) -> None:
        """Carry out the steps and say in a line what each did."""
        for number, (step, report) in enumerate(perform(project, steps), start=1):
            done = "done before" if report is None else self.in_words(report)
            self.stdout.write(f"{number}/{len(steps)} {step.title}: {done}")
            self.stdout.flush()

    def in_words(self, report: dict[str, Any]) -> str:
        """Return the plain figures of a step's report."""
        plain = {
            key: value for key, value in report.items() if isinstance(value, int | float) or key in NAMES
        }
        return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in plain.items())

    def print_links(self, project: Project) -> None:
        """Print the address and a one-time sign-in link for each role."""
        address = f"http://{settings.HARKEN_ADDRESS}"
        self.stdout.write(f"Harken is at {address}{reverse('curation:project_home', args=[project.slug])}")
        for role, path in sign_in_links(project).items():
            self.stdout.write(f"  sign in once as {role:<10} {address}{path}")
        self.stdout.flush()

    def print_own_project(self) -> None:
        """Print where a chat log of one's own goes, apart from the demo's."""
        path = reverse("curation:project_home", args=[ensure_own_project().slug])
        self.stdout.write(f"  then drop in your own chat log at http://{settings.HARKEN_ADDRESS}{path}")
        self.stdout.flush()

    def print_summary(self, project: Project) -> None:
        """Print what came in, what was dropped and why, and what came of it."""
        table = Table(title=f"The main job on {project.name}", show_lines=False)
        for column in ("step", "figure", "detail"):
            table.add_column(column, overflow="fold")
        for row in summary_rows(project):
            table.add_row(*row)
        Console(width=None if self.stdout.isatty() else 120).print(table)

    def await_embedder(self) -> None:
        """Wait for the resident embedder, which loads its model while the first pages are served."""
        deadline = time.monotonic() + EMBEDDER_WAIT_SECONDS
        while not is_answering(SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET)):
            if time.monotonic() > deadline:
                message = "The embedder does not answer. `make run` starts it with everything else."
                raise HarkenError(message)
            time.sleep(0.5)
