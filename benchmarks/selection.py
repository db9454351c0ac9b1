"""Choosing assertions: how fast, and how well after 16 grades: `python -m benchmarks.selection FOLDER`.

FOLDER holds `oasst1/en-validation.jsonl` (OpenAssistant, Apache-2.0). Speed: 200 assertions over 2,000 outputs.
Quality, as SPADE and EvalGen report it: at most 16 outputs are graded, the chosen set is measured on all others, over
many draws.

`people`: an answer is bad where its people gave it a quality below the middle of the scale; what is known of it is
only what checks of the library see. `rules`: the same answers under a house style of five rules, of which three matter
to the grader, who is wrong in one of twenty; each rule has three candidates, one of them right, one too strict and one
beside the point. The first is harder than what people write assertions for, the second about as hard.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.domain.criteria.alignment import (
    AssertionKey,
    Confusion,
    SelectionProblem,
    measure_set,
    select_by_mcc,
    select_by_threshold,
)
from annotation.domain.criteria.choosing import ChoiceRule, choose_or_nothing
from annotation.domain.criteria.holding_out import held_out, rows_of
from annotation.domain.criteria.integer_program import select_by_integer_program
from annotation.domain.criteria.trade_off import trade_off
from checks import build_check

GRADED, DRAWS = 16, 200
ASSERTIONS, OUTPUTS = 200, 2_000
RULES: Mapping[str, ChoiceRule] = {
    "one per criterion within its tolerance": ChoiceRule(method="threshold"),
    "one per criterion by MCC": ChoiceRule(method="mcc"),
    "fewest that cover 60 % within 25 %": ChoiceRule(method="fewest"),
    "largest coverage within 25 %": ChoiceRule(method="widest"),
    "surest alignment of the trade-off": ChoiceRule(method="surest"),
}
# SPADE's plainest choice, for comparison: everything that is within the tolerance by itself.
ALL_WITHIN = "all that are within 25 % alone (SPADE base)"
# criterion → candidate checks of the library
CANDIDATES: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "long enough": [("length", {"at_least": words}) for words in (10, 25, 60)],
    "not too long": [("length", {"at_most": words}) for words in (120, 220, 350)],
    "several sentences": [("length", {"at_least": n, "unit": "sentences"}) for n in (2, 3, 5)],
    "no apology": [("no_apology", {"opening_only": first}) for first in (True, False)],
    "no refusal": [("no_refusal", {"opening_only": first}) for first in (True, False)],
    "own words": [("no_repetition_of_prompt", {"words_in_a_row": n}) for n in (6, 12)],
    "calm": [("exclamation_marks", {"at_most": n}) for n in (0, 1, 3)],
    "proper case": [("capitals", {"most_words": n}) for n in (0, 3)],
    "ordered": [("format", {"form": form}) for form in ("bullets", "numbered", "highlights")],
    "finished": [("ends_with", {"phrases": signs}) for signs in ([".", "!", "?", "`", ")"], ["."])],
    "its language": [("language", {"language": "prompt"})],
    "no placeholder": [("placeholders", {})],
}
# rule → (the right check, one too strict, one beside the point); the grader minds the first three
HOUSE_STYLE: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "at most 150 words": [("length", {"at_most": 150}), ("length", {"at_most": 60}), ("capitals", {})],
    "no exclamation mark": [("exclamation_marks", {}), ("punctuation", {"signs": "!?"}), ("quotation", {})],
    "ends as a sentence": [
        ("ends_with", {"phrases": [".", "?"]}),
        ("ends_with", {"phrases": ["?"]}),
        ("format", {"form": "no_markdown"}),
    ],
    "no apology": [("no_apology", {}), ("keywords", {"avoids": ["sorry", "but"]}), ("no_refusal", {})],
    "no first person": [
        ("keywords", {"avoids": ["I"], "match_case": True}),
        ("keywords", {"avoids": ["I", "you", "we"]}),
        ("letter_case", {"case": "lower"}),
    ],
}
MINDED, MISTAKES = 3, 0.05


def main() -> None:
    """Print the figures, and write them as JSON where that is wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = {"speed": speed(), "quality": quality(asked.folder, draws=asked.draws)}
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    _tell(found)


