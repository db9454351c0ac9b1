"""Measuring agreement in a plain file of labels."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.domain.agreement.report import Drawing, report_agreement
from annotation.domain.label_files import LabelReading, read_label_file


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementQuestion:
    """How to read a file of labels, and how to draw its intervals."""

    reading: LabelReading = field(default_factory=LabelReading)
    drawing: Drawing = field(default_factory=Drawing)


def measure_agreement_in_file(*, path: Path, question: AgreementQuestion) -> dict[str, Any]:
    """Return what `measure_agreement` prints; raises LabelTableError or SourceError with a sentence."""
    file = read_label_file(path, reading=question.reading)
    report = report_agreement(
        file.labels, level=question.reading.level, drawing=question.drawing, slices=file.slices
    )
    return report.as_json()
