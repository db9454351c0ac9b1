"""One answer, split into its steps: which of them is the first that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Conclusions,
    Payload,
    PlainProtocol,
    Rating,
    Reads,
    one,
)
from annotation.domain.protocols.steps import steps_of

NONE = "none"
# In characters; rendering a megabyte of Markdown step by step would take seconds.
LONGEST_RENDERED = 50_000


@dataclass(frozen=True, slots=True)
class FirstWrongStep(PlainProtocol):
    """What comes after the first wrong step is not judged: it stands on an error."""

    name: str = "first_wrong_step"
    title: str = _("Which step is the first wrong one?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "One answer, split into its steps: the first that is wrong, or none. It serves process rewards."
    )
    template: str = "annotation/_first_wrong_step.html"
    reads: Reads = Reads.ANSWER
    reads_texts: bool = True

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the steps of the answer, and whether they are too long in all to be rendered."""
        is_long = sum(map(len, texts)) > LONGEST_RENDERED
        return {"steps": [step for text in texts for step in steps_of(text)], "is_long": is_long}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"first_wrong": number from 1 or null, "steps": how many there are}."""
        count = len(steps_of(asked.texts[asked.shown[0]]))
        written = one(payload, "step")
        if written == NONE:
            return {"first_wrong": None, "steps": count}
        is_number = written.isascii() and written.isdigit() and len(written) < 8
        if not (is_number and 1 <= int(written) <= count):
            found = f"There is no step {written[:20]!r}." if written else "No step was chosen."
            message = f"{found} Choose a step from 1 to {count}, or say that none is wrong."
            raise AnswerError(message)
        return {"first_wrong": int(written), "steps": count}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the step, or that none is wrong."""
        return {"step": [NONE if answer["first_wrong"] is None else str(answer["first_wrong"])]}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the share of steps before the first wrong one, under the attribute `right_steps`."""
        wrong, count = answer["first_wrong"], answer["steps"]
        share = 1.0 if wrong is None else (wrong - 1) / count
        return Conclusions(ratings=[Rating(response=asked.shown[0], attribute="right_steps", value=share)])


FIRST_WRONG_STEP = FirstWrongStep()
