"""Measure a judge against people in a plain file, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.judges.files import VerdictReading
from annotation.domain.judges.report import Drawn
from annotation.domain.resampling import ROUNDS
from annotation.management.option_types import count, names
from annotation.services.files.judge_files import JudgeQuestion, validate_judge_in_file
from curation.services.work.terminal import HarkenCommand

_TITLES = {
    "agreement": "agreement",
    "cohen_kappa": "Cohen's kappa",
    "scott_pi": "Scott's pi",
    "leniency": "leniency (P+)",
    "rank_correlation": "Spearman's rho of systems",
}


class Command(HarkenCommand):
    """Print how far a judge agrees with people, beyond chance, by system, and whether it ranks systems as they do."""

    help = "Measure a judge in a CSV file with the columns item, system, human, judge."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, how its labels are read, and how intervals are drawn."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file with the columns item, system, human, judge")
        parser.add_argument("--good", type=names, default=(), help="the labels that pass: accepted,fine")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a missing label: x,?")
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="drawings for intervals; 0 for none")
        parser.add_argument("--seed", type=count, default=0, help="the same seed draws the same")
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        reading = VerdictReading(
            encoding=options["encoding"], missing=tuple(options["missing"]), good=tuple(options["good"])
        )
        drawn = Drawn(rounds=options["rounds"], seed=options["seed"])
        return validate_judge_in_file(
            path=options["file"], question=JudgeQuestion(reading=reading, drawn=drawn)
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line a figure, one a system, and one a baseline."""
        self.stdout.write(
            f"{report['rows']} answers of {report['systems']} systems to {report['items']} items"
        )
        for reason, rows in report["missing"].items():
            self.stdout.write(f"left out: {rows} × {reason}")
        for name, title in _TITLES.items():
            interval = report["intervals"].get(name)
            ends = f"  [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
            self.stdout.write(f"{title:<26} {_figure(report[name])}{ends}")
        for name, figures in report["baselines"].items():
            self.stdout.write(f"{'kappa of ' + name.replace('_', ' '):<26} {_figure(figures['cohen_kappa'])}")
        for name, each in report["per_system"].items():
            self.stdout.write(
                f"{name:<26} people {each['human']:.3f}  judge {each['judge']:.3f}  {each['shift']:+.3f}"
            )
        for sentence in [*sorted(set(report["undefined"].values())), *report["notes"]]:
            self.stdout.write(sentence)


def _figure(figure: float | None) -> str:
    return "undefined" if figure is None else f"{figure:.3f}"
