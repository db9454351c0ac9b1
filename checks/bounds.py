"""At least so many, at most so many."""

from checks.contract import ParameterError


def require_bounds(at_least: int | None, at_most: int | None, *, of: str) -> None:
    """Raise ParameterError where the bounds bound nothing, or where nothing can keep them."""
    bounds = [bound for bound in (at_least, at_most) if bound is not None]
    if not bounds:
        message = f"A number of {of} needs a bound: say at_least, at_most, or both."
        raise ParameterError(message)
    if min(bounds) < 0 or bounds != sorted(bounds):
        message = f"No text has at least {at_least} and at most {at_most} {of}."
        raise ParameterError(message)


def is_within(count: int, *, at_least: int | None, at_most: int | None) -> bool:
    """Return whether a count keeps the bounds, both included."""
    return (at_least or 0) <= count and (at_most is None or count <= at_most)


def broken_bounds(at_least: int | None, at_most: int | None, *, of: str) -> str:
    """Say which bounds an answer does not keep."""
    if at_least is None:
        return f"The answer has more than {at_most} {of}."
    if at_most is None:
        return f"The answer has fewer than {at_least} {of}."
    return f"The answer does not have {at_least} to {at_most} {of}."
