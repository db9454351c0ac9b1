"""Ranking models from a plain file of votes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.domain.label_tables import Choices, ColumnTable, LabelTableError, parse_coding, read_columns
from annotation.domain.model_ranking.ranking import rank_votes
from annotation.domain.model_ranking.style_control import StyleColumns, control_style
from annotation.domain.model_ranking.votes import VoteTable, vote_table

# What arenas call the same three outcomes; "both bad" leaves both models level, as a tie does.
CODING = {
    "a": "a",
    "b": "b",
    "tie": "tie",
    "model_a": "a",
    "model_b": "b",
    "tie (bothbad)": "tie",
    "both_bad": "tie",
}
WINNERS = ("a", "b", "tie")
SAME_MODEL = "one model on both sides"
MOST_JUDGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingQuestion:
    """What to compute from a file of votes: by which coding, of which judge, at which equal style."""

    coding: str = ""
    judge: str = ""
    style: Sequence[str] = ()
    rounds: int
    seed: int = 0
    encoding: str = ""


def rank_models_in_file(*, path: Path, question: RankingQuestion) -> dict[str, Any]:
    """Return what `rank_models` prints; raises LabelTableError with a sentence."""
    columns = _read(path, question)
    winners = _winners(columns, question)
    kept, left_out = _kept_rows(columns, winners, judge=question.judge)
    table = _votes(columns, kept, winners=winners)
    ranking = rank_votes(table, rounds=question.rounds, seed=question.seed)
    report = {**ranking.as_json(), "left_out": left_out}
    if question.style:
        style = _style(columns, kept, names=question.style)
        controlled = control_style(table, style=style, rounds=min(question.rounds, 100), seed=question.seed)
        report["at_equal_style"] = controlled.as_json()
    if "judge" in columns and not question.judge:
        report["judges"] = _by_judge(columns, kept, winners=winners)
    return report


def _read(path: Path, question: RankingQuestion) -> ColumnTable:
    sides = [f"{name}_{side}" for name in question.style for side in "ab"]
    return read_columns(
        path,
        required=["model_a", "model_b", "winner", *sides],
        optional=["item", "judge"],
        encoding=question.encoding,
    )


def _winners(columns: ColumnTable, question: RankingQuestion) -> Choices:
    coding = parse_coding(question.coding, allowed=WINNERS) if question.coding else CODING
    return columns.choices("winner", coding=coding)


def _kept_rows(columns: ColumnTable, winners: Choices, *, judge: str) -> tuple[list[int], dict[str, int]]:
    """Return the rows that hold a vote, and how many others there are by reason."""
    first, second = columns.names("model_a"), columns.names("model_b")
    judges = columns["judge"] if "judge" in columns else [""] * len(columns)
    kept: list[int] = []
    same = others = 0
    for row, winner in enumerate(winners.values):
        if judge and judges[row] != judge:
            others += 1
        elif first[row] == second[row]:
            same += 1
        elif winner is not None:
            kept.append(row)
    left_out = dict(winners.missing) | ({SAME_MODEL: same} if same else {})
    if others:
        left_out["another judge"] = others
    if not kept:
        raise LabelTableError(_no_votes(columns, judge=judge))
    return kept, left_out


def _no_votes(columns: ColumnTable, *, judge: str) -> str:
    whose = f" of the judge {judge}" if judge else ""
    return (
        f"{columns.name} holds no vote{whose} between two models, so there is nothing to rank."
        " Each vote needs two different models and a winner: a, b or tie."
    )


def _votes(columns: ColumnTable, kept: Sequence[int], *, winners: Choices) -> VoteTable:
    return vote_table(
        model_a=[columns["model_a"][row] for row in kept],
        model_b=[columns["model_b"][row] for row in kept],
        winner=[winners.values[row] or "" for row in kept],
        item=_items(columns, kept),
    )


def _items(columns: ColumnTable, kept: Sequence[int]) -> list[str] | None:
    """Return the item of each vote; a row without one is an item of its own."""
    if "item" not in columns:
        return None
    return [columns["item"][row] or f"\0{row}" for row in kept]


def _style(columns: ColumnTable, kept: Sequence[int], *, names: Sequence[str]) -> StyleColumns:
    return {
        name: (_numbers(columns, kept, f"{name}_a"), _numbers(columns, kept, f"{name}_b")) for name in names
    }


def _numbers(columns: ColumnTable, kept: Sequence[int], name: str) -> list[float]:
    values = columns.numbers(name).values
    found = []
    for row in kept:
        value = values[row]
        if value is None:
            raise columns.error(
                row, f"{name} is missing. Equal style needs it of both answers of every vote."
            )
        found.append(value)
    return found


def _by_judge(
    columns: ColumnTable, kept: Sequence[int], *, winners: Choices
) -> Mapping[str, Mapping[str, Any]]:
    """Return the votes and strengths of each judge alone, without intervals."""
    rows: dict[str, list[int]] = {}
    for row in kept:
        rows.setdefault(columns["judge"][row], []).append(row)
    if len(rows) > MOST_JUDGES:
        return {}
    rankings = {
        judge: rank_votes(_votes(columns, own, winners=winners), rounds=0)
        for judge, own in sorted(rows.items())
    }
    return {
        judge: {
            "votes": ranking.votes,
            "strengths": {each.model: each.strength for each in ranking.standings},
        }
        for judge, ranking in rankings.items()
    }
