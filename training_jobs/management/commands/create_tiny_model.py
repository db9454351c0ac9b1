"""Build a random tiny model offline, so that every part of training can be tried anywhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.queries.versions.datasets import find_version
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand
from training_jobs.domain.headlines import RANDOM_MODEL_SENTENCE
from training_jobs.queries.artifacts import folder_bytes
from training_jobs.queries.rows import version_texts
from training_jobs.services.base_models import build_tiny_model

# Enough for a tokenizer that spells every byte; a version's texts give it merges of their own.
STARTING_TEXTS = ["Hello, how can I help you today?", "Thank you, that answers my question."]


class Command(HarkenCommand):
    help = "Build a small random Llama-style chat model with its own tokenizer, without the network."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where it goes and whose texts its tokenizer learns from."""
        super().add_arguments(parser)
        parser.add_argument("--out", required=True, type=Path, metavar="PATH")
        parser.add_argument("--project", metavar="P", help="project of the version")
        parser.add_argument(
            "--texts-of", metavar="N@V", help="dataset version whose texts the tokenizer learns from"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Build it in a process of its own."""
        out = options["out"].resolve()
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            message = f"{out} exists and is not empty. Name a new folder."
            raise HarkenError(message)
        build_tiny_model(out, texts=self.texts(options))
        return {"path": str(out), "bytes": folder_bytes(out), "note": RANDOM_MODEL_SENTENCE}

    def texts(self, options: dict[str, Any]) -> list[str]:
        """Return the texts of the version that was named, or a few of our own."""
        if not options["texts_of"]:
            return STARTING_TEXTS
        if not options["project"]:
            message = "Name the project of the version as well: --project P."
            raise HarkenError(message)
        project = ensure_project(slug=options["project"])
        return list(version_texts(find_version(project, options["texts_of"])))
