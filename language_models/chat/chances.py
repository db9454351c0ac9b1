"""How likely a model found each of some words where its JSON answer chose between them, from token chances."""

import re
from collections.abc import Iterable, Sequence
from math import exp, isfinite, log
from typing import Any

from language_models.chat.contract import WeighedWords


def word_chances(tokens: Any, *, weighed: WeighedWords) -> dict[str, float]:
    """Return word → log-probability at the place where the value of the key begins; {} where it is not to be had.

    `tokens` is the content of the OpenAI format: objects with token, logprob and top_logprobs. A word that is not among
    the likely tokens gets the chance of the least likely of them, which is the most that it can have.
    """
    written = [each for each in tokens or [] if isinstance(getattr(each, "token", None), str)]
    place = _value_place(written, key=weighed.key)
    if place is None:
        return {}
    index, before = place
    likely = _likely(written[index], before=before)
    if not likely:
        return {}
    found = {word: _chance_of(word, likely) for word in weighed.words}
    if not any(found.values()):
        return {}
    least = min(chance for _text, chance in likely)
    return {word: log(chance or least) for word, chance in found.items()}


def _value_place(written: Sequence[Any], *, key: str) -> tuple[int, str] | None:
    """Return the token in which the key's value begins, and what stands before the value in that token."""
    text = "".join(each.token for each in written)
    found = list(re.finditer(rf'"{re.escape(key)}"\s*:\s*"', text))
    if not found:
        return None
    start, end = found[-1].end(), 0
    for index, each in enumerate(written):
        begin, end = end, end + len(each.token)
        if begin <= start < end:
            return index, each.token[: start - begin]
    return None


def _likely(token: Any, *, before: str) -> list[tuple[str, float]]:
    """Return the likely texts at this place with their chances, without what stands before the value."""
    given = list(getattr(token, "top_logprobs", None) or []) or [token]
    found = []
    for each in given:
        text, chance = getattr(each, "token", None), getattr(each, "logprob", None)
        if (
            isinstance(text, str)
            and isinstance(chance, int | float)
            and isfinite(chance)
            and text.startswith(before)
        ):
            found.append((text[len(before) :], exp(min(0.0, chance))))
    return [(text, chance) for text, chance in found if text and chance > 0]


def _chance_of(word: str, likely: Iterable[tuple[str, float]]) -> float:
    """Return the chance of all texts that begin the word, or that begin with it."""
    return sum(chance for text, chance in likely if word.startswith(text) or text.startswith(word))
