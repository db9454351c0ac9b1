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
    Entry,
    Payload,
    PlainProtocol,
    Preference,
    Reads,
    SettingField,
    chosen,
    is_set,
    one,
)
from annotation.domain.queues.ways import USUAL, level_of, lines_of_levels, way_in, ways_of

CHOICES = (
    Choice(key="1", value="a", label=_("A is better")),  # type: ignore[arg-type]
    Choice(key="2", value="b", label=_("B is better")),  # type: ignore[arg-type]
    Choice(key="3", value="tie", label=_("Equally good")),  # type: ignore[arg-type]
    Choice(key="4", value="both_bad", label=_("Both bad")),  # type: ignore[arg-type]
)
# The buttons of a queue that varies its question repeat none of the wordings.
BARE = (Choice(key="1", value="a", label="A"), Choice(key="2", value="b", label="B"))
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
        SettingField(
            name="neutral",
            label=_("Half of the time without a neutral option"),  # type: ignore[arg-type]
            help=_("Neither “equally good” nor “both bad”: one of the two has to be taken."),  # type: ignore[arg-type]
            is_way=True,
        ),
        SettingField(
            name="wordings",
            label=_("Other wordings of the question, one a line"),  # type: ignore[arg-type]
            entry=Entry.TEXT,
            help=_("The usual one is “Which answer is better?”"),  # type: ignore[arg-type]
            is_way=True,
        ),
    )

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the four verdicts, or two where a choice is forced; a wording that was drawn asks for A or B."""
        offered = CHOICES if level_of(settings, "neutral") == USUAL else CHOICES[:2]
        return [*BARE, *offered[2:]] if "wording" in way_in(settings) else offered

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return whether strength and reason are asked for, and which ways of asking are drawn."""
        asked = {name: True for name in ("strength", "reasons") if is_set(payload, name)}
        neutral = ["forced choice"] if is_set(payload, "neutral") else []
        wordings = lines_of_levels(one(payload, "wordings"), field="wordings")
        return asked | ways_of({"neutral": neutral, "wording": wordings})

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the strengths and reasons to choose from, where they are asked for, and the wording drawn."""
        wording = level_of(settings, "wording") if "wording" in way_in(settings) else ""
        return {
            "strengths": STRENGTHS if settings.get("strength") else (),
            "reasons": REASONS if settings.get("reasons") else (),
            "wording": self.title if wording == USUAL else wording,
        }

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"choice": a | b | tie | both_bad}, A being shown first, with strength and reason where given."""
        known = [choice.value for choice in self.choices(asked.settings)]
        answer: dict[str, Any] = {"choice": chosen(payload, "choice", known=known, what="answer here")}
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
