"""Rank models from a plain file of votes, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.model_ranking.ranking import ROUNDS
from annotation.management.option_types import count
from annotation.services.files.model_votes import RankingQuestion, rank_models_in_file
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Rank by Bradley–Terry, with intervals, and say which models cannot be told apart."""

    help = "Rank models from votes: Bradley–Terry strengths with bootstrap intervals, groups and cycles."
    requires_system_checks = ()
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and what to compute from it."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a CSV file: item,model_a,model_b,winner[,judge]")
        parser.add_argument("--coding", default="", help="what winner means in this file: 1=a,2=b,0=tie")
        parser.add_argument("--judge", default="", help="count the votes of this judge only")
        parser.add_argument(
            "--style",
            nargs="*",
            default=[],
            metavar="NAME",
            help="compare at equal NAME_a and NAME_b as well",
        )
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="bootstrap rounds of the intervals")
        parser.add_argument("--seed", type=count, default=0, help="what the bootstrap draws from")
        parser.add_argument("--encoding", default="", help="the encoding of a file that is not UTF-8")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file and return the ranking."""
        asked = ("coding", "judge", "style", "rounds", "seed", "encoding")
        question = RankingQuestion(**{name: options[name] for name in asked})
        return rank_models_in_file(path=options["file"], question=question)

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line a model, then what the figures do and do not say."""
        for name, model in report["models"].items():
            self.stdout.write(_line(name, model))
        for group in report["not_distinguishable"]:
            self.stdout.write(f"Not distinguishable: {', '.join(group)}")
        cycles = report["cycles"]
        self.stdout.write(f"Cycles: {cycles['cyclic']} of {cycles['triples']} triples of models")
        for sentence in report["sentences"]:
            self.stdout.write(sentence)
        for reason, rows in report["left_out"].items():
            self.stdout.write(f"Left out: {rows} rows ({reason})")


def _line(name: str, model: dict[str, Any]) -> str:
    low, high = model["interval"] or (None, None)
    interval = "no interval" if low is None else f"{low:+.3f} to {high:+.3f}"
    return (
        f"{name:<32} {model['strength']:+.3f}  ({interval:<18})  "
        f"{model['games']} games, {model['win_rate']:.1%} won"
    )
