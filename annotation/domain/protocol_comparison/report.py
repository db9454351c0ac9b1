"""Everything that one table of pairs says of ratings against choices."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.domain.figures import Undefined, json_value, reasons_of
from annotation.domain.labels import Codes
from annotation.domain.protocol_comparison.consistency import (
    Consistency,
    agreement_by_gap,
    measure_consistency,
)
from annotation.domain.protocol_comparison.leanings import ModelWins, leanings, model_wins
from annotation.domain.protocol_comparison.paired_protocols import (
    FIRST,
    OUTCOMES,
    SECOND,
    TIE,
    PairedProtocols,
)
from annotation.domain.protocol_comparison.planning import intraclass_correlation
from annotation.domain.resampling import ROUNDS
from curation.domain.versions.intervals import wilson_interval

_SAME_PERSON = (
    "Ratings and choices come from the same annotators, so the consistent share is an upper bound of what two people,"
    " or one at two times, would give."
)
_NO_BASELINE = (
    "Nobody judged a pair twice under the same protocol, so it is not known how much of the inconsistency is plain"
    " unsteadiness. Ask some pairs again, with a column occasion."
)
_ONE_SIDE = (
    "All choices fall on one side, so kappa, which asks how often each side is chosen, says nothing here."
    " kappa_either_order does not depend on the sides."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfAgreement:
    """How often annotators who met a pair again said the same under each protocol."""

    pairs: int
    rated_same: int
    chosen_same: int

    def as_json(self) -> dict[str, Any]:
        """Return counts, shares and intervals."""
        return {
            "pairs": self.pairs,
            **{
                protocol: {
                    "share": same / self.pairs if self.pairs else None,
                    "interval": json_value(wilson_interval(same, self.pairs)),
                }
                for protocol, same in (("rated", self.rated_same), ("chosen", self.chosen_same))
            },
        }


def self_agreement(pairs: PairedProtocols) -> SelfAgreement:
    """Return the test-retest baseline: what an annotator said at first against each later time."""
    return SelfAgreement(
        pairs=len(pairs.again),
        rated_same=sum(first.inferred == later.inferred for first, later in pairs.again),
        chosen_same=sum(first.chosen == later.chosen for first, later in pairs.again),
    )


def compare_protocols(pairs: PairedProtocols, *, rounds: int = ROUNDS, seed: int = 0) -> dict[str, Any]:
    """Return what `compare_protocols` prints: shares of all pairs in [0, 1], null where undefined."""
    found = measure_consistency(pairs, rounds=rounds, seed=seed)
    consistent = found.figures["consistent"]
    return {
        "pairs": len(pairs),
        "consistent": json_value(consistent),
        "inconsistent": None if isinstance(consistent, Undefined) else 1 - consistent,
        **{name: json_value(found.figures[name]) for name in ("reversals", "tie_mismatch")},
        "table": _named_table(found),
        **{
            name: json_value(found.figures[name])
            for name in ("kappa", "kappa_either_order", "decided_agreement")
        },
        "interval": json_value(found.intervals.get("consistent")),
        "intervals": {name: json_value(each) for name, each in found.intervals.items()},
        "clustered_by": pairs.clustered_by,
        "clusters": len(np.unique(pairs.cluster)),
        "cluster_correlation": _cluster_correlation(pairs),
        **_ties_and_gaps(pairs),
        "leanings": _leanings(pairs),
        "self_agreement": self_agreement(pairs).as_json(),
        "models": {name: _wins(each) for name, each in model_wins(pairs, rounds=rounds, seed=seed).items()},
        "undefined": _undefined(found),
        "notes": _notes(pairs),
    }


def _named_table(found: Consistency) -> dict[str, dict[str, int]]:
    return {
        inferred: {chosen: int(found.table[row, column]) for column, chosen in enumerate(OUTCOMES)}
        for row, inferred in enumerate(OUTCOMES)
    }


def _ties_and_gaps(pairs: PairedProtocols) -> dict[str, Any]:
    return {
        "rating_ties": int((pairs.inferred == TIE).sum()),
        "choice_ties": int((pairs.chosen == TIE).sum()),
        "prefers_a": {
            protocol: _share_of_first(outcomes)
            for protocol, outcomes in (("rated", pairs.inferred), ("chosen", pairs.chosen))
        },
        "by_gap": [
            {**asdict(each), "interval": json_value(each.interval)} for each in agreement_by_gap(pairs)
        ],
        "incomplete": pairs.incomplete,
        "missing": dict(pairs.missing),
    }


def _share_of_first(outcomes: Codes) -> dict[str, Any]:
    """Return how often A wins where one answer does: far from a half, the sides were not drawn at random."""
    first, decided = int((outcomes == FIRST).sum()), int((outcomes != TIE).sum())
    return {
        "pairs": decided,
        "share": first / decided if decided else None,
        "interval": json_value(wilson_interval(first, decided)),
    }


def _leanings(pairs: PairedProtocols) -> dict[str, Any]:
    return {
        trait: {
            protocol: {**asdict(each), "interval": json_value(each.interval)}
            for protocol, each in both.items()
        }
        for trait, both in leanings(pairs).items()
    }


def _wins(wins: ModelWins) -> dict[str, Any]:
    shares = {"rated": wins.rated, "chosen": wins.chosen, "difference": wins.difference}
    known = {name: None if np.isnan(share) else share for name, share in shares.items()}
    return {"games": wins.games, **known, "interval": json_value(wins.interval)}


def _cluster_correlation(pairs: PairedProtocols) -> float | None:
    consistent = (pairs.inferred == pairs.chosen).astype(float)
    found = intraclass_correlation(consistent, clusters=pairs.cluster)
    return None if isinstance(found, Undefined) else found


def _undefined(found: Consistency) -> dict[str, str]:
    intervals = {f"interval of {name}": each for name, each in found.intervals.items()}
    return reasons_of({**found.figures, **intervals})


def _notes(pairs: PairedProtocols) -> list[str]:
    said = {
        _SAME_PERSON: pairs.from_one_person,
        _NO_BASELINE: not pairs.again,
        _ONE_SIDE: not all((pairs.chosen == side).any() for side in (FIRST, SECOND)),
    }
    return [sentence for sentence, holds in said.items() if holds and len(pairs)]
