"""Judges without a model, where a reference exists: the answer is the reference, or contains it."""

import re
from unicodedata import normalize

_BLANK = re.compile(r"\s+")


def is_exact(answer: str, *, reference: str) -> bool:
    """Tell whether an answer is the reference but for case, blanks and the full stop; an empty one never is."""
    wanted = _plain(reference)
    return bool(wanted) and _plain(answer) == wanted


def is_contained(answer: str, *, reference: str) -> bool:
    """Tell whether an answer contains the reference as it stands; never an empty one."""
    wanted = _plain(reference)
    return bool(wanted) and wanted in _plain(answer)


def _plain(text: str) -> str:
    return _BLANK.sub(" ", normalize("NFKC", text)).strip().rstrip(".!").casefold()
