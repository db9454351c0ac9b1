"""Say whether probabilities in a plain file come true, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.option_types import count
from annotation.services.files.calibration_files import calibrate_file
from curation.domain.versions.calibration import BINS
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Print calibration errors, the Brier score and its parts, and the reliability diagram's bins."""

    help = (
        "Say whether a scorer's probabilities come true: ECE, ACE, MCE, Brier, and what chance makes of them."
    )
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and how fine the bins are."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file: probability,outcome[,group]")
        parser.add_argument("--bins", type=count, default=BINS, help="bins of equal width")
        parser.add_argument("--seed", type=count, default=0, help="what chance is drawn from")
        parser.add_argument("--encoding", default="", help="the encoding of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        names = ("bins", "seed", "encoding")
        return calibrate_file(path=options["file"], **{name: options[name] for name in names})

    def tell(self, report: dict[str, Any]) -> None:
        """Print the sentence, the figures and one line a bin."""
        self.stdout.write(report["sentence"])
        for name in ("count", "ece", "ace", "mce", "brier", "accuracy"):
            self.stdout.write(f"{name:<10} {report[name]:.4g}")
        for each in report["bins"]:
            low, high = each["interval"]
            self.stdout.write(
                f"claimed {each['claimed']:.3f}  observed {each['observed']:.3f} ({low:.3f} to {high:.3f})"
                f"  {each['count']} items"
            )
        for name, group in report["groups"].items():
            self.stdout.write(f"{name}: {group['sentence']}")
