"""The protocols of judgement: name → where it is defined. Guests register in the group `harken.protocols`."""

from importlib import import_module
from importlib.metadata import entry_points

from annotation.domain.protocol import JudgementProtocol

PROTOCOLS = {
    "pairwise": "annotation.protocols.pairwise:PAIRWISE",
    "rating": "annotation.protocols.rating:RATING",
}


def load_protocol(name: str) -> JudgementProtocol:
    """Return the protocol of this name; raises LookupError that lists the known names."""
    known = {**{entry.name: entry.value for entry in entry_points(group="harken.protocols")}, **PROTOCOLS}
    if name not in known:
        message = f"No protocol is named {name!r}. Known: {', '.join(sorted(known))}."
        raise LookupError(message)
    module, _, attribute = known[name].partition(":")
    protocol: JudgementProtocol = getattr(import_module(module), attribute)
    return protocol
