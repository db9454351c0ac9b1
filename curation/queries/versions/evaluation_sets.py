"""Evaluation sets that a recipe names, read so that rows can be compared with them."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from curation.domain.errors import RecipeError
from curation.domain.versions.decontamination import FEWEST_WORDS, Contamination
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import (
    DatasetRow,
    DatasetVersion,
    EvaluationText,
    Message,
    MessageEmbedding,
    Project,
    Prompt,
    ResponseSet,
    ResponseSetEntry,
)
from curation.queries.corpus.texts import response_texts
from curation.queries.versions.datasets import find_version

CHUNK = 500


def evaluations_of(project: Project, *, recipe: DatasetRecipe) -> list[Contamination]:
    """Return the evaluation sets that the recipe names; raises HarkenError for one that is not there."""
    return [_read(project, reference, recipe) for reference in recipe.decontaminate]


def evaluation_references(project: Project) -> list[str]:
    """Return how recipes name the evaluation sets of a project."""
    sets = ResponseSet.objects.for_project(project).filter(
        purpose=ResponseSet.Purpose.EVALUATION, archived_at__isnull=True
    )
    texts = EvaluationText.objects.for_project(project)
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return [
        *(f"texts:{name}" for name in texts.order_by("name").values_list("name", flat=True)),
        *(f"responses:{name}" for name in sets.order_by("name").values_list("name", flat=True)),
        *(f"version:{version}" for version in versions.select_related("dataset").order_by("-id")[:50]),
    ]


def _read(project: Project, reference: str, recipe: DatasetRecipe) -> Contamination:
    kind, _colon, name = reference.partition(":")
    texts, prompts = {"version": _version, "responses": _responses, "texts": _texts}[kind](project, name)
    found = Contamination.of(
        reference, texts=texts, shared_words=recipe.shared_words, vectors=_vectors(prompts)
    )
    if not found.compared_by:
        raise RecipeError(
            _(
                "The recipe keeps apart from %(name)s, but that holds no text of at least %(words)s words, so no row "
                "could be found in it. Choose another evaluation set, or take it out of the recipe."
            )
            % {"name": reference, "words": FEWEST_WORDS}
        )
    return found


def _version(project: Project, name: str) -> tuple[Iterator[str], list[int]]:
    """Read the test split of a version."""
    version = find_version(project, name)
    rows = DatasetRow.objects.filter(
        version=version, split=DatasetRow.Split.TEST, snapshot__withdrawn_at__isnull=True
    )
    prompts = list(rows.values_list("prompt_id", flat=True))
    return _frozen_texts(rows), prompts


def _frozen_texts(rows: Any) -> Iterator[str]:
    fields = ("snapshot__prompt", "snapshot__rejected_prompt", "snapshot__chosen", "snapshot__rejected")
    for sides in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        for turn in (turn for side in sides for turn in side if turn["role"] != "system"):
            yield turn["content"]


def _responses(project: Project, name: str) -> tuple[Iterator[str], list[int]]:
    """Read the prompts and the answers of a response set that was made for evaluation."""
    found = ResponseSet.objects.for_project(project).filter(
        name=name, purpose=ResponseSet.Purpose.EVALUATION, archived_at__isnull=True
    )
    response_set = found.first()
    if response_set is None:
        raise RecipeError(_missing("responses", name))
    entries = ResponseSetEntry.objects.filter(response_set=response_set)
    prompts = sorted(set(entries.values_list("prompt_id", flat=True)))
    answers = list(entries.filter(response__isnull=False).values_list("response_id", flat=True))
    return _set_texts(prompts, answers), prompts


def _set_texts(prompts: list[int], answers: list[int]) -> Iterator[str]:
    asked = Prompt.objects.filter(pk__in=prompts).values_list("last_message__text", flat=True)
    yield from asked.iterator(chunk_size=CHUNK)
    for start in range(0, len(answers), CHUNK):
        yield from response_texts(answers[start : start + CHUNK]).values()


def _texts(project: Project, name: str) -> tuple[Iterable[str], list[int]]:
    found = EvaluationText.objects.for_project(project).filter(name=name).first()
    if found is None:
        raise RecipeError(_missing("texts", name))
    return found.texts, []


def _vectors(prompts: list[int]) -> NDArray[np.float32] | None:
    """Return the vectors of the prompts' last messages, as far as there are any."""
    if not prompts:
        return None
    messages = Message.objects.filter(pk__in=Prompt.objects.filter(pk__in=prompts).values("last_message"))
    rows = MessageEmbedding.objects.filter(message__in=messages).values_list("vector", flat=True)
    vectors = [vector.to_numpy() for vector in rows]
    return np.asarray(vectors, dtype=np.float32) if vectors else None


def _missing(kind: str, name: str) -> str:
    return _(
        "The recipe keeps apart from %(kind)s:%(name)s, but this project has no such evaluation set. Upload it, or "
        "take it out of the recipe."
    ) % {"kind": kind, "name": name}
