"""Let the enrichers of a project read what they have not read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from curation.enrichers import ENRICHERS, load_enricher
from curation.models import Project
from curation.queries.enrichers.enrichments import wanted_enrichers
from curation.services.access.people import ensure_project
from curation.services.enrichers.enrichment import open_enrichment, restart_enrichment, run_enrichment
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from language_models.embedders.process import running_embedder

NEEDS_EMBEDDER = frozenset({"embeddings"})


class Command(HarkenCommand):
    help = "Enrich the conversations of a project: what each enricher has read already is not read again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and the choice of enrichers."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--only", metavar="NAME", help=f"one of {', '.join(sorted(ENRICHERS))}")
        parser.add_argument("--again", action="store_true", help="forget what was found, and read everything")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Enrich in this process, one enricher after the other."""
        project = ensure_project(slug=options["project"])
        names = [load_enricher(options["only"]).name] if options["only"] else wanted_enrichers(project)
        with _embedder_for(names):
            return {name: _enriched(project, name, again=options["again"]) for name in names}

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line for each enricher."""
        for name, result in report.items():
            self.stdout.write(
                f"{name:<20}{result['conversations']:>10,} conversations read, {result['findings']:,} findings"
            )


def _enriched(project: Project, name: str, *, again: bool) -> dict[str, Any]:
    open_job = restart_enrichment if again else open_enrichment
    with progress_bar(name, unit="conversations") as listener:
        return result_of(run_enrichment(job_id=open_job(project=project, name=name).pk, listener=listener))


@contextmanager
def _embedder_for(names: list[str]) -> Iterator[None]:
    """Have an embedder answering where one is needed."""
    if not NEEDS_EMBEDDER.intersection(names):
        yield
        return
    with running_embedder(Path(settings.HARKEN_EMBEDDER_SOCKET)):
        yield
