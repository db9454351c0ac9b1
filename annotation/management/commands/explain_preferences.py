"""Say what drives the choice in a plain file of preferences, without a database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotation.services.files.preference_factors import explain_file
from curation.domain.errors import HarkenError
from curation.services.work.terminal import HarkenCommand
from language_models.embedders.contract import EmbedderUnavailableError
from language_models.embedders.process import running_embedder


class Command(HarkenCommand):
    """Print each factor's τ with its interval, and whether length alone explains the labels."""

    help = (
        "Say which properties of answers go with being chosen, and whether length alone explains the labels."
    )
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and the field that names groups."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help='lines {"prompt", "chosen", "rejected"[, "group"]}')
        parser.add_argument(
            "--group", default="group", metavar="FIELD", help="the field that says whose preference it is"
        )

        parser.add_argument(
            "--embed", action="store_true", help="also what an embedding model reads; the embedder is started"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        asked = {"path": options["file"], "group": options["group"]}
        if not options["embed"]:
            return explain_file(**asked)
        try:
            with running_embedder(Path(settings.HARKEN_EMBEDDER_SOCKET)) as embedder:
                return explain_file(**asked, embedder=embedder)
        except EmbedderUnavailableError as error:
            raise HarkenError(str(error)) from error

    def tell(self, report: dict[str, Any]) -> None:
        """Print the factors, the strongest first, then the alarm and the model's accuracy."""
        factors = sorted(report["factors"].items(), key=lambda each: -abs(each[1]["tau"] or 0))
        self.stdout.write(f"{report['pairs']} pairs of {report['prompts']} prompts")
        for name, figures in factors:
            self.stdout.write(_line(name, figures))
        self.stdout.write(report["length"]["sentence"])
        self.stdout.write(report["length"]["rule"])
        self.stdout.write(_model(report["model"]))
        for reason, count in report["left_out"].items():
            self.stdout.write(f"Left out: {count} lines ({reason})")


def _line(name: str, figures: dict[str, Any]) -> str:
    low, high = figures["interval"] or (None, None)
    interval = figures.get("undefined", "") if low is None else f"{low:+.3f} to {high:+.3f}"
    tau = "undefined" if figures["tau"] is None else f"{figures['tau']:+.3f}"
    return f"{name:<20} τ {tau}  ({interval})  {figures['meaning']}"


def _model(model: dict[str, Any]) -> str:
    if model["accuracy"] is None:
        return str(model.get("undefined", ""))
    low, high = model["interval"]
    return f"All factors together predict {model['accuracy']:.1%} of unseen labels ({low:.1%} to {high:.1%})."