def speed() -> dict[str, float]:
    """Return the seconds, as a clock has them, of each way of choosing among 200 assertions over 2,000 outputs."""
    problem = planted_problem(assertions=ASSERTIONS, outputs=OUTPUTS)
    ways: Mapping[str, Callable[[], object]] = {
        "threshold": lambda: select_by_threshold(problem, max_ffr=0.25),
        "mcc": lambda: select_by_mcc(problem, max_ffr=0.25),
        "largest coverage": lambda: select_by_integer_program(problem, max_ffr=0.25),
        "fewest": lambda: select_by_integer_program(problem, max_ffr=0.25, min_coverage=0.6),
        "trade-off curve": lambda: trade_off(problem),
        "threshold, cross-validated": lambda: held_out(
            problem, choose=lambda part: select_by_threshold(part, max_ffr=0.25).selected
        ),
    }
    return {name: _seconds(work) for name, work in ways.items()}


def planted_problem(*, assertions: int, outputs: int, seed: int = 1) -> SelectionProblem:
    """Return outputs of eight faults, and assertions of which each finds one of them more or less well."""
    dice = np.random.default_rng(seed)
    faults = dice.random((outputs, 8)) < 0.06
    is_bad = np.asarray(faults.any(axis=1))
    found = faults[:, np.arange(assertions) % 8] & (dice.random((outputs, assertions)) < 0.7)
    wrongly = dice.random((outputs, assertions)) < dice.uniform(0, 0.08, size=assertions)
    keys = tuple(AssertionKey(id=f"a{n}", criterion=f"c{n % 40}") for n in range(assertions))
    return SelectionProblem(
        assertions=keys, fails=found | wrongly, skips=np.zeros_like(wrongly), is_bad=is_bad
    )


