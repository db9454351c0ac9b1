"""Of how many people a task is asked: a fixed number, more where they disagree, or until they are sure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

from annotation.domain.protocol import Conclusions, Preference

# What a judgement says of each thing that was judged: a value by the thing's name.
Verdict = Mapping[str, float]

OUTCOMES = {"a": 1.0, "b": -1.0}


class OverlapPolicy(StrEnum):
    """When a task is asked of more people than it was at first."""

    FIXED = "fixed"
    DISAGREEMENT = "disagreement"
    CONFIDENT = "confident"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRule:
    """`least` people are asked, and never more than `most`.

    `bound` is the widest gap that is no disagreement, or the chance from which the majority is believed.
    """

    policy: OverlapPolicy = OverlapPolicy.FIXED
    least: int = 1
    most: int = 1
    bound: float = 0.0


def people_wanted(rule: OverlapRule, *, verdicts: Sequence[Verdict], asked: int) -> int:
    """Return of how many people a task is asked from now on, after `asked` before; never fewer.

    - disagreement: all of `most`, as soon as `least` judgements are in and two of them are further apart than the
      bound (HelpSteer2, arXiv 2406.08673: at least three people, up to five where three differ by more than two).
    - confident: one more each time that all who were asked have judged and `chance_of_majority` is below the bound.
    """
    most = max(asked, rule.most)
    if rule.policy is OverlapPolicy.DISAGREEMENT and len(verdicts) >= rule.least:
        return most if widest_gap(verdicts) > rule.bound else asked
    if rule.policy is OverlapPolicy.CONFIDENT and len(verdicts) >= asked:
        is_sure = chance_of_majority(verdicts) >= rule.bound
        return asked if is_sure else min(most, asked + 1)
    return asked


def widest_gap(verdicts: Sequence[Verdict]) -> float:
    """Return how far apart the two most different values of one thing are."""
    values: dict[str, list[float]] = {}
    for verdict in verdicts:
        for name, value in verdict.items():
            values.setdefault(name, []).append(value)
    return max((max(of_one) - min(of_one) for of_one in values.values()), default=0.0)


def chance_of_majority(verdicts: Sequence[Verdict]) -> float:
    """Return how probable it is that the answer given most often is truly more frequent than the next one.

    With k and l votes for the two most frequent answers and an even prior over their shares, the share of the
    first among the two is Beta(k + 1, l + 1), and the chance that it is above a half is
    1 - I_half(k + 1, l + 1) = sum over j from 0 to k of C(k + l + 1, j), divided by 2 to the (k + l + 1).
    """
    votes = [count for _answer, count in Counter(map(_answer_of, verdicts)).most_common(2)]
    first, second = (*votes, 0, 0)[:2]
    tosses = first + second + 1
    return float(sum(comb(tosses, heads) for heads in range(first + 1)) / 2**tosses)


def _answer_of(verdict: Verdict) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(verdict.items()))


def verdict_of(concluded: Conclusions, *, attribute: str = "") -> Verdict:
    """Return what a judgement says on the attribute that counts, whichever side anything stood on.

    Without an attribute the first one counts that was rated. A preference without a strength is 1, -1 or 0, and
    positive for the answer whose id comes first in the alphabet; of a list, the places count.
    """
    key = attribute or next((rating.attribute for rating in concluded.ratings), "")
    rated = {rating.response: rating.value for rating in concluded.ratings if rating.attribute == key}
    if rated:
        return rated
    if concluded.places:
        return {response: float(place) for response, place in concluded.places.items()}
    if concluded.findings:
        return {f"{each.criterion} {each.verdict} {each.corrected}": 1.0 for each in concluded.findings}
    preferred = dict(map(_preferred, concluded.preferences))
    # Both bad says more than a tie: it is a statement of its own.
    bad = {f"{first} bad": 1.0 for first, outcome in _outcomes(concluded) if outcome == "both_bad"}
    return preferred | bad


def _outcomes(concluded: Conclusions) -> list[tuple[str, str]]:
    return [(min(each.first, each.second), each.outcome) for each in concluded.preferences]


def _preferred(preference: Preference) -> tuple[str, float]:
    strength = preference.strength
    value = OUTCOMES.get(preference.outcome, 0.0) if strength is None else float(strength)
    if preference.first < preference.second:
        return f"{preference.first} {preference.second}", value
    return f"{preference.second} {preference.first}", -value
