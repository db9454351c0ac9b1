"""A judge of two answers beside people: agreement, position and length, what it does to each model, and its rivals.

People's sides are drawn anew for every pair, so that a file in which the better answer always stands first makes no
judge look good, or bad, by that alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np

from annotation.domain.figures import Figure, Range, Undefined, json_value
from annotation.domain.judges.coefficients import VerdictCounts
from annotation.domain.judges.habits import Habit, length_habits, position_habit
from annotation.domain.judges.report import Drawn, JudgeReport, agreement_figures, agreement_intervals
from annotation.domain.judges.systems import SystemScores, rank_correlations, rank_interval, system_figures
from annotation.domain.labels import Codes, Vector
from curation.domain.versions.intervals import Interval, wilson_interval

VALUES = ("a", "b", "tie")
# What a verdict is worth to the first of the two models.
WORTH = np.array([1.0, 0.0, 0.5])
TURNED = {"a": "b", "b": "a"}
_NOTHING_DECIDED = "Undefined because the judge decided none of these pairs in both orders alike."
_REFERENCE_RULES = ("exact_match", "contains")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairVerdict:
    """Two answers that people decided about and a judge was asked about.

    `human` is a, b or tie; `judge` may be inconsistent or unreadable too. `first_shown` says for each time that the
    judge chose one of them, whether it was the one shown first. `rules` is what rules of the reference say, empty
    without one.
    """

    key: str
    prompt: str
    models: tuple[str, str]
    human: str
    judge: str
    lengths: tuple[int, int]
    first_shown: tuple[bool, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_decided(self) -> bool:
        """Whether the judge stands by a verdict."""
        return self.judge in VALUES

    def turned(self) -> "PairVerdict":
        """Return the same pair from the other side."""
        return replace(
            self,
            models=self.models[::-1],
            lengths=self.lengths[::-1],
            human=TURNED.get(self.human, self.human),
            judge=TURNED.get(self.judge, self.judge),
            rules={name: TURNED.get(said, said) for name, said in self.rules.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairJudgeReport:
    """Everything about a judge of two answers on a slice that people decided.

    Agreement and scores are over the pairs that it decided; `decided` says how many of `asked` these are.
    """

    asked: int
    decided: int
    inconsistent: int
    unreadable: int
    decided_interval: Interval | None
    report: JudgeReport
    baselines: Mapping[str, Mapping[str, Figure]]
    position: Habit
    longer_by_judge: Habit
    longer_by_people: Habit
    human_classes: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            **self.report.as_json(),
            "asked": self.asked,
            "decided": self.decided,
            "inconsistent": self.inconsistent,
            "unreadable": self.unreadable,
            "decided_interval": json_value(self.decided_interval),
            "baselines": {
                name: {each: json_value(figure) for each, figure in figures.items()}
                for name, figures in self.baselines.items()
            },
            "position": self.position.as_json(),
            "longer_by_judge": self.longer_by_judge.as_json(),
            "longer_by_people": self.longer_by_people.as_json(),
            "human_classes": dict(self.human_classes),
        }


def report_pairs(verdicts: Sequence[PairVerdict], *, drawn: Drawn | None = None) -> PairJudgeReport:
    """Return the report of a judge on pairs that people decided."""
    drawn = drawn or Drawn()
    sided = [_drawn_side(each) for each in verdicts]
    decided = [each for each in sided if each.is_decided]
    counted = {name: sum(each.judge == name for each in sided) for name in ("inconsistent", "unreadable")}
    judge, people = length_habits(decided)
    return PairJudgeReport(
        asked=len(sided),
        decided=len(decided),
        inconsistent=counted["inconsistent"],
        unreadable=counted["unreadable"],
        decided_interval=wilson_interval(len(decided), len(sided)),
        report=_report(decided, drawn=drawn),
        # On the pairs that the judge decided, so that both are asked the same; on all where it decided none.
        baselines=_baselines(decided or sided),
        position=position_habit(sided),
        longer_by_judge=judge,
        longer_by_people=people,
        human_classes={value: sum(each.human == value for each in sided) for value in VALUES},
    )


def _drawn_side(verdict: PairVerdict) -> PairVerdict:
    """Return a pair from a side that is drawn from its key, the same each time."""
    return verdict.turned() if sha256(verdict.key.encode()).digest()[0] % 2 else verdict


def _report(decided: Sequence[PairVerdict], *, drawn: Drawn) -> JudgeReport:
    prompts = _codes([each.prompt for each in decided])
    items = int(prompts.max()) + 1 if len(prompts) else 0
    human, judge = _said(decided, lambda each: each.human), _said(decided, lambda each: each.judge)
    counts = VerdictCounts.of(item=prompts, human=human, judge=judge, size=(items, len(VALUES)))
    scores = _scores(decided, prompts, human=human, judge=judge)
    figures = agreement_figures(counts.table(), good=None) | rank_correlations(scores)
    if not decided:
        figures = dict.fromkeys(figures, Undefined(_NOTHING_DECIDED))
    intervals: dict[str, Range] = agreement_intervals(counts, good=None, drawn=drawn)
    if drawn.rounds:
        intervals["rank_correlation"] = rank_interval(scores, rounds=drawn.rounds, seed=drawn.seed)
    return JudgeReport(
        rows=len(decided),
        items=items,
        values=VALUES,
        table=tuple(tuple(int(count) for count in row) for row in counts.table()),
        figures=figures,
        intervals={
            name: figure if isinstance(figure := figures.get(name), Undefined) else interval
            for name, interval in intervals.items()
        },
        systems=system_figures(scores, rounds=drawn.rounds, seed=drawn.seed),
    )


def _scores(decided: Sequence[PairVerdict], prompts: Codes, *, human: Codes, judge: Codes) -> SystemScores:
    """Return what each pair is worth to either of its models: a win one, a tie half."""
    names = sorted({model for each in decided for model in each.models})
    place = {name: code for code, name in enumerate(names)}
    sides = [np.array([place[each.models[side]] for each in decided], dtype=np.intp) for side in (0, 1)]

    def worth(said: Codes) -> Vector:
        return np.concatenate([WORTH[said], 1 - WORTH[said]])

    return SystemScores.of(
        names=names,
        item=np.concatenate([prompts, prompts]),
        system=np.concatenate(sides),
        worth=(worth(human), worth(judge)),
    )


def _baselines(verdicts: Sequence[PairVerdict]) -> dict[str, dict[str, Figure]]:
    """Return what rules without a model reach; those of the reference where every pair has one."""
    rules: dict[str, Callable[[PairVerdict], str]] = {
        "always_first": lambda _each: "a",
        "longer_wins": _longer,
    }
    for name in _REFERENCE_RULES:
        if verdicts and all(name in each.rules for each in verdicts):
            rules[name] = lambda each, name=name: each.rules[name]  # type: ignore[misc]
    human = _said(verdicts, lambda each: each.human)
    items = np.arange(len(verdicts), dtype=np.intp)
    size = (len(verdicts), len(VALUES))
    names = ("agreement", "cohen_kappa", "scott_pi")
    found = {}
    for name, rule in rules.items():
        table = VerdictCounts.of(item=items, human=human, judge=_said(verdicts, rule), size=size).table()
        figures = agreement_figures(table, good=None)
        found[name] = {each: figures[each] for each in names}
    return found


def _longer(verdict: PairVerdict) -> str:
    one, other = verdict.lengths
    return "tie" if one == other else "a" if one > other else "b"


def _said(verdicts: Sequence[PairVerdict], by: Callable[[PairVerdict], str]) -> Codes:
    return np.array([VALUES.index(by(each)) for each in verdicts], dtype=np.intp)


def _codes(names: Sequence[str]) -> Codes:
    place: dict[str, int] = {}
    return np.array([place.setdefault(name, len(place)) for name in names], dtype=np.intp)