def quality(folder: Path, *, draws: int) -> dict[str, Any]:
    """Return, for both kinds of grades, how each way of choosing does on outputs that were not graded."""
    answers = list(_answers(folder / "oasst1" / "en-validation.jsonl"))
    return {
        name: {
            "outputs": len(problem.is_bad),
            "bad": float(problem.is_bad.mean()),
            "assertions": len(problem.assertions),
            "all assertions": _figures(measure_set(problem, selected=[own.id for own in problem.assertions])),
            "best of all, knowing every grade": _figures(_best(problem)),
            **{rule: _over_draws(problem, rule, draws=draws) for rule in (*RULES, ALL_WITHIN)},
        }
        for name, problem in {"people": _people(answers), "rules": _house_style(answers)}.items()
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it answers, and the mean quality that people gave it, in [0, 1]."""

    prompt: str
    text: str
    quality: float


def _answers(path: Path) -> Iterator[Answer]:
    messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = {message["message_id"]: message["text"] for message in messages}
    for message in messages:
        labels = message["labels"] or {"name": []}
        if message["role"] == "assistant" and not message["deleted"] and "quality" in labels["name"]:
            at = labels["name"].index("quality")
            if labels["count"][at] >= 3 and message["parent_id"] in texts:
                yield Answer(texts[message["parent_id"]], message["text"], labels["value"][at])


def _problem(
    answers: Sequence[Answer],
    candidates: Mapping[str, Sequence[tuple[str, dict[str, Any]]]],
    *,
    is_bad: NDArray[np.bool_],
) -> SelectionProblem:
    named = [(criterion, *each) for criterion, checks in candidates.items() for each in checks]
    verdicts = np.array(
        [
            [_CODE[check.run(answer.prompt, answer.text)] for answer in answers]
            for check in (build_check(name, parameters) for _criterion, name, parameters in named)
        ]
    ).T
    keys = tuple(
        AssertionKey(id=f"{name} {parameters}", criterion=criterion) for criterion, name, parameters in named
    )
    return SelectionProblem(assertions=keys, fails=verdicts == 0, skips=verdicts == -1, is_bad=is_bad)


_CODE: Mapping[bool | None, int] = {True: 1, False: 0, None: -1}


def _people(answers: Sequence[Answer]) -> SelectionProblem:
    return _problem(answers, CANDIDATES, is_bad=np.array([answer.quality < 0.5 for answer in answers]))


def _house_style(answers: Sequence[Answer]) -> SelectionProblem:
    plain = _problem(answers, HOUSE_STYLE, is_bad=np.zeros(len(answers), dtype=bool))
    right = [3 * rule for rule in range(MINDED)]
    mistakes = np.random.default_rng(5).random(len(answers)) < MISTAKES
    return SelectionProblem(
        assertions=plain.assertions,
        fails=plain.fails,
        skips=plain.skips,
        is_bad=plain.fails[:, right].any(axis=1) ^ mistakes,
    )


def _best(problem: SelectionProblem) -> Confusion:
    points = trade_off(problem, seconds=20).points
    return max((point.together for point in points), key=lambda together: together.alignment or 0.0)


def _over_draws(problem: SelectionProblem, name: str, *, draws: int) -> dict[str, Any]:
    """Return means over draws of 16 graded outputs of how the choice does on all the others, and its spread."""
    found = [_one_draw(problem, name, seed=seed) for seed in range(draws)]
    alignments = [together.alignment or 0.0 for _size, together in found]
    low, *_middle, high = quantiles(alignments, n=20)
    return {
        "assertions": fmean(size for size, _together in found),
        **{
            figure: fmean(getattr(together, figure) or 0.0 for _size, together in found)
            for figure in ("coverage", "false_failure_rate", "alignment")
        },
        "alignment_middle_90": [low, high],
    }


def _one_draw(problem: SelectionProblem, name: str, *, seed: int) -> tuple[int, Confusion]:
    """Grade 16 outputs drawn by chance, at least two of a kind, choose by them, and measure on the others."""
    dice = np.random.default_rng(seed)
    while True:
        order = dice.permutation(len(problem.is_bad))
        if 2 <= int(problem.is_bad[order[:GRADED]].sum()) <= GRADED - 2:
            break
    seen = rows_of(problem, order[:GRADED])
    chosen = _all_within(seen) if name == ALL_WITHIN else choose_or_nothing(seen, rule=RULES[name]).selected
    return len(chosen), measure_set(rows_of(problem, order[GRADED:]), selected=chosen)


def _all_within(problem: SelectionProblem) -> list[str]:
    good = problem.fails[~problem.is_bad]
    return [own.id for own, share in zip(problem.assertions, good.mean(axis=0), strict=True) if share <= 0.25]


def _figures(confusion: Confusion) -> dict[str, float | None]:
    return {name: getattr(confusion, name) for name in ("coverage", "false_failure_rate", "alignment")}


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


def _tell(found: Mapping[str, Any]) -> None:
    write = sys.stdout.write
    for name, seconds in found["speed"].items():
        write(f"{name:<44} {seconds:8.3f} s\n")
    for kind, report in found["quality"].items():
        write(
            f"\n{kind}: {report['outputs']} outputs, {report['bad']:.0%} bad, {report['assertions']} assertions\n"
        )
        for name, own in report.items():
            if isinstance(own, dict):
                spread = (
                    " {:.2f} to {:.2f}".format(*own["alignment_middle_90"]) if "assertions" in own else ""
                )
                size = f"{own['assertions']:5.1f}" if "assertions" in own else "     "
                shown = (own["coverage"], own["false_failure_rate"], own["alignment"])
                write(
                    f"  {name:<46} {size}  " + "  ".join(f"{figure:.2f}" for figure in shown) + spread + "\n"
                )


if __name__ == "__main__":
    main()
