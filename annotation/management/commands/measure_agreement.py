"""Measure how far annotators agree in a plain file of labels, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.agreement.report import Cluster, Drawing
from annotation.domain.label_files import LabelReading
from annotation.domain.labels import Level
from annotation.domain.resampling import ROUNDS
from annotation.management.option_types import count, names
from annotation.services.files.agreement import AgreementQuestion, measure_agreement_in_file
from curation.services.work.terminal import HarkenCommand

_SHOWN_PAIRS = 20
_SHOWN_NAMES = 4
_CLUSTERS = tuple(cluster.value for cluster in Cluster)
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
            "--order", type=names, default=(), help="labels from least to most: low,middle,high"
        )
        parser.add_argument(
            "--by", default="", metavar="COLUMN", help="also report each value of this column"
        )
        parser.add_argument(
            "--cluster", choices=_CLUSTERS, default=_CLUSTERS[0], help="what intervals draw again"
        )
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="drawings for intervals; 0 for none")
        parser.add_argument("--seed", type=count, default=0, help="the same seed draws the same")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a missing label: x,?")
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        reading = {name: options[name] for name in ("order", "by", "missing", "encoding")}
        drawing = {name: options[name] for name in ("rounds", "seed")}
        question = AgreementQuestion(
            reading=LabelReading(level=Level(options["level"]), **reading),
            drawing=Drawing(cluster=Cluster(options["cluster"]), **drawing),
        )
        return measure_agreement_in_file(path=options["file"], question=question)

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line a figure, then the pairs of annotators."""
        self.stdout.write(
            f"{report['items']} items, {report['annotators']} annotators, {report['labels']} labels;"
            f" {report['compared_items']} items were labelled by two or more."
        )
        for reason, cells in report["missing"].items():
            self.stdout.write(f"missing: {cells} × {reason}")
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
        for sentence in [*_reasons(report["undefined"]), *report["notes"]]:
            self.stdout.write(sentence)


def _reasons(undefined: dict[str, str]) -> list[str]:
    """Return each reason once, with the first figures that it holds for."""
    figures: dict[str, list[str]] = {}
    for name, reason in undefined.items():
        figures.setdefault(reason, []).append(name.replace("_", " "))
    return [f"{_listed(names)}: {reason}" for reason, names in figures.items()]


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def _figure(figure: float | None) -> str:
    return "undefined" if figure is None else f"{figure:.3f}"
