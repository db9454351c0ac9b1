"""Types of options that several commands take."""

from argparse import ArgumentTypeError

_MOST = 1_000_000


def count(text: str) -> int:
    """Return a whole number from 0 up; argparse says what is wrong with another."""
    try:
        number = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no whole number") from error
    if not 0 <= number <= _MOST:
        raise ArgumentTypeError(f"{number} does not lie between 0 and {_MOST:,}")
    return number


def names(text: str) -> tuple[str, ...]:
    """Return what stands between commas."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))
