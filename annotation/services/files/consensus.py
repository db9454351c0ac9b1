"""Inferring the consensus of a plain file of judgements."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotation.consensus import load_method
from annotation.domain.consensus.contract import Consensus, Reliability
from annotation.domain.consensus.files import read_judgements, write_consensus
from annotation.domain.figures import Undefined, json_value
from annotation.domain.label_tables import counted
from curation.domain.errors import HarkenError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusQuestion:
    """By which method, and how the file is read."""

    method: str
    missing: Sequence[str] = ()
    encoding: str = ""


def infer_consensus_in_file(*, path: Path, out: Path, question: ConsensusQuestion) -> dict[str, Any]:
    """Write the consensus to `out` and return what `infer_consensus` prints; raises HarkenError with a sentence."""
    method = load_method(question.method)
    judgements = read_judgements(path, missing=question.missing, encoding=question.encoding)
    _require_another_file(path, out)
    consensus = method.infer(judgements)
    write_consensus(out, consensus)
    return {
        "method": method.name,
        "items": len(consensus.items),
        "tied": sum(bool(each.tied) for each in consensus.items),
        "annotators": {each.annotator: _reliability(each) for each in consensus.annotators},
        "reliability_means": consensus.reliability_means,
        "figures": dict(consensus.figures),
        "missing": counted({row.gap: 1} for row in judgements.rows if row.label is None),
        "undefined": _undefined(consensus),
        "notes": list(consensus.notes),
        "out": str(out),
    }


def _require_another_file(path: Path, out: Path) -> None:
    if out.exists() and path.resolve() == out.resolve():
        raise HarkenError(f"{out} is the file that is read. Name another one with --out.")


def _reliability(each: Reliability) -> dict[str, Any]:
    return {**asdict(each), "interval": json_value(each.interval)}


def _undefined(consensus: Consensus) -> dict[str, str]:
    return {
        each.annotator: each.interval.reason
        for each in consensus.annotators
        if isinstance(each.interval, Undefined)
    }
