"""Methods of consensus: what several annotators' judgements of an item come to.

A method is a class without arguments that fits `annotation.domain.consensus.contract.ConsensusMethod`. To add one,
write a module here and list it below, or name it in the entry-point group `harken.consensus` of another package.
"""

from annotation.domain.consensus.contract import ConsensusMethod
from curation.domain.catalogue import Catalogue

_HERE = "annotation.consensus"

CONSENSUS: Catalogue[ConsensusMethod] = Catalogue(
    "consensus",
    singular="method of consensus",
    built_in={
        "majority": f"{_HERE}.majority.Majority",
        "dawid_skene": f"{_HERE}.dawid_skene.DawidSkene",
        "mace": f"{_HERE}.mace.Mace",
        "closest_k": f"{_HERE}.closest_k.ClosestK",
        "shrunken_mean": f"{_HERE}.shrunken_mean.ShrunkenMean",
        "bradley_terry": f"{_HERE}.bradley_terry.BradleyTerry",
        "plackett_luce": f"{_HERE}.plackett_luce.PlackettLuce",
        "ranked_pairs": f"{_HERE}.ranked_pairs.RankedPairs",
    },
)


def load_method(name: str) -> ConsensusMethod:
    """Return the method of a name; raises UnknownFormatError, with the known names, for another."""
    return CONSENSUS.load(name)
