"""One order for two responses: A beside B and B beside A are the same item, and their labels mean the same."""

from typing import NamedTuple

from annotation.domain.label_tables import number_in

_OTHER_SIDE = {"a": "b", "b": "a"}


class OrderedPair(NamedTuple):
    """Two responses in the order of their names, and what was said of them, seen from the first."""

    first: str
    second: str
    label: str | None


def ordered_pair(response_a: str, response_b: str, *, label: str | None) -> OrderedPair:
    """Return a pair in one order; where that swaps the sides, a and b change places and a strength its sign.

    Any other label, such as tie, says nothing of sides and stays.
    """
    if response_a <= response_b:
        return OrderedPair(response_a, response_b, label)
    return OrderedPair(response_b, response_a, _seen_from_other_side(label))


def _seen_from_other_side(label: str | None) -> str | None:
    if label is None:
        return None
    if side := _OTHER_SIDE.get(label.casefold()):
        return side
    number = number_in(label)
    if number is None:
        return label
    return "0" if number == 0 else f"{-number:g}"
