"""Say how far judgements in a plain file hang on how the question was put, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.option_types import count, names
from annotation.services.files.presentation_files import robustness_of_file
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Print the stability, the effect of each way of asking, and which differences are larger than that."""

    help = "Say how far judgements hang on order, scale, wording and the like, and which differences exceed that."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and the columns that say how a question was put."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file: item,value[,system,low,high],order,scale,…")
        parser.add_argument(
            "--by",
            type=names,
            default=(),
            metavar="COLUMNS",
            help="columns that say how each question was put",
        )
        parser.add_argument("--seed", type=count, default=0, help="what intervals are drawn from")
        parser.add_argument("--encoding", default="", help="the encoding of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        return robustness_of_file(
            path=options["file"],
            dimensions=options["by"],
            seed=options["seed"],
            encoding=options["encoding"],
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Print the stability, one line a dimension, and one sentence a comparison."""
        if report["stability"] is None:
            self.stdout.write(report["undefined"])
        else:
            shares = ", ".join(f"{name} {share:.1%}" for name, share in report["shares"].items())
            self.stdout.write(f"Stability {report['stability']:.3f}; variance by {shares}")
        for name, effect in report["presentation"].items():
            flips = "" if effect["flip_rate"] is None else f", flips {effect['flip_rate']:.1%}"
            self.stdout.write(f"{name}: moves answers by {effect['spread']:.3f}{flips}")
        for contrast in report["contrasts"]:
            self.stdout.write(contrast["sentence"])
