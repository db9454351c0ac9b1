"""Two answers to two different questions: which of them serves its asker better. DOVE, arXiv 2404.00530."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    Asked,
    Choice,
    Conclusions,
    Payload,
    PlainProtocol,
    Preference,
    Reads,
    chosen,
)

CHOICES = (
    Choice(key="1", value="a", label=_("A serves better")),  # type: ignore[arg-type]
    Choice(key="2", value="b", label=_("B serves better")),  # type: ignore[arg-type]
    Choice(key="3", value="tie", label=_("Equally well")),  # type: ignore[arg-type]
    Choice(key="4", value="both_bad", label=_("Both badly")),  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True)
class Joint(PlainProtocol):
    """Each answer stands under its own question; what is preferred is the question with its answer."""

    name: str = "joint"
    title: str = _("Which answer serves its own question better?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "Two different questions, each with its answer: which of the two is the better exchange."
    )
    template: str = "annotation/_joint.html"
    reads: Reads = Reads.JOINT_PAIR

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the four verdicts."""
        return CHOICES

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"choice": a | b | tie | both_bad}, A being the exchange shown first."""
        known = [choice.value for choice in CHOICES]
        return {"choice": chosen(payload, "choice", known=known, what="verdict")}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the preference between the two exchanges, by their answers."""
        first, second = asked.shown
        return Conclusions(
            preferences=[Preference(first=first, second=second, outcome=str(answer["choice"]))]
        )


JOINT = Joint()
