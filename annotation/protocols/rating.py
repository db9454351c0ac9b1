"""One answer on a scale of seven, each step in words, each by one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Choice,
    Conclusions,
    Entry,
    Payload,
    PlainProtocol,
    Rating,
    Reads,
    SettingField,
    one,
)
from annotation.domain.protocols.drawn_scales import DrawnScale, key_of, read_drawn_scale
from annotation.domain.queues.ways import USUAL, level_of, lines_of_levels, way_in, ways_of

# The scale of "Peering Through Preferences" (arXiv 2308.15812): its ends are anchored there, its steps here.
ANCHORS = (
    _("useless, or does harm"),
    _("mostly wrong or beside the point"),
    _("more wrong than right"),
    _("half of what was asked"),
    _("right, with gaps"),
    _("good, hardly anything to add"),
    _("nothing left to improve"),
)
# Every rating is read on this scale, whichever was drawn.
COMMON = DrawnScale(worst=1, best=len(ANCHORS))
ENDS = (ANCHORS[0], ANCHORS[-1])
BETWEEN = "; "
CHOICES = tuple(
    Choice(key=str(step), value=str(step), label=anchor)  # type: ignore[arg-type]
    for step, anchor in enumerate(ANCHORS, start=1)
)


@dataclass(frozen=True, slots=True)
class OverallRating(PlainProtocol):
    """The answer as a whole, from 1 (worst) to 7 (best)."""

    name: str = "rating"
    title: str = _("How good is this answer?")  # type: ignore[assignment]
    description: str = _("One answer on a scale from 1 to 7, each step in words.")  # type: ignore[assignment]
    template: str = "annotation/_rating.html"
    reads: Reads = Reads.ANSWER
    fields: tuple[SettingField, ...] = (
        SettingField(
            name="scales",
            label=_("Other scales, one a line"),  # type: ignore[arg-type]
            entry=Entry.TEXT,
            help=_(  # type: ignore[arg-type]
                "The number of the worst answer, then that of the best: 1..5, or 7..1 where 1 is best. "
                "Every rating is read on the scale from 1 to 7: ends on ends, and what is between in proportion."
            ),
            is_way=True,
        ),
        SettingField(
            name="anchors",
            label=_("Other words for the ends of the scale, one way a line"),  # type: ignore[arg-type]
            entry=Entry.TEXT,
            help=_(  # type: ignore[arg-type]
                "From the worst to the best, with ; between: useless; could not be better."
            ),
            is_way=True,
        ),
    )

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return the scales and anchors that are drawn beside the usual ones."""
        lines = {name: lines_of_levels(one(payload, name), field=name) for name in ("scales", "anchors")}
        scales = [read_drawn_scale(line, field="scales") for line in lines["scales"]]
        if COMMON in scales or len(set(scales)) < len(scales):
            raise AnswerError("A scale stands here twice; 1..7 is the usual one.", field="scales")
        points = {scale.points for scale in (COMMON, *scales)}
        anchors = [_anchors_in(line, points=points) for line in lines["anchors"]]
        return ways_of({"scale": list(map(str, scales)), "anchors": anchors})

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the seven steps, or those of the scale that was drawn, each with its number."""
        if not way_in(settings):
            return CHOICES
        scale, words = _scale(settings), level_of(settings, "anchors")
        usual = list(map(str, ANCHORS if scale.points == len(ANCHORS) else ENDS))
        shown = scale.scale(usual if words == USUAL else words.split(BETWEEN))
        return [
            Choice(
                key=key_of(step.value),
                value=str(step.value),
                label=f"{step.value} · {step.anchor}" if step.anchor else str(step.value),
            )
            for step in shown.steps
        ]

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"rating": 1…7}, or a number of the scale that was drawn."""
        rating, known = one(payload, "choice"), [choice.value for choice in self.choices(asked.settings)]
        if rating not in known:
            message = f"{rating!r} is not on the scale. Choose a whole number from {known[0]} to {known[-1]}."
            raise AnswerError(message)
        return {"rating": int(rating)}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the step as the choice that it was."""
        return {"choice": [str(answer["rating"])]}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the rating on the scale from 1 to 7, under the attribute `overall`."""
        value = _scale(asked.settings).on(COMMON, float(answer["rating"]))
        return Conclusions(ratings=[Rating(response=asked.shown[0], attribute="overall", value=value)])


def _scale(settings: Mapping[str, Any]) -> DrawnScale:
    drawn = level_of(settings, "scale")
    return COMMON if drawn == USUAL else read_drawn_scale(drawn)


def _anchors_in(line: str, *, points: set[int]) -> str:
    """Return the anchors of a line: two for the ends, or one for each step where every scale has so many."""
    anchors = [each.strip() for each in line.split(";")]
    if all(anchors) and (len(anchors) == len(ENDS) or {len(anchors)} == points):
        return BETWEEN.join(anchors)
    message = (
        f"{line[:40]!r} does not fit every scale. Write two anchors for the ends, from the worst to the best, "
        "with ; between; one for each step fits where all scales have as many."
    )
    raise AnswerError(message, field="anchors")


RATING = OverallRating()
