"""Which items to ask again: those whose next answer is expected to tell most in a minute of somebody's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from annotation.domain.labels import LabelTable

FloatArray: TypeAlias = NDArray[np.float64]
LN2 = float(np.log(2))
# Nobody decides in less: a time near 0 would put an item first whatever it tells.
LEAST_MINUTES = 0.05
# People who never err would make two different labels of one item impossible.
LEAST_CHANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An item to ask again: what one more answer is expected to tell, in bits, and in bits a minute."""

    row: int
    bits: float
    bits_per_minute: float


def noise_channel(flip_rate: float, *, classes: int = 2) -> FloatArray:
    """Return P(answer | truth), shape (classes, classes), of people who err alike towards any other label."""
    channel: FloatArray = np.full((classes, classes), flip_rate / (classes - 1))
    np.fill_diagonal(channel, 1 - flip_rate)
    return channel


def beliefs_of(labels: LabelTable, *, channel: FloatArray) -> FloatArray:
    """Return what the labels so far say of each item, shape (items, values), by Bayes' rule.

    Everybody errs as the channel says, independently; before any label an item is like the labels at large.
    """
    shares = np.bincount(labels.value, minlength=len(labels.values)) + 1.0
    logs = np.tile(np.log(shares / shares.sum()), (len(labels.items), 1))
    np.add.at(logs, labels.item, np.log(np.maximum(channel, LEAST_CHANCE)).T[labels.value])
    beliefs = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(beliefs / beliefs.sum(axis=1, keepdims=True), dtype=np.float64)


def expected_bits(beliefs: FloatArray, *, channel: FloatArray) -> FloatArray:
    """Return what one more answer tells about the truth of each item: their mutual information, in bits.

    beliefs: probabilities of the labels now, shape (items, classes). It is the entropy of the answer minus its
    entropy where the truth is known; 0 for an item that is settled and for people who guess.
    """
    answers = beliefs @ channel
    noise = beliefs @ entr(channel).sum(axis=1)
    bits: FloatArray = np.maximum((entr(answers).sum(axis=1) - noise) / LN2, 0.0)
    return bits


def questions_to_ask(
    beliefs: FloatArray,
    *,
    channel: FloatArray,
    minutes: Sequence[float] | float = 1.0,
    limit: int | None = None,
) -> list[Question]:
    """Return items by expected bits a minute, most first; equal ones in the order given.

    minutes: how long an answer takes, for each item or for all.
    """
    bits = expected_bits(beliefs, channel=channel)
    speed = bits / np.maximum(np.broadcast_to(np.asarray(minutes, dtype=float), bits.shape), LEAST_MINUTES)
    order = np.argsort(-speed, kind="stable")[:limit]
    return [Question(row=int(row), bits=float(bits[row]), bits_per_minute=float(speed[row])) for row in order]
