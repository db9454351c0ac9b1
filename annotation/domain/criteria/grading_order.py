"""What to grade next: turn by turn the most and the least suspicious output (EvalGen, arXiv 2404.12272)."""

import random
from collections.abc import Collection, Hashable, Mapping
from math import fsum
from typing import TypeAlias, TypeVar

OutputId = TypeVar("OutputId", bound=Hashable)
AssertionId = TypeVar("AssertionId", bound=Hashable)
# True: the assertion passes the output; False: it fails it; None: it could not say (a skip).
Verdict: TypeAlias = bool | None


def selectivity_scores(results: Mapping[OutputId, Mapping[AssertionId, Verdict]]) -> dict[OutputId, float]:
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


def next_to_grade(
    scores: Mapping[OutputId, float], *, graded: Collection[OutputId], seed: int | str = 0
) -> OutputId | None:
    """Return the ungraded output of the highest score, every second turn the lowest; None when none is left.

    The turn is the number of scored outputs that are graded already. Equal scores are drawn from at random,
    and the same seed and turn draw the same output.
    """
    ungraded = {output: score for output, score in scores.items() if output not in graded}
    if not ungraded:
        return None
    turn = len(scores) - len(ungraded)
    sought = min(ungraded.values()) if turn % 2 else max(ungraded.values())
    tied = sorted((output for output, score in ungraded.items() if score == sought), key=str)
    return random.Random(f"{seed}:{turn}").choice(tied)  # noqa: S311 - an order of work, not a secret


def _complete_columns(
    results: Mapping[OutputId, Mapping[AssertionId, Verdict]],
) -> dict[AssertionId, list[Verdict]]:
    rows = list(results.values())
    assertions = dict.fromkeys(assertion for row in rows for assertion in row)
    return {
        assertion: [row[assertion] for row in rows]
        for assertion in assertions
        if all(assertion in row for row in rows)
    }


def _pass_rate(column: list[Verdict]) -> float:
    decided = [verdict for verdict in column if verdict is not None]
    return sum(decided) / len(decided) if decided else 0.0
