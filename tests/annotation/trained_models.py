"""Two trained models, one on ratings and one on choices, with answers to the same prompts and verdicts on these."""

from collections.abc import Sequence
from typing import Any

from curation.models import (
    Comparison,
    Dataset,
    DatasetRow,
    DatasetVersion,
    ModelVersion,
    PreferencePair,
    Project,
    ResponseSet,
)
from tests.curation.judged_sets import make_answered_set

RATED, CHOSEN = "rating: consensus of Crossed", "comparison: Crossed"


def make_model(
    project: Project,
    name: str,
    *,
    sources: Sequence[str],
    pairs: Sequence[PreferencePair],
    split: str = "train",
) -> ModelVersion:
    """Make a trained model whose dataset has a row for each pair, decided as its source says."""
    dataset = Dataset.objects.create(project=project, name=f"data-of-{name}")
    version = DatasetVersion.objects.create(project=project, dataset=dataset, number=1)
    DatasetRow.objects.bulk_create(
        DatasetRow(
            project=project,
            version=version,
            position=at,
            split=split,
            prompt=pair.prompt,
            chosen=pair.chosen,
            rejected=pair.rejected,
            decided_by="people",
            source=sources[at % len(sources)],
        )
        for at, pair in enumerate(pairs)
    )
    return ModelVersion.objects.create(project=project, name=name, kind="adapter", trained_on=version)


def answered_by_both(project: Project, pairs: Sequence[PreferencePair]) -> ResponseSet:
    """Make both models, and a set in which each has answered six prompts."""
    response_set = make_answered_set(project, [(f"It is {at}.", f"It is {at + 1}.") for at in range(6)])
    for name, trained, source in (("one", "rated", RATED), ("two", "chosen", CHOSEN)):
        model = make_model(project, trained, sources=[source], pairs=pairs)
        entries = response_set.entries.filter(model_version__name=name)
        for entry in entries.select_related("response"):
            entry.response.model_version = model
            entry.response.save()
        entries.update(model_version=model)
    return response_set


def judge(
    project: Project, response_set: ResponseSet, *, wins: int, is_turned: bool = False, **more: Any
) -> None:
    """Give a verdict on every prompt: the model of ratings wins the first few."""
    prompts = sorted(set(response_set.entries.values_list("prompt", flat=True)))
    for at, prompt in enumerate(prompts):
        entries = response_set.entries.filter(prompt=prompt).select_related("response", "model_version")
        answers = {entry.model_version.name: entry.response for entry in entries if entry.response}
        sides, outcome = (answers["rated"], answers["chosen"]), "a" if at < wins else "b"
        if is_turned:
            sides, outcome = sides[::-1], {"a": "b", "b": "a"}[outcome]
        told = {"source": "person", "source_name": "Set", "annotator_pseudonym": "brisk-otter", **more}
        Comparison.objects.create(
            project=project, response_a=sides[0], response_b=sides[1], outcome=outcome, **told
        )
