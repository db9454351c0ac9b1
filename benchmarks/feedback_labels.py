"""How well detectors do on labels that nobody here wrote: `python -m benchmarks.feedback_labels FOLDER`.

FOLDER holds `feedback_types/erroneous_train.jsonl` (reactions to system errors, UKPLab), `ifllm/query_logs_a.csv`
(ratings of answers, with the user's next query), `oasst1/en-validation.jsonl` and `dove/val_conditional_pref.jsonl`
(first requests). Beside the detectors stand a rule of a dozen keywords, and TF-IDF with logistic regression, trained on
four fifths of the very set and measured on the fifth that it has not seen, in ten divisions: at random, and so that no
wording is in both parts. With `--written`, the detector's held-out probabilities of the messages written for this
project stand beside a TF-IDF that learned from the very kinds and answers that were held out from it.

Intervals hold 95 % of 1,000 drawings of the messages (of ifllm: of the people) with replacement; `above` is how much
the average precision lies above that of TF-IDF, in the same drawings.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from annotation.domain.resampling import bootstrap_interval
from benchmarks.feedback_sets import WENT_ON, Labelled, Reactions, ratings, reactions, unrelated
from curation.domain.versions.intervals import Interval, wilson_interval
from feedback_mining.detectors import build_detector
from feedback_mining.detectors.embedding.shipping import held_out_examples
from feedback_mining.domain.detection import Detector, DetectorTools
from feedback_mining.domain.findings import dsat_probability, sat_probability
from feedback_mining.domain.taxonomy import Polarity
from language_models.embedders.local import LocalEmbedder

DETECTORS = ("phrases", "embedding", "cascade")
KEYWORDS = re.compile(
    r"\b(?:wrong|incorrect|mistake|error|not what|bad|useless|again|instead|sense|don'?t understand)\b",
    re.IGNORECASE,
)
THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|great|perfect|good|nice|awesome|love|helpful|excellent)\b", re.IGNORECASE
)
RULES = {Polarity.DSAT: KEYWORDS, Polarity.SAT: THANKS}
PROBABILITY = {Polarity.DSAT: dsat_probability, Polarity.SAT: sat_probability}
SURE = 0.5
RECALLS = (0.5, 0.7, 0.9)
FOLDS, DIVISIONS = 5, 10
ROUNDS = 1000
Scores = NDArray[np.float64]


def main() -> None:
    """Print the figures and write them as JSON."""
    asked = _arguments()
    embedder = LocalEmbedder()
    built = {name: build_detector(name, tools=DetectorTools(embedder=embedder)) for name in DETECTORS}
    found = reactions(asked.folder)
    rows = [row for each in (found.labelled, *ratings(asked.folder)) for row in _compared(each, built)]
    rows += _by_type(found, built["embedding"])
    rows += [
        _silent(f"{source}: unrelated requests", name, detector.detect(contexts))
        for source, contexts in unrelated(asked.folder).items()
        for name, detector in built.items()
    ]
    rows += _written(embedder) if asked.written else []
    for row in rows:
        sys.stdout.write(json.dumps(row) + "\n")
    asked.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _compared(labelled: Labelled, built: Mapping[str, Detector]) -> list[dict[str, Any]]:
    """Return a row for each detector and for what it is held against."""
    scores = {name: [_detected(labelled, detector)] for name, detector in built.items()}
    return _rows(labelled, scores)


def _rows(labelled: Labelled, scores: Mapping[str, list[Scores]]) -> list[dict[str, Any]]:
    rule = RULES[labelled.polarity]
    trained = _trained_on_the_set(labelled, is_kept_apart=False)
    held_against = {
        "keywords": [np.array([float(bool(rule.search(text))) for text in labelled.texts])],
        "TF-IDF + LR": trained,
        "TF-IDF + LR, no wording in both parts": _trained_on_the_set(labelled, is_kept_apart=True),
    }
    return [_figures(labelled, name, each, over=trained) for name, each in {**held_against, **scores}.items()]


def _by_type(found: Reactions, detector: Detector) -> list[dict[str, Any]]:
    """Return for each type of reaction how well it is told from going on, by the detector and by TF-IDF."""
    scores, trained = (
        [_detected(found.labelled, detector)],
        _trained_on_the_set(found.labelled, is_kept_apart=False),
    )
    rows = []
    for name in sorted({*found.types.tolist()} - {WENT_ON}):
        chosen = (found.types == name) | (found.types == WENT_ON)
        part = found.labelled.part(chosen, name=f"feedback_types: {name}")
        rows += [
            _figures(part, who, [each[chosen] for each in said], over=[each[chosen] for each in trained])
            for who, said in {"TF-IDF + LR": trained, "embedding": scores}.items()
        ]
    return rows


def _written(embedder: LocalEmbedder) -> list[dict[str, Any]]:
    """Return figures over the messages written here, by heads that were fitted without their topic or kind."""
    found = held_out_examples(embedder)
    rows = []
    for at, polarity in enumerate(Polarity):
        labelled = Labelled(
            name="written here, kinds held out",
            polarity=polarity,
            contexts=found.contexts,
            labels=found.labels[:, at],
            clusters=found.topics.tolist(),
        )
        rows += _rows(labelled, {"embedding": [found.probabilities[:, at]]})
    return rows


def _detected(labelled: Labelled, detector: Detector) -> Scores:
    probability = PROBABILITY[labelled.polarity]
    return np.array([probability(each or []) for each in detector.detect(labelled.contexts)])


def _trained_on_the_set(labelled: Labelled, *, is_kept_apart: bool) -> list[Scores]:
    """Return held-out probabilities of TF-IDF with logistic regression, for each division into folds."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(max_iter=1000, class_weight="balanced"),
    )
    splitter = StratifiedGroupKFold if is_kept_apart else StratifiedKFold
    groups = labelled.wordings if is_kept_apart else None
    return [
        cross_val_predict(
            model,
            labelled.texts,
            labelled.labels,
            groups=groups,
            cv=splitter(FOLDS, shuffle=True, random_state=seed),
            method="predict_proba",
        )[:, 1]
        for seed in range(DIVISIONS)
    ]


