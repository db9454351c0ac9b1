"""Judges: models that tell which of two answers is better, and are never believed in one order alone.

A judge comes in as a class without arguments that fits `language_models.judges.contract.JudgePlugin`. To add one,
write a module in `library` and list it below, or name it in the entry-point group `harken.judges`.
"""

from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatError, ChatReply, ChatRequest
from language_models.judges.catalogue import Catalogue, UnknownJudgeError
from language_models.judges.contract import JudgeSettings, PairJudge

__all__ = ["JUDGES", "UnknownJudgeError", "build_judge", "version_with"]

JUDGES = Catalogue(
    group="harken.judges",
    built_in={
        "pairwise": "language_models.judges.library.pairwise:PairwisePlugin",
        "checklist": "language_models.judges.library.checklist:ChecklistPlugin",
        "rubric": "language_models.judges.library.rubric:RubricPlugin",
        "reference": "language_models.judges.library.reference:ReferencePlugin",
        "self_reference": "language_models.judges.library.self_reference:SelfReferencePlugin",
        "together": "language_models.judges.library.together:TogetherPlugin",
        "split_merge": "language_models.judges.library.split_merge:SplitMergePlugin",
        "jury": "language_models.judges.library.jury:JuryPlugin",
        "cascade": "language_models.judges.library.cascade:CascadePlugin",
    },
)


class _Nobody:
    """Stands for a model where nothing is asked."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Refuse to answer."""
        raise ChatError("No model stands behind this judge.")


def version_with(name: str, *, rubric: str = "") -> str:
    """Return the version of a judge's words with this rubric, without a model."""
    plugin = JUDGES.load(name)
    if not rubric or "rubric" not in plugin.wants:
        return plugin.prompt_version
    settings = JudgeSettings(rubric=rubric)
    return plugin.build(AskableModel(client=_Nobody()), settings=settings).prompt_version


def build_judge(name: str, *, model: AskableModel, settings: JudgeSettings | None = None) -> PairJudge:
    """Return the judge of a name that asks this model.

    Raises UnknownJudgeError, with the known names, and JudgeSettingsError where it is not told what it wants.
    """
    return JUDGES.load(name).build(model, settings=settings)
