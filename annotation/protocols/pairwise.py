"""Two answers side by side: A, B, equally good, or both bad, each by one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Choice,
    Conclusions,
    Payload,
    PlainProtocol,
    Preference,
    Reads,
    SettingField,
    chosen,
    is_set,
    one,
)

CHOICES = (
    Choice(key="1", value="a", label=_("A is better")),  # type: ignore[arg-type]
    Choice(key="2", value="b", label=_("B is better")),  # type: ignore[arg-type]
    Choice(key="3", value="tie", label=_("Equally good")),  # type: ignore[arg-type]
    Choice(key="4", value="both_bad", label=_("Both bad")),  # type: ignore[arg-type]
)
VERDICTS = tuple(choice.value for choice in CHOICES)
STRENGTHS = (
    Choice(key="", value="1", label=_("slightly")),  # type: ignore[arg-type]
    Choice(key="", value="2", label=_("clearly")),  # type: ignore[arg-type]
    Choice(key="", value="3", label=_("by far")),  # type: ignore[arg-type]
)
REASONS = (
    Choice(key="5", value="accuracy", label=_("accuracy")),  # type: ignore[arg-type]
    Choice(key="6", value="completeness", label=_("completeness")),  # type: ignore[arg-type]
    Choice(key="7", value="style", label=_("style")),  # type: ignore[arg-type]
    Choice(key="8", value="safety", label=_("safety")),  # type: ignore[arg-type]
)
# How a strength reads from the side that is better.
SIGNS = {"a": 1, "b": -1}


@dataclass(frozen=True, slots=True)
class Pairwise(PlainProtocol):
    """A is the answer shown first (left, or above), B the other."""

    name: str = "pairwise"
    title: str = _("Which answer is better?")  # type: ignore[assignment]
    description: str = _("Two answers side by side: A, B, equally good, or both bad.")  # type: ignore[assignment]
    template: str = "annotation/_pairwise.html"
    reads: Reads = Reads.PAIR
    fields: tuple[SettingField, ...] = (
        SettingField(
            name="strength",
            label=_("Ask how much better"),  # type: ignore[arg-type]
            help=_("Slightly, clearly, by far: kept as −3 to +3. Nobody has to say."),  # type: ignore[arg-type]
        ),
        SettingField(
            name="reasons",
            label=_("Ask what decided"),  # type: ignore[arg-type]
            help=_("One key: accuracy, completeness, style or safety. Nobody has to say."),  # type: ignore[arg-type]
        ),
    )

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the four verdicts."""
        return CHOICES

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return whether strength and reason are asked for."""
        return {name: True for name in ("strength", "reasons") if is_set(payload, name)}

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the strengths and reasons to choose from, where they are asked for."""
        return {
            "strengths": STRENGTHS if settings.get("strength") else (),
            "reasons": REASONS if settings.get("reasons") else (),
        }

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"choice": a | b | tie | both_bad}, A being shown first, with strength and reason where given."""
        answer: dict[str, Any] = {"choice": chosen(payload, "choice", known=VERDICTS, what="answer here")}
        if asked.settings.get("strength") and one(payload, "strength") and answer["choice"] in SIGNS:
            answer["strength"] = _strength(payload) * SIGNS[answer["choice"]]
        if asked.settings.get("reasons") and one(payload, "reason"):
            known = [reason.value for reason in REASONS]
            answer["reason"] = chosen(payload, "reason", known=known, what="reason")
        return answer

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return choice, strength and reason; the form has no sign for a strength."""
        form = {name: [str(answer[name])] for name in ("choice", "reason") if name in answer}
        return form | ({"strength": [str(abs(answer["strength"]))]} if answer.get("strength") else {})

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the preference between the two that were shown; a tie has the strength 0 where strength is asked.

        What was judged elsewhere, in an order that nobody wrote down, names its two sides itself.
        """
        first, second = asked.shown or answer["sides"]
        strength = answer.get("strength")
        if answer["choice"] == "tie" and asked.settings.get("strength"):
            strength = 0
        verdict = Preference(first=first, second=second, outcome=str(answer["choice"]), strength=strength)
        return Conclusions(preferences=[verdict])


def _strength(payload: Payload) -> int:
    """Return how much better the better answer is, 1 to 3, whichever sign the form gives it."""
    written = one(payload, "strength").lstrip("+-−")
    if written not in {choice.value for choice in STRENGTHS}:
        message = f"{written[:20]!r} is no strength. Choose 1 (slightly), 2 (clearly) or 3 (by far)."
        raise AnswerError(message)
    return int(written)


PAIRWISE = Pairwise()
