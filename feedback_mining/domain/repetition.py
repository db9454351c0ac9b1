"""Whether a request says again what an earlier one said, judged by its words alone."""

import re

_WORD = re.compile(r"\w+")
# Below that many distinct words an overlap is no evidence: "and Spain?" after "and France?".
_FEWEST_WORDS = 4
# Dice coefficient of the words; chosen so that one word in six may differ on either side.
_LEAST_OVERLAP = 0.8
# Who asks for a person, a time, a place or a price asks for something else than who asked "what is it?".
_ASKED_FOR = re.compile(r"\b(?:who|whose|whom|when|where|how (?:much|long|far|old))\b", re.IGNORECASE)
# Before two requests are compared in meaning, so large a share of the shorter one's content words must be in both.
_LEAST_SHARED = 0.5
# Words of asking, and small words: every second request has them.
_ASKING = frozenset(
    re.findall(
        r"\w+",
        "about also best could does from give have help here into know like list make many more much need please "
        "show some tell than that them then there these they thing think this want were what when where which "
        "while with would write your",
    )
)
# Endings differ from one wording to the next ("plant", "planting"); the beginnings of words do not.
_STEM_LENGTH = 5
_CONTENT_LENGTH = 4
# Texts beyond this length are compared by their beginning.
_COMPARED_LENGTH = 2_000


def is_same_request(text: str, earlier: str) -> bool:
    """Tell whether two requests have the same words in the same order; case and punctuation do not count."""
    words = _words(text)
    # One word alone ("continue", "yes") is said again without being a repetition.
    return len(words) > 1 and words == _words(earlier)


def repeats_request(text: str, earlier: str) -> bool:
    """Tell whether two requests share nearly all words, and the newer one brings in no new name or number."""
    words, earlier_words = set(_words(text)), set(_words(earlier))
    if min(len(words), len(earlier_words)) < _FEWEST_WORDS:
        return False
    overlap = 2 * len(words & earlier_words) / (len(words) + len(earlier_words))
    return overlap >= _LEAST_OVERLAP and not names_something_new(text, earlier)


def names_something_new(text: str, earlier: str) -> bool:
    """Tell whether a number, or a capitalised word beyond the first, is new: then another thing is asked."""
    known = set(_words(earlier))
    written = _WORD.findall(text[:_COMPARED_LENGTH])
    return any(
        (word[0].isdigit() or (place > 0 and word[0].isupper())) and word.casefold() not in known
        for place, word in enumerate(written)
    )


def asks_for_something_else(text: str, earlier: str) -> bool:
    """Tell whether a request names something new, or newly asks for a person, a time, a place or a price."""
    wanted = {match.casefold() for match in _ASKED_FOR.findall(text[:_COMPARED_LENGTH])}
    known = {match.casefold() for match in _ASKED_FOR.findall(earlier[:_COMPARED_LENGTH])}
    return bool(wanted - known) or names_something_new(text, earlier)


def may_ask_again(text: str, earlier: str) -> bool:
    """Tell whether two requests share so many content words that the newer one may be the older one reworded.

    Far cheaper than a comparison in meaning, and what it refuses is hardly ever one.
    """
    stems, earlier_stems = _content_stems(text), _content_stems(earlier)
    fewest = min(len(stems), len(earlier_stems))
    return fewest > 0 and len(stems & earlier_stems) >= _LEAST_SHARED * fewest


def _content_stems(text: str) -> set[str]:
    return {
        word[:_STEM_LENGTH] for word in _words(text) if len(word) >= _CONTENT_LENGTH and word not in _ASKING
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:_COMPARED_LENGTH].casefold())
