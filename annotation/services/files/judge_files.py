"""Measuring a judge in a plain file of what people and it said."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.domain.figures import json_value
from annotation.domain.judges.files import VerdictReading, read_verdict_file
from annotation.domain.judges.labels import JudgedLabels
from annotation.domain.judges.report import Drawn, report_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuestion:
    """How to read such a file, and how to draw its intervals."""

    reading: VerdictReading = field(default_factory=VerdictReading)
    drawn: Drawn = field(default_factory=Drawn)


def validate_judge_in_file(*, path: Path, question: JudgeQuestion) -> dict[str, Any]:
    """Return what `validate_judge` prints; raises LabelTableError or SourceError with a sentence."""
    file = read_verdict_file(path, reading=question.reading)
    report = report_judge(file.labels, drawn=question.drawn).as_json()
    return report | {"baselines": {name: _baseline(said) for name, said in file.baselines.items()}}


def _baseline(labels: JudgedLabels) -> dict[str, Any]:
    figures = report_judge(labels, drawn=Drawn(rounds=0)).figures
    names = ("agreement", "cohen_kappa", "scott_pi", "rank_correlation")
    return {name: json_value(figures[name]) for name in names}
