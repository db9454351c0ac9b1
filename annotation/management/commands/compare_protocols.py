"""Compare ratings with choices of the same pairs in a plain file, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.protocol_comparison.files import PairReading
from annotation.domain.resampling import ROUNDS
from annotation.management.option_types import count, names
from annotation.services.files.protocols import ProtocolQuestion, compare_protocols_in_file
from curation.services.work.terminal import HarkenCommand

_TITLES = {
    "consistent": "consistent",
    "reversals": "reversed",
    "tie_mismatch": "tie against decision",
    "decided_agreement": "alike where both decide",
}


class Command(HarkenCommand):
    """Print the table of inferred against chosen outcomes, and what follows from it."""

    help = "Compare ratings with choices in a CSV file with the columns item, rating_a, rating_b, choice."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, how it is read, how intervals are drawn, and what to plan for."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="columns item, rating_a, rating_b, choice (a, b, tie)")
        parser.add_argument("--coding", default="", help="how the file codes its choices: 1=a,2=b,0=tie")
        parser.add_argument("--cluster", default="", metavar="COLUMN", help="what intervals draw again")
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="drawings for intervals; 0 for none")
        parser.add_argument("--seed", type=count, default=0, help="the same seed draws the same")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a gap: x,?")
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")
        parser.add_argument("--plan", type=float, metavar="X", help="say what an interval of ± X would take")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the figures."""
        reading = {name: options[name] for name in ("coding", "cluster", "missing", "encoding")}
        drawing = {name: options[name] for name in ("rounds", "seed", "plan")}
        question = ProtocolQuestion(reading=PairReading(**reading), **drawing)
        return compare_protocols_in_file(path=options["file"], question=question)

    def tell(self, report: dict[str, Any]) -> None:
        """Print the shares with their intervals, the table, then the rest."""
        self.stdout.write(f"{report['pairs']} pairs, {report['incomplete']} further ones incomplete")
        for name, title in _TITLES.items():
            self.stdout.write(f"{title:<24} {_percent(report[name])}{_ends(report['intervals'].get(name))}")
        for name in ("kappa", "kappa_either_order"):
            kappa = "undefined" if report[name] is None else f"{report[name]:.3f}"
            self.stdout.write(f"{name.replace('_', ' '):<24} {kappa}")
        self._tell_table(report["table"])
        for each in report["by_gap"]:
            self.stdout.write(
                f"ratings {_gap(each)} apart: {each['pairs']} pairs, {_percent(each['consistent'])} alike,"
                f" {_percent(each['reversals'])} reversed"
            )
        for trait, both in report["leanings"].items():
            self.stdout.write(
                f"more {trait.replace('_', ' ')} wins: {_percent(both['rated']['share'])} by rating,"
                f" {_percent(both['chosen']['share'])} by choice"
            )
        for name, wins in report["models"].items():
            self.stdout.write(
                f"{name}: {_percent(wins['rated'])} by rating, {_percent(wins['chosen'])} by choice"
            )
        self._tell_plan(report)
        for sentence in [*report["undefined"].values(), *report["notes"]]:
            self.stdout.write(sentence)

    def _tell_table(self, table: dict[str, dict[str, int]]) -> None:
        self.stdout.write("inferred \\ chosen " + "".join(f"{name:>7}" for name in table))
        for inferred, row in table.items():
            self.stdout.write(f"{inferred:>17} " + "".join(f"{row[name]:>7}" for name in table))

    def _tell_plan(self, report: dict[str, Any]) -> None:
        if plan := report.get("plan"):
            self.stdout.write(
                f"± {100 * plan['half_width']:.1f} points take {plan['judgements']} pairs rated and chosen:"
                f" {plan['annotators']} annotators with {plan['assumed']['pairs_per_annotator']} each."
            )


def _gap(each: dict[str, Any]) -> str:
    return f"{each['gap']:g}" if each["gap"] == each["up_to"] else f"{each['gap']:g} to {each['up_to']:g}"


def _percent(share: float | None) -> str:
    return "undefined" if share is None else f"{100 * share:.1f} %"


def _ends(interval: list[float] | None) -> str:
    return f"  [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]" if interval else ""
