"""Choose assertions from a plain file of results and grades, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.services.criteria.selection import METHODS, select_in_file
from curation.services.work.terminal import HarkenCommand

DEFAULT_MAX_FFR = 0.25  # what EvalGen and SPADE use


class Command(HarkenCommand):
    """Choose by threshold or by integer program, and say how well the choice agrees with people."""

    help = (
        "Choose the assertions that agree with people's grades; rows of results are outputs, true means good."
    )
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, the method and the limits."""
        super().add_arguments(parser)
        parser.add_argument(
            "file", type=Path, help='{"assertions": [...], "results": [[...]], "grades": [...]}'
        )
        parser.add_argument("--method", choices=METHODS, default="threshold")
        parser.add_argument(
            "--max-ffr", type=float, default=DEFAULT_MAX_FFR, help="tolerated false failure rate"
        )
        parser.add_argument("--min-coverage", type=float, help="coverage to reach")
        parser.add_argument(
            "--held-out", action="store_true", help="add figures on grades that the choice did not see"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file, choose, and return the figures."""
        return select_in_file(
            path=options["file"],
            method=options["method"],
            max_ffr=options["max_ffr"],
            min_coverage=options["min_coverage"],
            holds_out=options["held_out"],
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Print the set's figures, then one line an assertion."""
        self.stdout.write(f"selected: {', '.join(report['selected']) or 'none'}")
        for line in [
            _line("the set together", report),
            *[_line(own["id"], own) for own in report["per_assertion"]],
        ]:
            self.stdout.write(line)
        if "held_out" in report:
            own = report["held_out"]
            self.stdout.write(_line(f"cross-validated in {own['parts']} parts", own))
        for reason in sorted(set(report["undefined"].values())):
            self.stdout.write(reason)
        self.stdout.write(report["skip_rule"])


def _line(name: str, figures: dict[str, Any]) -> str:
    mark = "*" if figures.get("selected") is True else " "
    shown = [
        f"{title} {_figure(figures[key])}"
        for key, title in (
            ("coverage", "coverage"),
            ("false_failure_rate", "false failures"),
            ("alignment", "alignment"),
        )
    ]
    return f"{mark} {name:<32} {'  '.join(shown)}  skipped {figures['skipped']}"


def _figure(share: float | None) -> str:
    return "undefined" if share is None else f"{share:.3f}"
