"""Token log-probabilities of responses under a model."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from training_jobs.trainer.response_batch import ResponseBatch


def response_logps(model: nn.Module, batch: Mapping[str, Any]) -> Tensor:
    """Return log π of each response token, shape (responses, tokens), float32, 0 beyond a response's end.

    `batch` is what `pad_responses` returns. Logits are made from the first response token on and turned into
    float32 for response tokens alone: the vocabulary is the widest axis of all.
    """
    first = batch["first_response"]
    positions = batch["input_ids"].shape[1]
    logits = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        use_cache=False,
        logits_to_keep=positions - first + 1,
    ).logits
    wanted = batch["response_mask"][:, first:]
    # The logits at one position predict the token at the next.
    token_logps = -cross_entropy(
        logits[:, :-1][wanted].float(), batch["input_ids"][:, first:][wanted], reduction="none"
    )
    return _in_rows(token_logps, lengths=batch["lengths"])


def score_batch(model: nn.Module, batch: Mapping[str, Any]) -> ResponseBatch:
    """Return the policy's log-probabilities of a collated batch beside the reference's."""
    return ResponseBatch(
        policy=response_logps(model, batch), reference=batch["reference"], lengths=batch["lengths"]
    )


def _in_rows(token_logps: Tensor, *, lengths: Tensor) -> Tensor:
    width = int(lengths.max())
    is_token = torch.arange(width, device=lengths.device) < lengths[:, None]
    return token_logps.new_zeros(len(lengths), width).masked_scatter(is_token, token_logps)
