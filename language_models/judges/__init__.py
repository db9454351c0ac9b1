"""Judges: models that tell which of two answers is better, and are never believed in one order alone.

A judge comes in as a class without arguments that fits `language_models.judges.contract.JudgePlugin`. To add one,
write a module in `library` and list it below, or name it in the entry-point group `harken.judges`.
"""

from language_models.chat.asking import AskableModel
from language_models.judges.catalogue import Catalogue, UnknownJudgeError
from language_models.judges.contract import PairJudge

__all__ = ["JUDGES", "UnknownJudgeError", "build_judge"]

JUDGES = Catalogue(
    group="harken.judges",
    built_in={
        "pairwise": "language_models.judges.library.pairwise:PairwisePlugin",
        "checklist": "language_models.judges.library.checklist:ChecklistPlugin",
    },
)


def build_judge(name: str, *, model: AskableModel) -> PairJudge:
    """Return the judge of a name that asks this model; raises UnknownJudgeError, with the known names."""
    return JUDGES.load(name).build(model)
