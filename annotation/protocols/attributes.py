"""One answer on several anchored scales: HelpSteer2's five, or a rubric of the project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Conclusions,
    Entry,
    Payload,
    PlainProtocol,
    Rating,
    Reads,
    SettingField,
    one,
)
from annotation.domain.protocols.scales import Scale, read_scales, scales_from, write_scales

# The five attributes of HelpSteer2 (arXiv 2406.08673) with its range; the anchors are ours.
HELPSTEER2 = (
    Scale(
        name="helpfulness",
        low=0,
        high=4,
        anchors=(
            "no use, or in the way",
            "little use",
            "some use",
            "useful, small things missing",
            "does all that was asked",
        ),
    ),
    Scale(
        name="correctness",
        low=0,
        high=4,
        anchors=(
            "wrong",
            "mostly wrong",
            "right and wrong mixed",
            "right but for details",
            "right throughout",
        ),
    ),
    Scale(
        name="coherence",
        low=0,
        high=4,
        anchors=(
            "cannot be followed",
            "often unclear",
            "partly unclear",
            "clear, with a slip",
            "clear throughout",
        ),
    ),
    Scale(
        name="complexity",
        low=0,
        high=4,
        anchors=("a child could write it", "everyday words", "some schooling", "studied the field", "expert"),
    ),
    Scale(
        name="verbosity",
        low=0,
        high=4,
        anchors=("very short", "short", "neither", "long", "very long"),
    ),
)
# The name of the field that holds the value of the scale of this number.
FIELD = "scale-"


@dataclass(frozen=True, slots=True)
class Attributes(PlainProtocol):
    """The scales stand in the queue's settings, so a rubric that is changed later changes no queue."""

    name: str = "attributes"
    title: str = _("How does this answer do on each scale?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "One answer on several anchored scales: helpfulness, correctness, coherence, complexity and verbosity, "
        "or a rubric of your own."
    )
    template: str = "annotation/_attributes.html"
    reads: Reads = Reads.ANSWER
    fields: tuple[SettingField, ...] = (
        SettingField(
            name="rubric",
            label=_("Scales"),  # type: ignore[arg-type]
            entry=Entry.TEXT,
            default=write_scales(HELPSTEER2),
            help=_(  # type: ignore[arg-type]
                "One a line: name | lowest..highest | what each step means, with ; between them. Two meanings "
                "stand at the two ends; none is allowed, too."
            ),
        ),
    )

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return the scales, HelpSteer2's where none are named."""
        written = one(payload, "rubric")
        scales = read_scales(written, field="rubric") if written else HELPSTEER2
        return {"scales": [scale.as_json() for scale in scales]}

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the scales."""
        return {"scales": scales_from(settings, name="scales")}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"ratings": {attribute: value}} with a value for every scale."""
        scales = scales_from(asked.settings, name="scales")
        return {
            "ratings": {
                scale.name: _value(one(payload, f"{FIELD}{number}"), scale)
                for number, scale in enumerate(scales)
            }
        }

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the value of each scale by its number."""
        scales = enumerate(scales_from(asked.settings, name="scales"))
        ratings = answer["ratings"]
        return {
            f"{FIELD}{number}": [str(ratings[scale.name])]
            for number, scale in scales
            if scale.name in ratings
        }

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return a rating of each attribute."""
        return Conclusions(
            ratings=[
                Rating(response=asked.shown[0], attribute=name, value=float(value))
                for name, value in answer["ratings"].items()
            ]
        )


def _value(written: str, scale: Scale) -> int:
    known = {str(step.value): step.value for step in scale.steps}
    if written not in known:
        found = f"{written[:20]!r} is not on the scale of" if written else "Nothing was chosen for"
        message = f"{found} {scale.name}. Choose a whole number from {scale.low} to {scale.high}."
        raise AnswerError(message)
    return known[written]


ATTRIBUTES = Attributes()
