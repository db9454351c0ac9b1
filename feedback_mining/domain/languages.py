"""Which language a user writes, where the source does not say."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from feedback_mining.domain.contexts import FeedbackContext

# Below it the identifier is guessing; measured on short remarks in eleven languages.
_SURE = 0.6
# Few letters give no language away: "ok", "ty".
_FEWEST_LETTERS = 12
_READ_LENGTH = 1_000

_NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "portuguese": "pt", "italian": "it",
    "dutch": "nl", "hindi": "hi", "arabic": "ar", "chinese": "zh", "japanese": "ja", "russian": "ru",
    "korean": "ko", "turkish": "tr", "polish": "pl", "swedish": "sv", "finnish": "fi",
}  # fmt: skip
# Scripts that a language of ours has to itself, or nearly so.
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
)
_LETTER = re.compile(r"[^\W\d_]")
_OTHER_LETTER = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")


def normal_language(language: str) -> str:
    """Return the ISO 639-1 code of "en-US", "EN" or "English"; anything else in lower case as it came."""
    plain = language.strip().lower()
    return _NAMES.get(plain, re.split(r"[-_]", plain)[0])


def language_of(context: FeedbackContext) -> str:
    """Return the code of the language that the user writes; "" where their words so far leave it unclear."""
    if context.language:
        return normal_language(context.language)
    said = (each[:_READ_LENGTH] for each in (*context.earlier_requests, context.text))
    return identify_language(context.text) or identify_language(" ".join(said))


def languages_to_try(context: FeedbackContext, *, known: Sequence[str]) -> list[str]:
    """Return the known languages in which the message may be written; none where it is surely in another.

    English comes with every known one, since its short remarks ("thanks", "wrong") are used in all of them.
    """
    language = language_of(context)
    if not language:
        return list(known)
    if language not in known:
        return []
    return list(dict.fromkeys([language, "en"]))


def is_mostly_latin(text: str) -> bool:
    """Return whether at least half of a text's letters are Latin ones; true of a text without letters."""
    return 2 * len(_OTHER_LETTER.findall(text)) <= len(_LETTER.findall(text))


def identify_language(text: str) -> str:
    """Return the code of the language of a text; "" where there is too little of it, or no clear answer."""
    return _identify(text[:_READ_LENGTH])


@lru_cache(maxsize=1024)
def _identify(read: str) -> str:
    for script, language in _SCRIPTS:
        if script.search(read):
            return language
    if len(_LETTER.findall(read)) < _FEWEST_LETTERS:
        return ""
    language, probability = _identifier().classify(read)
    return str(language) if probability >= _SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
