"""How far detectors can be trusted, estimated from reviews of which some were drawn at random.

What reviewers took because it was most worth knowing, or because they came across it, stands for itself alone: it
was not drawn, so it says nothing of the rest. What was drawn at random stands for the rest. The share of the rest is
Hájek's ratio of weighted sums (Hájek 1971); its interval is Wilson's with Kish's effective number of draws, which with
equal weights is the number of draws. With nothing but draws of equal weight the whole is Wilson's interval, and with
everything reviewed it is the share itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curation.domain.versions.intervals import Interval, score_interval

# Three intervals that hold together in 95 % of cases hold each in 98.3 %, whatever hangs together (Bonferroni): a
# recall rests on what was found, on what other detectors found, and on silence.
TOGETHER = 1 - 0.05 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A claim that a person judged: whether it is true, and how it came up.

    `weight` is 1 over the probability of a random draw, None where it was not drawn at random.
    """

    is_true: bool
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval, and how many reviews and random draws stand behind it."""

    value: float
    interval: Interval
    reviewed: int
    drawn: int


def estimate_total(size: int, *, reviewed: Iterable[Reviewed], confidence: float = 0.95) -> Estimate | None:
    """Estimate how many of `size` claims are true; None where unseen claims are represented by no draw."""
    known = list(reviewed)
    drawn = [each for each in known if each.weight is not None]
    certain = [each.is_true for each in known if each.weight is None]
    rest = max(size - len(certain), len(drawn))
    if rest and not drawn:
        return None
    share, interval = _hajek(drawn, is_census=len(drawn) >= rest, confidence=confidence)
    low, high = (sum(certain) + rest * end for end in interval)
    return Estimate(
        value=sum(certain) + rest * share,
        interval=Interval(low, high),
        reviewed=len(known),
        drawn=len(drawn),
    )


def estimate_precision(size: int, *, reviewed: Iterable[Reviewed]) -> Estimate | None:
    """Estimate the share of true claims among `size`; None where nothing is claimed, or nothing drawn."""
    total = estimate_total(size, reviewed=reviewed) if size else None
    return _scaled(total, by=max(size, total.reviewed)) if total else None


def estimate_recall(*, found: Estimate | None, missed: Estimate | None) -> Estimate | None:
    """Estimate true found / (true found + missed), of totals whose intervals are wide enough for both.

    The interval goes from the fewest found with the most missed to the most found with the fewest missed.
    """
    if found is None or missed is None or not found.value + missed.value:
        return None
    return Estimate(
        value=found.value / (found.value + missed.value),
        interval=Interval(
            _share(found.interval.low, missed.interval.high), _share(found.interval.high, missed.interval.low)
        ),
        reviewed=found.reviewed + missed.reviewed,
        drawn=found.drawn + missed.drawn,
    )


def added(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """Add totals of separate groups, end by end; None where one of them is not known."""
    known = [each for each in estimates if each is not None]
    if len(known) < len(estimates) or not known:
        return None
    return Estimate(
        value=sum(each.value for each in known),
        interval=Interval(
            sum(each.interval.low for each in known), sum(each.interval.high for each in known)
        ),
        reviewed=sum(each.reviewed for each in known),
        drawn=sum(each.drawn for each in known),
    )


def _hajek(
    drawn: Sequence[Reviewed], *, is_census: bool, confidence: float
) -> tuple[float, tuple[float, float]]:
    """Return the weighted share of true draws, and Wilson's interval by the effective number of draws."""
    weights = [each.weight or 0.0 for each in drawn]
    total = sum(weights)
    if not total:
        return 0.0, (0.0, 0.0)
    share = sum(weight for weight, each in zip(weights, drawn, strict=True) if each.is_true) / total
    if is_census:
        share = sum(each.is_true for each in drawn) / len(drawn)
        return share, (share, share)
    effective = total**2 / sum(weight**2 for weight in weights)
    return share, score_interval(share, n=effective, confidence=confidence)


def _share(part: float, other: float) -> float:
    return part / (part + other) if part + other else 0.0


def _scaled(total: Estimate, *, by: float) -> Estimate:
    return Estimate(
        value=total.value / by,
        interval=Interval(total.interval.low / by, total.interval.high / by),
        reviewed=total.reviewed,
        drawn=total.drawn,
    )
