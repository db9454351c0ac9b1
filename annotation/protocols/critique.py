"""One answer: good or bad, what to fix, the faulty passages, and the answer as it should have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Choice,
    Conclusions,
    Correction,
    Payload,
    PlainProtocol,
    Rating,
    Reads,
    chosen,
    one,
)
from annotation.domain.protocols.spans import as_shown, read_spans

VERDICTS = (
    Choice(key="1", value="good", label=_("Good")),  # type: ignore[arg-type]
    Choice(key="2", value="bad", label=_("Bad")),  # type: ignore[arg-type]
)
# A critique of 200 kB is a judgement; what is longer was hardly written by hand.
LONGEST = 300_000


@dataclass(frozen=True, slots=True)
class Critique(PlainProtocol):
    """A bad answer needs a word on what to fix, or a correction; a good one needs nothing more."""

    name: str = "critique"
    title: str = _("Is this answer good, and what should be fixed?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "One answer: a verdict, what to fix step by step, the faulty passages, and a corrected answer, which "
        "becomes a pair with the one it corrects."
    )
    template: str = "annotation/_critique.html"
    reads: Reads = Reads.ANSWER
    reads_texts: bool = True

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the two verdicts."""
        return {"verdicts": VERDICTS}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"verdict", "spans"} with "fix" and "correction" where they were written.

        `fix` has a step a line; spans count characters of the answer as it was shown.
        """
        (name,) = asked.shown
        text = as_shown(asked.texts[name])
        known = [verdict.value for verdict in VERDICTS]
        answer: dict[str, Any] = {
            "verdict": chosen(payload, "verdict", known=known, what="verdict"),
            "spans": [list(span) for span in read_spans(one(payload, "spans").split(), text=text)],
        }
        written = {"fix": _lines(one(payload, "fix")), "correction": as_shown(one(payload, "correction"))}
        if written["correction"] == text.strip():
            written["correction"] = ""
        _check(answer, written)
        return {**answer, **{field: words for field, words in written.items() if words}}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return verdict, words and marks; where nothing was corrected, the answer stands in its field."""
        spans = " ".join(f"{start}-{end}" for start, end in answer.get("spans", ()))
        words = {name: [answer[name]] for name in ("verdict", "fix", "correction") if name in answer}
        return {**words, "spans": [spans]}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the verdict as a rating of 1 or 0, and the correction; elsewhere people write without a verdict."""
        (name,) = asked.shown
        verdict, correction = answer.get("verdict"), answer.get("correction", "")
        rating = Rating(response=name, attribute="good", value=float(verdict == "good"))
        return Conclusions(
            ratings=[rating] if verdict else (),
            corrections=[Correction(response=name, text=correction)] if correction else (),
        )


def _lines(written: str) -> str:
    return "\n".join(line.strip() for line in as_shown(written).split("\n") if line.strip())


def _check(answer: Mapping[str, Any], written: Mapping[str, str]) -> None:
    too_long = next((field for field, words in written.items() if len(words) > LONGEST), None)
    if too_long is not None:
        message = (
            f"The {too_long} has {len(written[too_long])} characters, and {LONGEST} are kept. Shorten it."
        )
        raise AnswerError(message)
    if answer["verdict"] == "bad" and not any(written.values()):
        message = "A bad answer needs a word on what to fix, or a correction. Write one of them."
        raise AnswerError(message)


CRITIQUE = Critique()
