"""Scoring held-out pairs under the model being trained."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch

from training_jobs.domain.evaluation_metrics import ScoredPair, share_won
from training_jobs.trainer.batches import PairCollator, pad_responses
from training_jobs.trainer.log_probabilities import response_logps, score_batch
from training_jobs.trainer.objectives import Objective
from training_jobs.trainer.policy import Model, Numerics, reference_context
from training_jobs.trainer.reference import Scorer
from training_jobs.trainer.response_batch import ResponseBatch
from training_jobs.trainer.supervision import StopFlag
from training_jobs.trainer.tokenisation import TokenisedPair, TokenisedResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScorer:
    """Scores pairs in batches of similar length, on the device of the model, without gradients.

    Raises StopRequestedError between batches when the run is asked to stop.
    """

    model: Model
    numerics: Numerics
    collate: PairCollator
    objective: Objective
    settings: Mapping[str, float]
    batch_size: int
    stop: StopFlag

    def score(self, pairs: Sequence[TokenisedPair]) -> tuple[list[ScoredPair], float]:
        """Return the scored pairs, in the order given, and their mean loss."""
        scored: dict[int, ScoredPair] = {}
        losses: list[float] = []
        for places, batch in self._batches(pairs):
            losses += self.objective.loss(batch, **self.settings).tolist()
            scored.update(zip(places, _scored_pairs([pairs[place] for place in places], batch), strict=True))
        return [scored[place] for place in range(len(pairs))], fmean(losses)

    def _batches(self, pairs: Sequence[TokenisedPair]) -> Iterator[tuple[list[int], ResponseBatch]]:
        by_length = sorted(range(len(pairs)), key=lambda place: len(pairs[place].chosen))
        was_training = self.model.training
        self.model.eval()
        for start in range(0, len(pairs), self.batch_size):
            self.stop.raise_if_set()
            places = by_length[start : start + self.batch_size]
            collated = _on_device(
                self.collate([pairs[place] for place in places]), device=self.numerics.device
            )
            with torch.no_grad(), self.numerics.autocast():
                yield places, score_batch(self.model, collated)
        self.model.train(was_training)


def reference_scorer(model: Model, *, numerics: Numerics, pad_id: int) -> Scorer:
    """Return a function that gives responses' token log-probabilities under the model before training."""

    def score(responses: Sequence[TokenisedResponse]) -> list[list[float]]:
        batch = _on_device(pad_responses(responses, pad_id=pad_id), device=numerics.device)
        with torch.no_grad(), numerics.autocast(), reference_context(model):
            logps = response_logps(model, batch).tolist()
        return [row[:length] for row, length in zip(logps, batch["lengths"].tolist(), strict=True)]

    model.eval()
    return score


def validation_values(scored: Sequence[ScoredPair], *, loss: float, beta: float) -> dict[str, float]:
    """Return what one evaluation adds to the metrics; means over pairs."""
    return {
        "loss": loss,
        "accuracy": share_won(scored, margin=lambda pair: pair.log_ratio_margin),
        "policy_ranking": share_won(scored, margin=lambda pair: pair.policy_margin),
        "margin": beta * fmean(pair.log_ratio_margin for pair in scored),
        "rewards_chosen": beta * fmean(pair.logp_chosen - pair.ref_logp_chosen for pair in scored),
        "rewards_rejected": beta * fmean(pair.logp_rejected - pair.ref_logp_rejected for pair in scored),
        "logps_chosen": fmean(pair.logp_chosen for pair in scored),
        "logps_rejected": fmean(pair.logp_rejected for pair in scored),
    }


def _scored_pairs(pairs: Sequence[TokenisedPair], batch: ResponseBatch) -> list[ScoredPair]:
    policy, reference = batch.policy_pairs(), batch.reference_pairs()
    sums = torch.stack([policy.chosen, policy.rejected, reference.chosen, reference.rejected], dim=1).tolist()
    return [_scored_pair(pair, *values) for pair, values in zip(pairs, sums, strict=True)]


def _scored_pair(
    pair: TokenisedPair, chosen: float, rejected: float, ref_chosen: float, ref_rejected: float
) -> ScoredPair:
    return ScoredPair(
        id=pair.row.id,
        logp_chosen=chosen,
        logp_rejected=rejected,
        ref_logp_chosen=ref_chosen,
        ref_logp_rejected=ref_rejected,
        words_chosen=len(pair.row.chosen_text.split()),
        words_rejected=len(pair.row.rejected_text.split()),
        decided_by=pair.row.decided_by,
    )


def _on_device(batch: Mapping[str, Any], *, device: torch.device) -> dict[str, Any]:
    return {
        name: value.to(device) if isinstance(value, torch.Tensor) else value for name, value in batch.items()
    }
