"""The criteria by which users show that an answer pleased or displeased them.

The names are those of WildFeedback (arXiv 2408.15549), whose rubric goes back to SPUR (arXiv 2403.12388); the
definitions and examples are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

# Stored with every scorer: findings under another taxonomy are not comparable with these.
TAXONOMY_VERSION = "1"


class Polarity(StrEnum):
    """Whether a criterion speaks for an answer or against it."""

    SAT = "sat"
    DSAT = "dsat"


class UnknownCriterionError(LookupError):
    """A name that the taxonomy does not hold."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No criterion is named {name!r}. Known: {', '.join(CRITERIA)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One way in which a user message judges the response before it."""

    name: str
    polarity: Polarity
    definition: str
    example: str
    counter_example: str


_SAT = (
    Criterion(
        name="Gratitude",
        polarity=Polarity.SAT,
        definition="The user thanks the assistant, or compliments it, for what it answered.",
        example="Thanks, that saved me an hour.",
        counter_example="Write a thank-you note to my landlord, thanks.",
    ),
    Criterion(
        name="Learning",
        polarity=Polarity.SAT,
        definition="The user is pleased to have learnt something new or useful from the answer.",
        example="Oh, I had no idea that tides could be predicted centuries ahead!",
        counter_example="I want to learn how tides work.",
    ),
    Criterion(
        name="Compliance",
        polarity=Polarity.SAT,
        definition="The user did, or is about to do, what the assistant advised or asked for.",
        example="I ran the command you gave me and here is what it printed.",
        counter_example="I tried that already before I came here.",
    ),
    Criterion(
        name="Praise",
        polarity=Polarity.SAT,
        definition="The user finds enthusiastic words, or emoji, for the answer.",
        example="Wow, this is brilliant 🔥",
        counter_example="Is this phone brilliant or only expensive?",
    ),
    Criterion(
        name="Personal_Details",
        polarity=Polarity.SAT,
        definition="The user volunteers circumstances or opinions of their own, as people do when at ease.",
        example="My daughter is four and scared of dogs, so the second game sounds lovely for her.",
        counter_example="The customer is four years older than the vendor.",
    ),
    Criterion(
        name="Humor",
        polarity=Polarity.SAT,
        definition="The user jokes with the assistant, or teases or challenges it in a friendly way.",
        example="Haha, careful, you will put my accountant out of work.",
        counter_example="Tell me a joke about accountants.",
    ),
    Criterion(
        name="Acknowledgment",
        polarity=Polarity.SAT,
        definition="The user shows that an explanation was understood, or agrees with it.",
        example="I see, so the lock is released only after the commit.",
        counter_example="I see an error in the third line.",
    ),
    Criterion(
        name="Positive_Closure",
        polarity=Polarity.SAT,
        definition="The user ends the conversation on a good note and asks for nothing more.",
        example="Perfect, that is all I needed. Have a good evening!",
        counter_example="Bye.",
    ),
    Criterion(
        name="Getting_There",
        polarity=Polarity.SAT,
        definition="The user finds the answer better than before, or good in part, but not yet enough.",
        example="Much closer now, only the last verse still drags.",
        counter_example="How do I get there from the station?",
    ),
)

_DSAT = (
    Criterion(
        name="Negative_Feedback",
        polarity=Polarity.DSAT,
        definition="The user openly voices displeasure, frustration or anger about an answer or a behaviour.",
        example="This is useless, I am wasting my time here.",
        counter_example="My boss says that the old printer is useless.",
    ),
    Criterion(
        name="Revision",
        polarity=Polarity.DSAT,
        definition="The user asks for the last answer to be changed, or asks much the same question again.",
        example="Rewrite it, but leave out the second paragraph.",
        counter_example="Now write one for my other shop too.",
    ),
    Criterion(
        name="Factual_Error",
        polarity=Polarity.DSAT,
        definition="The user points out a mistake, an inaccuracy or a contradiction in the answer.",
        example="Canberra is the capital, not Sydney.",
        counter_example="Which mistakes do beginners make with verbs?",
    ),
    Criterion(
        name="Unrealistic_Expectation",
        polarity=Polarity.DSAT,
        definition="The user demands what cannot be done and accepts neither the limits nor an alternative.",
        example="I don't care that you cannot see it, just look at my screen and tell me.",
        counter_example="Can you see my screen?",
    ),
    Criterion(
        name="No_Engagement",
        polarity=Polarity.DSAT,
        definition="The user leaves the assistant's question, suggestion or request for feedback unanswered.",
        example="Never mind your questions. What is the tallest tower?",
        counter_example="The second option, please.",
    ),
    Criterion(
        name="Ignored",
        polarity=Polarity.DSAT,
        definition="The user implies that the request was passed over, or its intent missed.",
        example="That is not what I asked for, I wanted the train and not the bus.",
        counter_example="What happens if I ignore the warning?",
    ),
    Criterion(
        name="Lower_Quality",
        polarity=Polarity.DSAT,
        definition="The user finds the answer worse than earlier ones, or than those of another system.",
        example="The first version was better than this one.",
        counter_example="Is the older camera better than the new one?",
    ),
    Criterion(
        name="Insufficient_Detail",
        polarity=Polarity.DSAT,
        definition="The user wants more specific or more useful content than the answer held.",
        example="That is too vague, give me real numbers.",
        counter_example="Give me five numbers between one and ten.",
    ),
    Criterion(
        name="Style",
        polarity=Polarity.DSAT,
        definition="The user wants another manner: bullets or prose, formal or casual, short or long.",
        example="Too stiff. Make it sound like a friend wrote it.",
        counter_example="Which style of beer goes with fish?",
    ),
)

# In the order of the papers: nine that speak for an answer, then nine that speak against it.
CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {criterion.name: criterion for criterion in (*_SAT, *_DSAT)}
)
SAT_CRITERIA = tuple(criterion.name for criterion in _SAT)
DSAT_CRITERIA = tuple(criterion.name for criterion in _DSAT)


def criterion_named(name: str) -> Criterion:
    """Return the criterion of that name; raises UnknownCriterionError."""
    if name not in CRITERIA:
        raise UnknownCriterionError(name)
    return CRITERIA[name]


def polarity_of(name: str) -> Polarity:
    """Return the polarity of the criterion of that name; raises UnknownCriterionError."""
    return criterion_named(name).polarity
