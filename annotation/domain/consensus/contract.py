"""What a method of consensus takes and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from annotation.domain.consensus.judgements import Judgements
from annotation.domain.figures import Range
from curation.domain.errors import HarkenError


class ConsensusError(HarkenError):
    """Judgements that a method cannot read; the message says which method can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemConsensus:
    """What an item's judgements come to.

    `soft` has a probability for each label that it got, or for each response to come first, and sums to one. `tied`
    names what shares the first place with `label`, itself included; `value` is the number behind a rounded label,
    `used` the annotators whom it rests on where it does not rest on all, `note` what else a reader should know.
    """

    item: str
    label: str
    confidence: float
    soft: Mapping[str, float]
    judgements: int
    tied: Sequence[str] = ()
    value: float | None = None
    used: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How far an annotator can be relied on, in the sense that the method states; None where nothing tells."""

    annotator: str
    reliability: float | None
    interval: Range | None
    judgements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """The consensus of every item that was judged, in the order of the table, and of every annotator.

    `reliability_means` is a sentence; `figures` are the method's own parameters, `notes` sentences about the whole.
    """

    items: Sequence[ItemConsensus]
    annotators: Sequence[Reliability]
    reliability_means: str
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


class Takes(StrEnum):
    """What kind of judgement a method reads."""

    LABELS = "labels"
    RATINGS = "ratings"
    ORDERS = "orders"


class ConsensusMethod(Protocol):
    """A method of consensus. A plug-in is one file in annotation/consensus/."""

    name: str
    title: str
    takes: Takes

    def infer(self, judgements: Judgements) -> Consensus:
        """Return the consensus of every judged item; raises ConsensusError or LabelTableError with a sentence.

        The same judgements give the same consensus, whatever the annotators are called and in whatever order items
        come. An item without a judgement has no consensus.
        """
