"""Batches of pairs as tensors, and the order in which a run sees its pairs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from training_jobs.trainer.reference import ReferenceLogps
from training_jobs.trainer.tokenisation import TokenisedPair, TokenisedResponse


class PairSchedule(Dataset[TokenisedPair]):
    """The pairs in the order of the whole run: pass after pass, each shuffled by the seed and its number.

    The position in the data is a function of the step alone, so a resumed run goes on with the next pair.
    """

    def __init__(self, pairs: Sequence[TokenisedPair], *, length: int, seed: int) -> None:
        self._pairs = pairs
        self._length = length
        self._seed = seed
        self._pass_number = -1
        self._order: list[int] = []

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, position: int) -> TokenisedPair:
        if not 0 <= position < self._length:
            raise IndexError(position)
        pass_number, offset = divmod(position, len(self._pairs))
        if pass_number != self._pass_number:
            self._pass_number, self._order = pass_number, self._shuffled(pass_number)
        return self._pairs[self._order[offset]]

    def distinct_pairs(self) -> list[TokenisedPair]:
        """Return each pair that this run will see, once."""
        if self._length >= len(self._pairs):
            return list(self._pairs)
        return [self._pairs[index] for index in self._shuffled(0)[: self._length]]

    def _shuffled(self, pass_number: int) -> list[int]:
        order = list(range(len(self._pairs)))
        random.Random(f"{self._seed}:{pass_number}").shuffle(order)  # noqa: S311 - an order, not a secret
        return order


def pad_responses(responses: Sequence[TokenisedResponse], *, pad_id: int) -> dict[str, Any]:
    """Return `input_ids` and `attention_mask`, padded on the right, and where each response lies.

    lengths has shape (responses,); response_mask, shape (responses, positions), marks response tokens;
    first_response is the smallest position of any of them.
    """
    ids = [torch.tensor(one.prompt_ids + one.response_ids) for one in responses]
    starts = torch.tensor([len(one.prompt_ids) for one in responses])
    totals = torch.tensor([len(one) for one in responses])
    positions = torch.arange(int(totals.max()))
    attended = positions < totals[:, None]
    return {
        "input_ids": pad_sequence(ids, batch_first=True, padding_value=pad_id),
        "attention_mask": attended.long(),
        "response_mask": attended & (positions >= starts[:, None]),
        "lengths": totals - starts,
        "first_response": int(starts.min()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCollator:
    """Lays pairs out as a `ResponseBatch` wants them: chosen, rejected, chosen, rejected.

    Weights are divided by `mean_weight`, so that a learning rate means the same with and without them.
    """

    pad_id: int
    reference: ReferenceLogps | None
    mean_weight: float = 1.0

    def __call__(self, pairs: Sequence[TokenisedPair]) -> dict[str, Any]:
        """Return the padded responses, `reference` with their token log-probabilities, and `weights` (pairs,)."""
        responses = [response for pair in pairs for response in (pair.chosen, pair.rejected)]
        batch = pad_responses(responses, pad_id=self.pad_id)
        reference = self._reference(responses, width=int(batch["lengths"].max()))
        weights = torch.tensor([pair.row.weight / self.mean_weight for pair in pairs])
        return {**batch, "reference": reference, "weights": weights}

    def _reference(self, responses: Sequence[TokenisedResponse], *, width: int) -> Tensor:
        if self.reference is None:
            return torch.zeros(len(responses), width)
        logps = [torch.tensor(self.reference[response.key]) for response in responses]
        return pad_sequence(logps, batch_first=True, padding_value=0.0)
