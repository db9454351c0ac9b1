"""Infer what several annotators' judgements come to, from a plain file and without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.consensus import CONSENSUS
from annotation.management.option_types import names
from annotation.services.files.consensus import ConsensusQuestion, infer_consensus_in_file
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Write one consensus an item, and print how far each annotator can be relied on."""

    help = "Infer the consensus of a CSV file with the columns item, annotator, label."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, the method and where the consensus goes."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file with the columns item, annotator, label")
        parser.add_argument("--method", required=True, metavar="NAME", help=", ".join(CONSENSUS))
        parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a missing label: x,?")
        parser.add_argument("--encoding", default="", help="of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Infer, write, and return the annotators' figures."""
        question = ConsensusQuestion(**{name: options[name] for name in ("method", "missing", "encoding")})
        return infer_consensus_in_file(path=options["file"], out=options["out"], question=question)

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line an annotator, least reliable first."""
        self.stdout.write(
            f"{report['items']} items, {report['tied']} of them tied, written to {report['out']}"
        )
        for reason, cells in report["missing"].items():
            self.stdout.write(f"missing: {cells} × {reason}")
        self.stdout.write(report["reliability_means"])
        found = report["annotators"].values()
        for each in sorted(found, key=lambda each: (each["reliability"] is None, each["reliability"] or 0)):
            self.stdout.write(_line(each))
        for sentence in [*dict.fromkeys(report["undefined"].values()), *report["notes"]]:
            self.stdout.write(sentence)


def _line(each: dict[str, Any]) -> str:
    figure = "undefined" if each["reliability"] is None else f"{each['reliability']:.3f}"
    ends = f"  [{each['interval'][0]:.3f}, {each['interval'][1]:.3f}]" if each["interval"] else ""
    return f"{each['annotator']:<32} {figure}{ends}  {each['judgements']} judgements"
