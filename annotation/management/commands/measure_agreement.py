"""Measure how far annotators agree in a plain file of labels, without a database."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.labels import Level
from annotation.domain.resampling import ROUNDS
from annotation.services.label_statistics import CLUSTERS, measure_agreement_in_file
from curation.services.work.terminal import HarkenCommand

_SHOWN_PAIRS = 20
_TITLES = {
    "alpha": "Krippendorff's alpha",
    "fleiss_kappa": "Fleiss' kappa",
    "pairwise_agreement": "pairwise agreement",
}


class Command(HarkenCommand):
    """Print each coefficient with its interval, and why one is undefined."""

    help = "Measure agreement in a CSV file with the columns item, annotator, label."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, how its labels are read, and how intervals are drawn."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file with the columns item, annotator, label")
        parser.add_argument("--level", choices=[level.value for level in Level], default=Level.NOMINAL.value)
        parser.add_argument(
            "--order", type=_names, default=(), help="labels from least to most: low,middle,high"
        )
        parser.add_argument(
            "--by", default="", metavar="COLUMN", help="also report each value of this column"
        )
        parser.add_argument(
            "--cluster", choices=CLUSTERS, default=CLUSTERS[0], help="what intervals draw again"
        )
        parser.add_argument(
            "--rounds", type=_count, default=ROUNDS, help="drawings for intervals; 0 for none"
        )
        parser.add_argument("--seed", type=_count, default=0, help="the same seed draws the same")
        parser.add_argument(
            "--missing", type=_names, default=(), help="further marks of a missing label: x,?"
        )
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        named = ("level", "order", "by", "cluster", "rounds", "seed", "missing", "encoding")
        return measure_agreement_in_file(
            path=options["file"], options={name: options[name] for name in named}
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line a figure, then the pairs of annotators."""
        self.stdout.write(
            f"{report['items']} items, {report['annotators']} annotators, {report['labels']} labels;"
            f" {report['compared_items']} items were labelled by two or more."
        )
        for reason, count in report["missing"].items():
            self.stdout.write(f"missing: {count} × {reason}")
        self._tell_figures(report)
        for name, kappa in list(report["cohen_kappa"].items())[:_SHOWN_PAIRS]:
            shared = report["shared_items"][name]
            self.stdout.write(f"Cohen's kappa {name:<28} {_figure(kappa)}  on {shared} items")
        left_out = report["pairs_left_out"] + max(0, len(report["cohen_kappa"]) - _SHOWN_PAIRS)
        if left_out:
            self.stdout.write(f"and {left_out} further pairs of annotators, in part in --json")
        for name, part in report["slices"].items():
            self.stdout.write(f"\n{name or '(empty)'}: {part['items']} items")
            self._tell_figures(part)

    def _tell_figures(self, report: dict[str, Any]) -> None:
        for name, title in _TITLES.items():
            interval = report["intervals"].get(name)
            ends = f"  [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
            self.stdout.write(f"{title:<24} {_figure(report[name])}{ends}")
        for reason in dict.fromkeys(report["undefined"].values()):
            self.stdout.write(reason)


def _figure(figure: float | None) -> str:
    return "undefined" if figure is None else f"{figure:.3f}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no whole number") from error
    if not 0 <= count <= 1_000_000:
        raise ArgumentTypeError(f"{count} does not lie between 0 and 1,000,000")
    return count
