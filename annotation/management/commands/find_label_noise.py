"""Estimate how many labels of a plain file are wrong, and which items to ask again, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.agreement.report import Drawing
from annotation.domain.label_files import LabelReading
from annotation.domain.resampling import ROUNDS
from annotation.management.option_types import count, names
from annotation.services.files.label_noise import NoiseQuestion, label_noise_in_file
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Print the estimated share of wrong labels, and the items whose next answer tells most a minute."""

    help = "Estimate how many labels are wrong, and name the items whose next answer would tell most."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, how its labels are read, and how many items to name."""
        super().add_arguments(parser)
        parser.add_argument(
            "file", type=Path, help="a CSV file: item,annotator,label[,seconds][,probability:LABEL …]"
        )
        parser.add_argument("--limit", type=count, default=20, help="so many items to ask again")
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="drawings for intervals; 0 for none")
        parser.add_argument("--seed", type=count, default=0, help="the same seed draws the same")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a missing label: x,?")
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        question = NoiseQuestion(
            reading=LabelReading(missing=options["missing"], encoding=options["encoding"]),
            drawing=Drawing(rounds=options["rounds"], seed=options["seed"]),
            limit=options["limit"],
        )
        return label_noise_in_file(path=options["file"], question=question)

    def tell(self, report: dict[str, Any]) -> None:
        """Print the estimate or why there is none, then one line an item."""
        if report["wrong_labels"] is not None:
            low, high = report["interval"] or (None, None)
            interval = "" if low is None else f" (interval {low:.1%} to {high:.1%})"
            self.stdout.write(f"About {report['wrong_labels']:.1%} of the labels are wrong{interval}.")
        for name, reason in report["undefined"].items():
            self.stdout.write(f"{name.replace('_', ' ')}: {reason}")
        for each in report["ask_again"]:
            self.stdout.write(
                f"{each['item']:<32} {each['bits_per_minute']:.3f} bits a minute, now {each['label']}"
                f" with {each['confidence']:.1%}"
            )
        for each in report.get("doubted", {}).get("labels", []):
            self.stdout.write(
                f"line {each['line']}: {each['label']} by {each['annotator']} looks wrong,"
                f" {each['likelier']} is likelier"
            )
