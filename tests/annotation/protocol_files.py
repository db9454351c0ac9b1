"""The shared data in the columns that `compare_protocols` reads."""

import csv
import json
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from tests.paths import shared_file


def sparse_feedback(folder: Path) -> Path:
    """Write pairs of AI feedback: each ranking whose two answers were rated, each once."""
    ratings: dict[tuple[str, ...], str] = {}
    for *answer, rating in _rows("sparse_feedback/feedback_ratings_sample_generation.csv"):
        ratings.setdefault(tuple(answer), rating)
    pairs = {
        (question, context, first, second): choice
        for question, context, first, second, choice in reversed(
            list(_rows("sparse_feedback/feedback_rankings_sample_generation.csv"))
        )
    }
    rows = [
        (
            question + context,
            ratings[question, context, first],
            ratings[question, context, second],
            choice,
            first,
            second,
        )
        for (question, context, first, second), choice in pairs.items()
        if (question, context, first) in ratings and (question, context, second) in ratings
    ]
    return _written(folder, "item,rating_a,rating_b,choice,response_a,response_b", rows)


def ifllm(folder: Path) -> Path:
    """Write the turns of people who rated two answers and chose one, incomplete ones included."""
    with shared_file("ifllm/query_logs_a.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (row["query_ID"], row["user_id"], row["likert_1"], row["likert_2"], row["preference"])
            for row in csv.DictReader(file)
        ]
    return _written(folder, "item,annotator,rating_a,rating_b,choice", rows)


def oasst1(folder: Path) -> Path:
    """Write pairs of sibling replies: their mean quality labels as ratings, the better rank as the choice."""
    siblings: dict[str, list[tuple[float, int, str]]] = {}
    with shared_file("oasst1/en-validation.jsonl").open(encoding="utf-8") as file:
        for message in map(json.loads, file):
            labels = message.get("labels") or {}
            quality = dict(zip(labels.get("name", []), labels.get("value", []), strict=True)).get("quality")
            if message["role"] == "assistant" and message["rank"] is not None and quality is not None:
                answer = (quality, message["rank"], message["text"])
                siblings.setdefault(message["parent_id"], []).append(answer)
    rows = [
        (parent, one[0], other[0], "a" if one[1] < other[1] else "b", one[2], other[2])
        for parent, answers in siblings.items()
        for one, other in combinations(answers, 2)
        if one[1] != other[1]
    ]
    return _written(folder, "item,rating_a,rating_b,choice,response_a,response_b", rows)


def _rows(name: str) -> list[list[str]]:
    with shared_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _written(folder: Path, columns: str, rows: Iterable[tuple[object, ...]]) -> Path:
    path = folder / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path
