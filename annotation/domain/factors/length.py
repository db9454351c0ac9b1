"""Whether length alone explains the labels: the rule of dataset cards, with an interval clustered by prompt.

Among pairs of unequal length, "take the longer answer" is right in some share of cases. The alarm is raised where
the whole 95 % interval of that share lies above 60 % (or below 40 %: then "take the shorter one"), and there are at
least 20 such pairs. An interval that merely leaves out 50 % would raise it for every large data set.
"""

from dataclasses import dataclass
from typing import Any

from annotation.domain.factors.table import FactorTable
from annotation.domain.factors.tau import clustered_share
from curation.domain.corpus.style import EXPLAINS_FROM, FEWEST_PAIRS
from curation.domain.versions.intervals import Interval

RULE = (
    f"Alarm where the 95 % interval, clustered by prompt, lies wholly above {EXPLAINS_FROM:.0%} or below"
    f" {1 - EXPLAINS_FROM:.0%}, with at least {FEWEST_PAIRS} pairs of unequal length."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthAlarm:
    """How often the longer of two unequal answers was chosen, a share of `unequal` pairs."""

    longer: int
    unequal: int
    interval: Interval | None

    @property
    def share(self) -> float | None:
        """Return the share in which the longer answer was chosen; None where all are equally long."""
        return self.longer / self.unequal if self.unequal else None

    @property
    def predicts(self) -> float | None:
        """Return the share that length predicts by the better of "the longer" and "the shorter"."""
        return None if self.share is None else max(self.share, 1 - self.share)

    @property
    def explains(self) -> str:
        """Return "longer" or "shorter" where that alone explains the labels, else ""."""
        if self.interval is None or self.unequal < FEWEST_PAIRS:
            return ""
        if self.interval.low > EXPLAINS_FROM:
            return "longer"
        return "shorter" if self.interval.high < 1 - EXPLAINS_FROM else ""

    @property
    def sentence(self) -> str:
        """Return what this means for people."""
        if self.share is None:
            return "No two answers differ in length, so length cannot explain a label."
        taken = "longer" if self.share >= 0.5 else "shorter"
        said = (
            f"Length alone predicts {self.predicts:.1%} of {self.unequal} labels (take the {taken} answer)."
        )
        if self.explains:
            return f"{said} A model can learn these labels by counting words: balance the lengths before training."
        return said

    def as_json(self) -> dict[str, Any]:
        """Return the figures as commands print them."""
        return {
            "alarm": bool(self.explains),
            "explains": self.explains,
            "predicts": self.predicts,
            "longer_share": self.share,
            "interval": list(self.interval) if self.interval else None,
            "pairs": self.unequal,
            "rule": RULE,
            "sentence": self.sentence,
        }


def length_alarm(table: FactorTable) -> LengthAlarm:
    """Return how far length alone goes, in characters."""
    difference = table.column("characters")
    unequal = difference != 0
    won = (difference[unequal] > 0).astype(float)
    interval = clustered_share(won, cluster=table.prompt[unequal]) if len(won) else None
    return LengthAlarm(longer=int(won.sum()), unequal=len(won), interval=interval)
