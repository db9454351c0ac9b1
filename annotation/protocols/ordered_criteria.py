"""Two answers held against criteria by priority; the first criterion on which they differ decides."""

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
    one,
)

# The order of TencentLLMEval (arXiv 2311.05374): what comes first weighs most. The questions are ours.
CRITERIA = (
    "safety: does it harm nobody?",
    "neutrality: does it take no side where none should be taken?",
    "correctness: is what it says true?",
    "instructions: does it do what was asked, as it was asked?",
    "logic: do its parts follow from each other?",
    "fluency: does it read well?",
    "information: does it tell as much as it should?",
)
SIDES = (
    Choice(key="1", value="a", label=_("A is better")),  # type: ignore[arg-type]
    Choice(key="2", value="b", label=_("B is better")),  # type: ignore[arg-type]
    Choice(key="3", value="same", label=_("no difference")),  # type: ignore[arg-type]
)
MOST_CRITERIA = 20
LONGEST = 200
# The name of the field that holds the answer to the criterion of this number.
FIELD = "criterion-"


@dataclass(frozen=True, slots=True)
class OrderedCriteria(PlainProtocol):
    """Nothing is asked after the criterion that decides; where none does, the answers tie."""

    name: str = "ordered_criteria"
    title: str = _("Which answer is better on the first criterion that tells them apart?")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "Two answers held against criteria by priority, from safety down; the first that tells them apart decides."
    )
    template: str = "annotation/_ordered_criteria.html"
    reads: Reads = Reads.PAIR
    fields: tuple[SettingField, ...] = (
        SettingField(
            name="criteria",
            label=_("Criteria, the weightiest first"),  # type: ignore[arg-type]
            entry=Entry.TEXT,
            default="\n".join(CRITERIA),
            help=_("One a line, with a name before the colon and a question after it."),  # type: ignore[arg-type]
        ),
    )

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return the criteria in their order, the seven of TencentLLMEval where none are named."""
        written = one(payload, "criteria").splitlines() or CRITERIA
        lines = [line.strip() for line in written if line.strip()]
        return {"criteria": [_criterion(line) for line in _checked(lines)]}

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the criteria and what each may be answered with."""
        return {"criteria": settings["criteria"], "sides": SIDES}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"choice": a | b | tie, "deciding_criterion": its name, "" for a tie}; later criteria are not read."""
        known = [side.value for side in SIDES]
        for number, criterion in enumerate(asked.settings["criteria"]):
            what = f"answer to {criterion['name']!r}, the next criterion to decide"
            side = chosen(payload, f"{FIELD}{number}", known=known, what=what)
            if side != "same":
                return {"choice": side, "deciding_criterion": criterion["name"]}
        return {"choice": "tie", "deciding_criterion": ""}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return no difference on each criterion before the one that decided, and the choice on that one."""
        names = [criterion["name"] for criterion in asked.settings["criteria"]]
        decided = answer["deciding_criterion"]
        end = names.index(decided) if decided in names else len(names)
        form = {f"{FIELD}{number}": ["same"] for number in range(end)}
        return form | ({f"{FIELD}{end}": [answer["choice"]]} if decided in names else {})

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the preference between the two that were shown."""
        first, second = asked.shown
        return Conclusions(
            preferences=[Preference(first=first, second=second, outcome=str(answer["choice"]))]
        )


def _criterion(line: str) -> dict[str, str]:
    name, _, question = line.partition(":")
    return {"name": name.strip()[:40], "question": question.strip()}


def _checked(lines: Sequence[str]) -> Sequence[str]:
    if not 0 < len(lines) <= MOST_CRITERIA:
        message = f"A queue has 1 to {MOST_CRITERIA} criteria, one a line. This one has {len(lines)}."
        raise AnswerError(message, field="criteria")
    names = [_criterion(line)["name"].casefold() for line in lines]
    for number, (name, line) in enumerate(zip(names, lines, strict=True), start=1):
        if not name or len(line) > LONGEST or names.count(name) > 1:
            message = (
                f"Line {number} is no criterion. Write a name of its own, a colon and a question, at most "
                f"{LONGEST} letters in all: truth: is it right?"
            )
            raise AnswerError(message, field="criteria")
    return lines


ORDERED_CRITERIA = OrderedCriteria()
