"""Control answers that any judge has to get right: a sanity test before its agreement is believed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.domain.figures import Figure, Undefined
from language_models.judges.contract import Outcome, PairQuestion, Verdict

SURE, REPEATED, REFERENCE = "sure", "question_repeated", "reference"
# Each kind is asked about so many answers at most: enough to see a judge that fails, and cheap.
MOST_EACH = 10
# An answer that helps nobody, whatever was asked.
EMPTY_ASSENT = "Sure."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dummy:
    """A control: a question whose right verdict is known. A tie is wrong, except of the reference with itself."""

    kind: str
    question: PairQuestion
    right: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class DummyCount:
    """How often a judge was right about the controls of a kind."""

    kind: str
    right: int
    asked: int

    @property
    def share(self) -> Figure:
        """The share that was right."""
        if not self.asked:
            return Undefined("Undefined because there was nothing of this kind to ask about.")
        return self.right / self.asked

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind, "right": self.right, "asked": self.asked}


def dummies_of(preferred: Iterable[PairQuestion], *, most: int = MOST_EACH) -> Iterator[Dummy]:
    """Yield controls about questions in which people prefer answer a.

    "Sure." and the question repeated must lose against it; the reference, where there is one, must win against
    "Sure.". Questions whose good answer is itself a control are passed over.
    """
    asked = dict.fromkeys((SURE, REPEATED, REFERENCE), 0)
    for question in preferred:
        for dummy in _about(question):
            if (
                asked[dummy.kind] < most
                and dummy.question.answer_a.strip() != dummy.question.answer_b.strip()
            ):
                asked[dummy.kind] += 1
                yield dummy


def _about(question: PairQuestion) -> Iterator[Dummy]:
    request = question.prompt[-1].text if question.prompt else ""
    yield Dummy(kind=SURE, question=replace(question, answer_b=EMPTY_ASSENT), right=Outcome.A)
    if request.strip():
        yield Dummy(kind=REPEATED, question=replace(question, answer_b=request), right=Outcome.A)
    if question.reference:
        against = replace(question, answer_a=question.reference, answer_b=EMPTY_ASSENT)
        yield Dummy(kind=REFERENCE, question=against, right=Outcome.A)


def count_right(judged: Sequence[tuple[Dummy, Verdict]]) -> list[DummyCount]:
    """Return how often each kind was judged right, the kinds that were asked about alone."""
    found = []
    for kind in (SURE, REPEATED, REFERENCE):
        own = [(dummy, verdict) for dummy, verdict in judged if dummy.kind == kind]
        if own:
            right = sum(verdict.outcome is dummy.right for dummy, verdict in own)
            found.append(DummyCount(kind=kind, right=right, asked=len(own)))
    return found
