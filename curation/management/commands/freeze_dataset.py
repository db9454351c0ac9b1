"""Freeze the next version of a dataset."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import RecipeError
from curation.domain.versions.recipes import read_recipe
from curation.services.access.people import ensure_project
from curation.services.versions.datasets import ensure_dataset, open_freeze, run_freeze
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of


class Command(HarkenCommand):
    """Freezes a version."""

    help = "Carry out a dataset's recipe and freeze the result as its next version."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project, the dataset and its recipe."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--name", required=True, help="the dataset; made when it is absent")
        parser.add_argument(
            "--recipe",
            type=Path,
            metavar="FILE",
            help="YAML or JSON; replaces the recipe that the dataset had",
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Freeze in this process, with a progress bar."""
        recipe = read_recipe(_text_of(Path(options["recipe"]))) if options["recipe"] else None
        project = ensure_project(slug=options["project"])
        dataset = ensure_dataset(project=project, name=options["name"], recipe=recipe, actor=None)
        with progress_bar("freeze", unit="preferences") as listener:
            job = open_freeze(dataset=dataset)
            return result_of(run_freeze(job_id=job.pk, listener=listener))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecipeError(f"The recipe {path} cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"The recipe {path} is not UTF-8 text.") from error
