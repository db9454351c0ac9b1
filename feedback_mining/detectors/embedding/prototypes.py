"""The example sentences that the head is fitted on, all written for this project."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from feedback_mining.domain.taxonomy import CRITERIA, criterion_named

_FOLDER = Path(__file__).parent / "prototypes"
# The same remarks on ever other topics are in topics.jsonl: an encoder of meaning would else learn the topics. What is
# said to chat partners, to services and to assistants, indirectly or in passing, is in dialogues.jsonl.
_FILES = ("feedback.jsonl", "neutral.jsonl", "topics.jsonl", "dialogues.jsonl")
# So many words tell which remark a sentence makes on some topic.
_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Prototype:
    """A message, and the criteria that fire in it; none in a neutral one."""

    text: str
    criteria: tuple[str, ...]

    @property
    def group(self) -> str:
        """Return what the same remark on another topic has too: how it begins."""
        return " ".join(self.text.casefold().split()[:_BEGINNING])


@cache
def prototypes() -> tuple[Prototype, ...]:
    """Return all example sentences, in the order of the files; raises UnknownCriterionError for a wrong label."""
    lines = [line for name in _FILES for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines()]
    rows = [json.loads(line) for line in lines]
    return tuple(
        Prototype(row["text"], tuple(criterion_named(name).name for name in row["criteria"])) for row in rows
    )


@cache
def prototypes_digest() -> str:
    """Return the first digits of the sha256 over all example sentences: what a fitted head belongs to."""
    content = json.dumps([(one.text, one.criteria) for one in prototypes()], ensure_ascii=False)
    return sha256(content.encode()).hexdigest()[:12]


def labels_of(examples: Sequence[Prototype]) -> NDArray[np.bool_]:
    """Return which criterion fires in which example, shape (examples, 18), in the order of the taxonomy."""
    return np.array([[name in example.criteria for name in CRITERIA] for example in examples])
