"""Direct preference optimization, with the noise-aware variant cDPO."""

from typing import TYPE_CHECKING

from training_jobs.trainer.objectives import ObjectiveSpec
from training_jobs.trainer.response_batch import ResponseBatch

if TYPE_CHECKING:
    from torch import Tensor

SPEC = ObjectiveSpec(
    name="dpo",
    title="DPO: direct preference optimization",
    data_shape="pair",
    defaults={"beta": 0.1, "label_smoothing": 0.0},
    limits={"beta": (1e-4, 10.0), "label_smoothing": (0.0, 0.499)},
    explanation=(
        "Raises the probability of the chosen response relative to the rejected one, measured against the "
        "model before training. A larger beta keeps the model closer to where it began. Label smoothing is "
        "the share of pairs you expect to be labelled the wrong way round."
    ),
    paper=(
        "Rafailov et al. 2023, Direct Preference Optimization: Your Language Model is Secretly a Reward "
        "Model, equation 7; label smoothing: Mitchell 2023, A note on DPO with noisy preferences."
    ),
)


def loss(batch: ResponseBatch, *, beta: float, label_smoothing: float) -> "Tensor":
    """Return the DPO loss of each pair, shape (pairs,), in nats.

    L = −(1 − ε) log σ(βΔρ) − ε log σ(−βΔρ) with Δρ = ρ(chosen) − ρ(rejected), summed over tokens, ε the label
    smoothing. ε = 0 is equation 7 of Rafailov et al. 2023, ε > 0 is cDPO.
    """
    from torch.nn.functional import logsigmoid

    ratio = batch.log_ratio_pairs()
    scaled_margin = beta * (ratio.chosen - ratio.rejected)
    return -(1 - label_smoothing) * logsigmoid(scaled_margin) - label_smoothing * logsigmoid(-scaled_margin)
