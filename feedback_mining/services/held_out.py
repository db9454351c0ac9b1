"""Choosing held-out prompts by clusters, for models to answer and judges to compare."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, ModelVersion, Project, ResponseSet
from curation.services.writing.generation import GenerationPlan
from feedback_mining.domain.held_out import nearest_to_centres
from feedback_mining.queries.held_out import HeldOutPrompt, held_out_prompts
from language_models.chat.contract import SamplingSettings
from language_models.embedders import Embedder, EmbedderUnavailableError
from language_models.embedders.client import SocketEmbedder

CLUSTERS, PER_CLUSTER = 70, 10
MOST_CLUSTERS, MOST_PER_CLUSTER = 1000, 100
# What of a prompt and of its wishes is embedded: the encoder reads no more.
_SHOWN = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutChoice:
    """The chosen prompts as ids of their last messages, and how they were chosen.

    `sizes` are how many were taken of each cluster; `left_out` is how many conversations with wishes are no
    candidates, by reason.
    """

    messages: list[int]
    candidates: int
    sizes: list[int]
    left_out: Mapping[str, int]


def choose_held_out(
    *,
    project: Project,
    clusters: int = CLUSTERS,
    per_cluster: int = PER_CLUSTER,
    embedder: Embedder | None = None,
) -> HeldOutChoice:
    """Choose the prompts nearest to the centres of clusters; raises HarkenError where there is nothing to choose."""
    if not (1 <= clusters <= MOST_CLUSTERS and 1 <= per_cluster <= MOST_PER_CLUSTER):
        raise HarkenError(
            _("Choose 1 to %(most)s clusters and 1 to %(each)s prompts of each.")
            % {"most": MOST_CLUSTERS, "each": MOST_PER_CLUSTER}
        )
    held_out = held_out_prompts(project)
    if not held_out.prompts:
        raise HarkenError(_nothing(held_out.left_out))
    encoder = embedder or SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET)
    try:
        vectors = encoder.embed([_meaning(prompt) for prompt in held_out.prompts])
    except EmbedderUnavailableError as error:
        raise HarkenError(str(error)) from error
    chosen = nearest_to_centres(vectors, clusters=clusters, per_cluster=per_cluster)
    sizes = Counter(cluster for cluster, _place in chosen)
    return HeldOutChoice(
        messages=[held_out.prompts[place].message_id for _cluster, place in chosen],
        candidates=len(held_out.prompts),
        sizes=[sizes[cluster] for cluster in sorted(sizes)],
        left_out=held_out.left_out,
    )


def held_out_plan(
    *,
    name: str,
    choice: HeldOutChoice,
    writers: Sequence[ModelEndpoint] | Sequence[ModelVersion],
    settings: SamplingSettings,
) -> GenerationPlan:
    """Return the plan by which models answer the chosen prompts, as an evaluation set, which is never trained on."""
    return GenerationPlan(
        name=name,
        prompts=choice.messages,
        writers=writers,
        settings=settings,
        purpose=ResponseSet.Purpose.EVALUATION,
    )


def _meaning(prompt: HeldOutPrompt) -> str:
    """Return what is embedded: what the user asks and what they want of it."""
    return "\n".join([prompt.text[:_SHOWN], *prompt.wishes])[: 2 * _SHOWN]


def _nothing(left_out: Mapping[str, int]) -> str:
    trained = left_out.get("trained_on", 0)
    if trained:
        return _(
            "Every conversation with a user's wishes (%(count)s) is in the train split of a frozen version, or its "
            "user is. Import conversations that are not trained on."
        ) % {"count": trained}
    return _(
        "No conversation has a user's wishes yet. Mine the conversations first: their complaints state wishes."
    )
