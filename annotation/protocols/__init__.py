"""The protocols of judgement: name → where it is defined. Guests register in the group `harken.protocols`."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from annotation.domain.protocol import JudgementProtocol

PROTOCOLS = {
    "pairwise": "annotation.protocols.pairwise:PAIRWISE",
    "rating": "annotation.protocols.rating:RATING",
    "attributes": "annotation.protocols.attributes:ATTRIBUTES",
    "ranking": "annotation.protocols.ranking:RANKING",
    "rate_and_rank": "annotation.protocols.rate_and_rank:RATE_AND_RANK",
    "critique": "annotation.protocols.critique:CRITIQUE",
    "first_wrong_step": "annotation.protocols.first_wrong_step:FIRST_WRONG_STEP",
    "ordered_criteria": "annotation.protocols.ordered_criteria:ORDERED_CRITERIA",
    "joint": "annotation.protocols.joint:JOINT",
    "signal_review": "annotation.protocols.signal_review:SIGNAL_REVIEW",
}


@cache
def load_protocol(name: str) -> JudgementProtocol:
    """Return the protocol of this name; raises LookupError that lists the known names.

    It is kept: to look for guests takes longer than to save a judgement.
    """
    known = {**{entry.name: entry.value for entry in entry_points(group="harken.protocols")}, **PROTOCOLS}
    if name not in known:
        message = f"No protocol is named {name!r}. Known: {', '.join(sorted(known))}."
        raise LookupError(message)
    module, _, attribute = known[name].partition(":")
    protocol: JudgementProtocol = getattr(import_module(module), attribute)
    return protocol
