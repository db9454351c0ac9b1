"""The criteria by which users show that an answer pleased or displeased them, read once from taxonomy.toml.

The names are those of WildFeedback (arXiv 2408.15549), whose rubric goes back to SPUR (arXiv 2403.12388); the
definitions and examples are ours. A project may add criteria of its own, named `sat:<Name>` or `dsat:<Name>`, so that
what is stored says for itself whether it speaks for an answer or against it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

_WRITTEN: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("taxonomy.toml").read_text(encoding="utf-8")
)
# Stored with every scorer: findings under another taxonomy are not comparable with these.
TAXONOMY_VERSION: str = _WRITTEN["version"]
TAXONOMY_HISTORY: Mapping[str, str] = MappingProxyType(_WRITTEN["history"])
# State of the dialogue → what a message in it does; importers keep further names as they come.
DIALOGUE_STATES: Mapping[str, str] = MappingProxyType(_WRITTEN["states"])
_OWN = re.compile(r"(sat|dsat):[\w-]{1,48}")


class Polarity(StrEnum):
    """Whether a criterion speaks for an answer or against it."""

    SAT = "sat"
    DSAT = "dsat"


class UnknownCriterionError(LookupError):
    """A name that the taxonomy does not hold."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No criterion is named {name!r}. Known: {', '.join(CRITERIA)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One way in which a user message judges the response before it."""

    name: str
    polarity: Polarity
    definition: str
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """Return the first example, "" where there is none."""
        return next(iter(self.examples), "")

    @property
    def counter_example(self) -> str:
        """Return the first sentence that looks like an example and is none; "" where there is none."""
        return next(iter(self.counter_examples), "")

    @property
    def title(self) -> str:
        """Return the name for people."""
        return title_of(self.name)


def _criteria_in(polarity: Polarity) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            name=name,
            polarity=polarity,
            definition=written["definition"],
            examples=tuple(written["examples"]),
            counter_examples=tuple(written["counter_examples"]),
        )
        for name, written in _WRITTEN[polarity.value].items()
    )


_SAT, _DSAT = _criteria_in(Polarity.SAT), _criteria_in(Polarity.DSAT)
# In the order of the papers: nine that speak for an answer, then nine that speak against it.
CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {criterion.name: criterion for criterion in (*_SAT, *_DSAT)}
)
SAT_CRITERIA = tuple(criterion.name for criterion in _SAT)
DSAT_CRITERIA = tuple(criterion.name for criterion in _DSAT)


def criterion_named(name: str) -> Criterion:
    """Return the criterion of that name; raises UnknownCriterionError."""
    if name not in CRITERIA:
        raise UnknownCriterionError(name)
    return CRITERIA[name]


def polarity_of(name: str) -> Polarity:
    """Return the polarity of a criterion, a project's own included; raises UnknownCriterionError."""
    own = _OWN.fullmatch(name)
    return Polarity(own[1]) if own else criterion_named(name).polarity


def own_criterion_name(name: str, *, polarity: str) -> str:
    """Return the name under which findings of a project's own criterion are stored."""
    return f"{Polarity(polarity).value}:{name}"


def title_of(name: str) -> str:
    """Return the name of a criterion for people: "Factual error", "Wrong currency"."""
    return name.rpartition(":")[2].replace("_", " ").capitalize()


def place_of(name: str) -> tuple[int, str]:
    """Return by what criteria are put in order: those of the taxonomy in its order, then a project's own."""
    return (_PLACES.get(name, len(_PLACES)), name)


_PLACES = {name: place for place, name in enumerate(CRITERIA)}
