"""What to grade next: turn by turn the most and the least suspicious output (EvalGen, arXiv 2404.12272).

Or what the assertions are divided over, or any. Answers that drew complaints come every second turn while there are
some, so that those who grade see bad ones early without seeing nothing else.
"""

import random
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from math import fsum, log2
from typing import Generic, TypeAlias, TypeVar

OutputId = TypeVar("OutputId", bound=Hashable)
AssertionId = TypeVar("AssertionId", bound=Hashable)
# True: the assertion passes the output; False: it fails it; None: it could not say (a skip).
Verdict: TypeAlias = bool | None
Results: TypeAlias = Mapping[OutputId, Mapping[AssertionId, Verdict]]

SELECTIVITY, UNCERTAINTY, RANDOM = "selectivity", "uncertainty", "random"
# Why an output was shown, kept with its grade.
MOST_SUSPICIOUS, LEAST_SUSPICIOUS = "most suspicious", "least suspicious"
MOST_DIVIDED, AT_RANDOM, DREW_A_COMPLAINT = "most divided", "at random", "drew a complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Generic[OutputId]):
    """Where a grader stands: `results` of all outputs, and which of these are `left` to show.

    `suspects` drew complaints, so many each. `begun` were graded by others already and want further graders, so they
    come before the rest. `turn` counts what this grader graded; the same seed and turn draw the same output.
    """

    results: Mapping[OutputId, Mapping[int, Verdict]]
    left: Collection[OutputId]
    suspects: Mapping[OutputId, int] = field(default_factory=dict)
    begun: Collection[OutputId] = ()
    turn: int = 0
    seed: str = ""


def choose_next(standing: Standing[OutputId], *, order: str) -> tuple[OutputId, str] | None:
    """Return the output to grade next and the policy that chose it; None when none is left."""
    if not standing.left:
        return None
    policy = _policy(standing, order=order)
    scores = _scores(standing, policy=policy)
    left = [output for output in standing.left if output in standing.begun] or standing.left
    seed = f"{standing.seed}:{standing.turn}"
    return _drawn_of_the_highest({output: scores[output] for output in left}, seed=seed), policy


def selectivity_scores(results: Results[OutputId, AssertionId]) -> dict[OutputId, float]:
    """Score each output by the assertions that fail it: the sum of their pass rates.

    Failing what usually passes weighs more. A pass rate is passes / (passes + fails), so a skip says nothing.
    An assertion that lacks a result for any output is left out, else the score would hang on which ran first.
    """
    columns = _complete_columns(results)
    pass_rates = {assertion: _pass_rate(column) for assertion, column in columns.items()}
    return {
        output: fsum(rate for assertion, rate in pass_rates.items() if verdicts[assertion] is False)
        for output, verdicts in results.items()
    }


def division_scores(results: Results[OutputId, AssertionId]) -> dict[OutputId, float]:
    """Score each output by how evenly its assertions are divided: the entropy of the share that fails it, in bits.

    Skips and assertions that lack a result for any output say nothing.
    """
    complete = _complete_columns(results).keys()
    return {
        output: _entropy([verdict for own, verdict in verdicts.items() if own in complete])
        for output, verdicts in results.items()
    }


def _policy(standing: Standing[OutputId], *, order: str) -> str:
    has_suspects = any(output in standing.suspects for output in standing.left)
    if has_suspects and standing.turn % 2 == 0:
        return DREW_A_COMPLAINT
    if order == RANDOM or not _complete_columns(standing.results):
        return AT_RANDOM
    if order == UNCERTAINTY:
        return MOST_DIVIDED
    is_second = (standing.turn // 2 if has_suspects else standing.turn) % 2
    return LEAST_SUSPICIOUS if is_second else MOST_SUSPICIOUS


def _scores(standing: Standing[OutputId], *, policy: str) -> dict[OutputId, float]:
    if policy == AT_RANDOM:
        return dict.fromkeys(standing.results, 0.0)
    if policy == DREW_A_COMPLAINT:
        return {output: float(standing.suspects.get(output, 0)) for output in standing.results}
    if policy == MOST_DIVIDED:
        return division_scores(standing.results)
    sign = 1 if policy == MOST_SUSPICIOUS else -1
    return {output: sign * score for output, score in selectivity_scores(standing.results).items()}


def _drawn_of_the_highest(scores: Mapping[OutputId, float], *, seed: str) -> OutputId:
    highest = max(scores.values())
    tied = sorted((output for output, score in scores.items() if score == highest), key=str)
    return random.Random(seed).choice(tied)  # noqa: S311 - an order of work, not a secret


def _complete_columns(results: Results[OutputId, AssertionId]) -> dict[AssertionId, list[Verdict]]:
    rows = list(results.values())
    assertions = dict.fromkeys(assertion for row in rows[:1] for assertion in row)
    return {
        assertion: [row[assertion] for row in rows]
        for assertion in assertions
        if all(assertion in row for row in rows)
    }


def _pass_rate(column: list[Verdict]) -> float:
    decided = [verdict for verdict in column if verdict is not None]
    return sum(decided) / len(decided) if decided else 0.0


def _entropy(verdicts: list[Verdict]) -> float:
    share = _pass_rate(verdicts)
    return -fsum(part * log2(part) for part in (share, 1 - share) if part > 0)
