"""How well detectors do on labels that nobody here wrote: `python -m benchmarks.feedback_labels FOLDER`.

FOLDER holds `feedback_types/erroneous_train.jsonl` (reactions to system errors, UKPLab), `ifllm/query_logs_a.csv`
(ratings of answers, with the user's next query) and `oasst1/en-validation.jsonl` (first requests). Beside the
detectors stand a rule of a dozen keywords, and TF-IDF with logistic regression, trained on four fifths of the very
set and measured on the fifth that it has not seen.
"""

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from feedback_mining.detectors import build_detector
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorTools
from feedback_mining.domain.findings import dsat_probability, sat_probability
from language_models.embedders.local import LocalEmbedder

DETECTORS = ("phrases", "embedding", "cascade")
KEYWORDS = re.compile(
    r"\b(?:wrong|incorrect|mistake|error|not what|bad|useless|again|instead|sense|don'?t understand)\b",
    re.IGNORECASE,
)
SURE = 0.5
FOLDS = 5
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Messages with whether each voices dissatisfaction."""

    name: str
    contexts: Sequence[FeedbackContext]
    labels: NDArray[np.bool_]


def main() -> None:
    """Print the figures and write them as JSON."""
    asked = _arguments()
    tools = DetectorTools(embedder=LocalEmbedder())
    built = {name: build_detector(name, tools=tools) for name in DETECTORS}
    rows: list[dict[str, Any]] = []
    for labelled in (_feedback_types(asked.folder), _ratings(asked.folder)):
        for name, score in {"keywords": _keywords, "TF-IDF + LR": _trained_on_the_set}.items():
            rows.append(_figures(labelled, name, score(labelled)))
        for name, detector in built.items():
            found = detector.detect(labelled.contexts)
            rows.append(_figures(labelled, name, np.array([dsat_probability(each or []) for each in found])))
    rows += [_silent(name, detector, _unrelated(asked.folder)) for name, detector in built.items()]
    for row in rows:
        sys.stdout.write(json.dumps(row) + "\n")
    asked.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _figures(labelled: Labelled, name: str, scores: Scores) -> dict[str, Any]:
    found, labels = scores >= SURE, labelled.labels
    return {
        "set": labelled.name,
        "detector": name,
        "messages": len(labels),
        "true": int(labels.sum()),
        "average_precision": round(float(average_precision_score(labels, scores)), 3),
        "auc": round(float(roc_auc_score(labels, scores)), 3),
        "found": int(found.sum()),
        "precision": round(float(labels[found].mean()), 3) if found.any() else None,
        "recall": round(float(found[labels].mean()), 3),
    }


def _silent(name: str, detector: Any, contexts: Sequence[FeedbackContext]) -> dict[str, Any]:
    """Return how often a detector is sure where the next message says nothing of the answer."""
    found = detector.detect(contexts)
    sure: dict[str, Callable[[Any], float]] = {"sat": sat_probability, "dsat": dsat_probability}
    return {
        "set": "next messages of other conversations",
        "detector": name,
        "messages": len(contexts),
        **{f"sure_{side}": sum(of(each or []) >= SURE for each in found) for side, of in sure.items()},
    }


def _keywords(labelled: Labelled) -> Scores:
    return np.array([float(bool(KEYWORDS.search(context.text))) for context in labelled.contexts])


def _trained_on_the_set(labelled: Labelled) -> Scores:
    texts = [context.text for context in labelled.contexts]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(max_iter=1000, class_weight="balanced"),
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores: Scores = cross_val_predict(model, texts, labelled.labels, cv=folds, method="predict_proba")[:, 1]
    return scores


def _feedback_types(folder: Path) -> Labelled:
    """Return the reactions to system errors; all but "Ignore and Continue" are feedback."""
    lines = (folder / "feedback_types" / "erroneous_train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if (row["user_reaction"] or "").strip(" -")]
    contexts = [
        _context(str(n), row["user_reaction"], row["error_text"] or "", _users_in(row["context"]))
        for n, row in enumerate(rows)
    ]
    labels = np.array([row["user_reaction_type"] != "Ignore and Continue" for row in rows])
    return Labelled("feedback_types", contexts, labels)


def _users_in(dialogue: str) -> list[str]:
    parts = re.split(r"<(user|system)>", dialogue)
    said = zip(parts[1::2], parts[2::2], strict=False)
    return [text.strip() for role, text in said if role == "user" and text.strip()]


def _ratings(folder: Path) -> Labelled:
    """Return each query that follows a rated answer; an answer rated 1 to 3 of 5 did not satisfy."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (folder / "ifllm" / "query_logs_a.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["user_id"], row["task_id"]].append(row)
    contexts, labels = [], []
    for number, turns in enumerate(groups.values()):
        turns.sort(key=lambda row: (row["query_timestamp"], int(row["query_ID"])))
        for place in range(1, len(turns)):
            answered = turns[place - 1]
            if answered["likert_1"]:
                earlier = [row["user_query"] for row in turns[:place]]
                contexts.append(
                    _context(
                        f"{number}-{place}", turns[place]["user_query"], answered["llm_response_1"], earlier
                    )
                )
                labels.append(float(answered["likert_1"]) <= 3)
    return Labelled("ifllm: rating 3 or less", contexts, np.array(labels))


def _unrelated(folder: Path) -> list[FeedbackContext]:
    """Return first requests, each after the first request of the one before and the answer to it."""
    lines = (folder / "oasst1" / "en-validation.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    answers = {row["parent_id"]: row["text"] for row in rows if row.get("parent_id")}
    first = [row for row in rows if not row.get("parent_id") and row["message_id"] in answers]
    pairs = pairwise(first)
    return [
        _context(str(n), later["text"], answers[row["message_id"]], [row["text"]])
        for n, (row, later) in enumerate(pairs)
    ]


def _context(name: str, text: str, response: str, earlier: Sequence[str]) -> FeedbackContext:
    place = 2 * len(earlier)
    return FeedbackContext(
        conversation=name,
        index=place,
        text=text,
        response=response,
        response_index=max(place - 1, 0),
        earlier_requests=tuple(earlier),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feedback_labels", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the three sets lie")
    parser.add_argument("--out", type=Path, default=Path("feedback_labels.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