def _figures(
    labelled: Labelled, name: str, scores: Sequence[Scores], *, over: Sequence[Scores]
) -> dict[str, Any]:
    """Return the figures of a detector, means over its scores; more than one where it was divided in several ways."""
    labels = labelled.labels
    found = np.stack(scores) >= SURE
    precisions = [float(labels[each].mean()) for each in found if each.any()]
    errors = np.mean([(each - labels) ** 2 for each in scores], axis=0)
    return {
        "set": labelled.name,
        "polarity": labelled.polarity.value,
        "detector": name,
        "messages": len(labels),
        "true": int(labels.sum()),
        "average_precision": _with_interval(labelled, lambda weights: _precisions(labels, scores, weights)),
        "above": _with_interval(
            labelled,
            lambda weights: _precisions(labels, scores, weights) - _precisions(labels, over, weights),
        ),
        "auc": _rounded(np.mean([roc_auc_score(labels, each) for each in scores])),
        "brier": _with_interval(labelled, lambda weights: weights @ errors / weights.sum(axis=1)),
        "found": round(float(found.sum(axis=1).mean()), 1),
        "precision": _rounded(np.mean(precisions)) if precisions else None,
        "recall": _rounded(found[:, labels].mean()),
        "precision_at_recall": {
            str(recall): _rounded(np.mean([_precision_at(labels, each, recall=recall) for each in scores]))
            for recall in RECALLS
        },
    }


def _precisions(labels: NDArray[np.bool_], scores: Sequence[Scores], weights: Scores) -> Scores:
    """Return the mean average precision of the scores under each row of weights, shape (rows,)."""
    means: Scores = np.mean([_average_precisions(labels, each, weights) for each in scores], axis=0)
    return means


def _average_precisions(labels: NDArray[np.bool_], scores: Scores, weights: Scores) -> Scores:
    """Return Σ precision × gain in recall over the distinct scores, NaN where no weight is on true messages.

    What `sklearn.metrics.average_precision_score` computes, for a thousand drawings at once.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_equals = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    drawn = weights[:, order]
    right = np.cumsum(drawn * labels[order], axis=1)[:, last_of_equals]
    found = np.cumsum(drawn, axis=1)[:, last_of_equals]
    gained = np.diff(right, axis=1, prepend=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(found > 0, right / found, 0.0)
        values: Scores = (precision * gained).sum(axis=1) / right[:, -1]
    return values


def _precision_at(labels: NDArray[np.bool_], scores: Scores, *, recall: float) -> float:
    """Return the best precision at a threshold that finds so large a share."""
    precisions, recalls, _thresholds = precision_recall_curve(labels, scores)
    return float(precisions[recalls >= recall].max())


def _with_interval(labelled: Labelled, statistic: Callable[[Scores], Scores]) -> dict[str, Any]:
    """Return a statistic of the weighed messages, and where it lies in drawings of whole clusters."""
    names, cluster_of = np.unique(np.array(labelled.clusters), return_inverse=True)
    count = len(labelled.labels)
    interval = bootstrap_interval(
        lambda weights: statistic(weights[:, cluster_of]), clusters=len(names), rounds=ROUNDS, width=count
    )
    ends = [_rounded(end) for end in interval] if isinstance(interval, Interval) else None
    return {"value": _rounded(statistic(np.ones((1, count)))[0]), "interval": ends}


def _silent(source: str, name: str, found: Sequence[Any]) -> dict[str, Any]:
    """Return how often a detector is sure where the next message says nothing of the answer."""
    row: dict[str, Any] = {"set": source, "detector": name, "messages": len(found)}
    for polarity, probability in PROBABILITY.items():
        count = sum(probability(each or []) >= SURE for each in found)
        interval = wilson_interval(count, len(found))
        row[f"sure_{polarity.value}"] = count
        row[f"share_{polarity.value}"] = [_rounded(end) for end in interval] if interval else None
    return row


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feedback_labels", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sets lie")
    parser.add_argument(
        "--written", action="store_true", help="fit anew without each kind of written messages, too"
    )
    parser.add_argument("--out", type=Path, default=Path("feedback_labels.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
