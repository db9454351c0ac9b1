"""Look for groups of annotators in a plain file of labels, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.disagreement.groups import PERMUTATIONS
from annotation.domain.label_files import LabelReading
from annotation.management.option_types import count, names
from annotation.services.files.annotator_groups import groups_in_file
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Print groups that both halves of the items show, and what they share and where they part."""

    help = (
        "Look for groups of annotators by what they do, and claim them only where chance does not do as well."
    )
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and how to read it."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file: item,annotator,label")
        parser.add_argument("--missing", type=names, default=(), help="further marks of a missing label: x,?")
        parser.add_argument(
            "--permutations", type=count, default=PERMUTATIONS, help="how often chance is asked, at most"
        )
        parser.add_argument("--seed", type=count, default=0, help="what halves and chance are drawn from")
        parser.add_argument("--encoding", default="", help="the encoding of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the groups."""
        reading = LabelReading(encoding=options["encoding"], missing=options["missing"])
        names = ("permutations", "seed")
        return groups_in_file(
            path=options["file"], reading=reading, **{name: options[name] for name in names}
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Print the sentence, the groups and the items on which they part."""
        self.stdout.write(report["sentence"])
        for number, group in enumerate(report["groups"], start=1):
            self.stdout.write(f"Group {number}: {', '.join(group)}")
        if report["groups"]:
            standing = report["standing"]
            self.stdout.write(", ".join(f"{count} items {name}" for name, count in standing.items()))
        for item in report.get("divided", []):
            said = ", ".join(f"{each['label']} ({each['votes']} of {each['of']})" for each in item["votes"])
            self.stdout.write(f"{item['item']}: {said}{' *' if item['sure'] else ''}")
