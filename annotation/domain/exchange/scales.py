"""The scales on which a file's ratings were given: as it declares them, or as far as its values reach."""

from collections.abc import Iterable, Mapping, Sequence

from annotation.domain.exchange.meaning import Rated
from annotation.domain.exchange.records import Question
from annotation.domain.protocols.scales import MOST_SCALES, MOST_STEPS, Scale

# Where a file declares none, a scale ends at the first of these that no value exceeds.
USUAL_ENDS = (5, 7, 10)
# The scale of the protocol `rating`.
OVERALL = (1, 7)


def scales_of(ratings: Iterable[Rated], *, questions: Mapping[str, Question]) -> list[Scale]:
    """Return a scale for each attribute that was rated, in the order in which they were met.

    An attribute whose scale has more steps than a protocol takes has none.
    """
    values: dict[str, set[int]] = {}
    declared: dict[str, set[int]] = {}
    for each in ratings:
        values.setdefault(each.attribute, set()).add(each.value)
        options = _whole_options(questions.get(each.question))
        declared.setdefault(each.attribute, set()).update(options)
    found = [_scale(name, declared=declared[name], given=given) for name, given in values.items()]
    return [scale for scale in found if 2 <= scale.high - scale.low + 1 <= MOST_STEPS][:MOST_SCALES]


def is_overall(scales: Sequence[Scale]) -> bool:
    """Say whether one rating on the scale of seven is all that was asked."""
    return len(scales) == 1 and (scales[0].low, scales[0].high) == OVERALL


def _whole_options(question: Question | None) -> list[int]:
    options = question.options if question else ()
    return [each for each in options if isinstance(each, int) and not isinstance(each, bool)]


def _scale(name: str, *, declared: set[int], given: set[int]) -> Scale:
    if len(declared) > 1:
        return Scale(name=name, low=min(declared), high=max(declared))
    high = next((end for end in USUAL_ENDS if end >= max(given)), max(given))
    return Scale(name=name, low=min(1, *given), high=high)
