"""Comparing ratings with choices in a plain file of pairs."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from annotation.domain.figures import Undefined
from annotation.domain.protocol_comparison.files import PairReading, read_pairs
from annotation.domain.protocol_comparison.paired_protocols import PairedProtocols
from annotation.domain.protocol_comparison.planning import Design, intraclass_correlation, plan_judgements
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.domain.resampling import ROUNDS

# A plan assumes a share within these, so that full agreement in a handful of pairs promises nothing.
_LEAST_SHARE, _MOST_SHARE = 0.05, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolQuestion:
    """How to read a file of pairs, how to draw its intervals, and what half width to plan for."""

    reading: PairReading = field(default_factory=PairReading)
    rounds: int = ROUNDS
    seed: int = 0
    plan: float | None = None


def compare_protocols_in_file(*, path: Path, question: ProtocolQuestion) -> dict[str, Any]:
    """Return what `compare_protocols` prints; raises LabelTableError or SourceError with a sentence."""
    pairs = read_pairs(path, reading=question.reading)
    report = compare_protocols(pairs, rounds=question.rounds, seed=question.seed)
    if question.plan is not None:
        design = design_like(pairs)
        plan = plan_judgements(question.plan, design=design)
        report["plan"] = {**asdict(plan), "assumed": asdict(design), "design_effect": design.effect}
    return report


def design_like(pairs: PairedProtocols) -> Design:
    """Return a design that assumes what these pairs show: their share, and how alike clusters judge."""
    plain = Design()
    if not len(pairs):
        return plain
    consistent = (pairs.inferred == pairs.chosen).astype(float)
    alike = intraclass_correlation(consistent, clusters=pairs.cluster)
    if isinstance(alike, Undefined) or pairs.clustered_by != "annotator":
        alike = plain.annotator_correlation
    share = min(_MOST_SHARE, max(_LEAST_SHARE, float(consistent.mean())))
    return Design(share=share, annotator_correlation=alike)
