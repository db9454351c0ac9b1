"""A user's message with what detectors claim of it: confirmed, rejected or corrected, claim by claim."""

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
    Reads,
    SignalFinding,
    chosen,
    one,
)
from feedback_mining.domain.taxonomy import CRITERIA, UnknownCriterionError, polarity_of

VERDICTS = (
    Choice(key="1", value="confirmed", label=_("yes")),  # type: ignore[arg-type]
    Choice(key="2", value="rejected", label=_("no")),  # type: ignore[arg-type]
    Choice(key="3", value="corrected", label=_("it is rather")),  # type: ignore[arg-type]
)
# The names of the fields that hold the verdict on a criterion, and what it is rather.
FIELD, RATHER = "claim-", "rather-"


@dataclass(frozen=True, slots=True)
class SignalReview(PlainProtocol):
    """Verdicts go to where reviews of signals are kept: pairs and figures follow them from there."""

    name: str = "signal_review"
    title: str = _("Is the feedback in this message?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "A user's message with the feedback that detectors claim to find in it: each claim is confirmed, rejected "
        "or corrected."
    )
    template: str = "annotation/_signal_review.html"
    reads: Reads = Reads.MESSAGE

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the verdicts and the criteria that a claim may rather be, or that may be missing."""
        return {"verdicts": VERDICTS, "criteria": list(CRITERIA.values())}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"claims": {criterion: {"verdict", "corrected"}}, "missed": [criteria]}; it must hold one at least."""
        names = sorted({*(name.removeprefix(FIELD) for name in payload if name.startswith(FIELD))})
        unanswered = sorted(set(payload.get("claimed", ())) - set(names))
        if unanswered:
            message = f"There is no verdict on {unanswered[0][:80]} yet. Say yes, no, or what it is rather."
            raise AnswerError(message)
        claims = {_known(name): _verdict_on(name, payload) for name in names}
        missed = sorted({_known(name) for name in payload.get("missed", ()) if name} - set(claims))
        if not claims and not missed and one(payload, "nothing") != "1":
            message = "Nothing was said of this message. Answer each claim, or say that no feedback is in it."
            raise AnswerError(message)
        return {"claims": claims, "missed": missed}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the verdict on each claim, what it is rather, and what was missed."""
        claims = answer["claims"]
        form = {FIELD + name: [said["verdict"]] for name, said in claims.items()}
        form |= {RATHER + name: [said["corrected"]] for name, said in claims.items() if "corrected" in said}
        missed = list(answer["missed"])
        return (
            form | ({"missed": missed} if missed else {}) | ({} if claims or missed else {"nothing": ["1"]})
        )

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return a finding for each claim and each criterion that was missed, or that rightly nothing is there."""
        findings = [
            SignalFinding(verdict=said["verdict"], criterion=name, corrected=said.get("corrected", ""))
            for name, said in answer["claims"].items()
        ]
        findings += [SignalFinding(verdict="missed", criterion=name) for name in answer["missed"]]
        return Conclusions(findings=findings or [SignalFinding(verdict="nothing")])


def _verdict_on(name: str, payload: Payload) -> dict[str, str]:
    known = [verdict.value for verdict in VERDICTS]
    verdict = chosen(payload, FIELD + name, known=known, what=f"verdict on {name[:80]}")
    if verdict != "corrected":
        return {"verdict": verdict}
    rather = one(payload, RATHER + name)
    if not rather or rather == name:
        message = f"Say what {name[:80]} is rather: choose another criterion from the list beside it."
        raise AnswerError(message)
    return {"verdict": verdict, "corrected": _known(rather)}


def _known(name: str) -> str:
    try:
        polarity_of(name)
    except UnknownCriterionError as error:
        message = f"No criterion is named {name[:80]!r}. Choose one from the list."
        raise AnswerError(message) from error
    return name


SIGNAL_REVIEW = SignalReview()
