"""The guard against chosen answers that refer to the complaint.

Taken out of its conversation, "Sorry, here it is in French" answers a complaint that nobody made: a model trained
on it learns to apologise unasked. Such answers are not proposed; a person may rewrite them.
"""

import re
from functools import cache

from feedback_mining.domain.wording import WORDING, any_of

# An answer speaks of the complaint where it begins and where it ends; its middle is the answer itself.
_OPENING_LENGTH = 400
_CLOSING_LENGTH = 250
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


def reference_to_complaint(answer: str, *, rejected: str) -> str:
    """Return the words by which an answer refers to an earlier one or to the complaint about it; "" if none.

    Words that the rejected answer has as well are no reference: both are then letters of apology, say.
    """
    known = {match.casefold() for match in _references(rejected)}
    return next((match for match in _references(answer) if match.casefold() not in known), "")


def corrects_request(message: str) -> bool:
    """Tell whether the user takes the blame: who asked wrongly was not answered wrongly."""
    return _pattern("own_mistake").search(_straight(message)) is not None


def changes_topic(message: str) -> bool:
    """Tell whether the user announces another subject."""
    return _pattern("new_topic").search(_straight(message)) is not None


def _references(answer: str) -> list[str]:
    text = _straight(_CODE.sub(" ", answer)).strip()
    ends = (text[:_OPENING_LENGTH], text[_OPENING_LENGTH:][-_CLOSING_LENGTH:])
    return [match[0].strip() for end in ends for match in _pattern("reference").finditer(end)]


def _straight(text: str) -> str:
    return text.replace("'", "’")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return any_of(WORDING[name])
