"""How code checks each kind of constraint: the project's checks where there is one, a few lines where there is none.

A check takes an answer and the settings, and tells whether the answer follows; None where it cannot know.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from checks import build_check
from checks.text import code_blocks_of, prose_of

Follows = Callable[[str, Mapping[str, Any]], bool | None]
# Split by the last mark of a sentence alone: a pattern for the whole sentence takes minutes where none ends.
_SENTENCE_END = re.compile(r"[.!?。！？؟।](?=[\s”\"'’)]|$)")
_LIST_ENTRY = re.compile(r"^[ \t]*(?:[-*+•–]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]")
_LETTER = re.compile(r"[^\W\d_]")
# Of letters in capitals, so few may be small (units, say); of small letters none may be a capital, since ordinary
# prose has few capitals anyway.
_CAPITALS = 0.95
# Kinds that cannot hold at once: the newer one takes the place of the other.
EXCLUSIVE = (
    frozenset({"bullets", "no_bullets"}),
    frozenset({"numbered", "no_bullets"}),
    frozenset({"no_code", "code_only"}),
    frozenset({"lowercase", "uppercase"}),
    frozenset({"at_most_words", "at_most_characters", "at_most_sentences"}),
)


def _by(check: str, **parameters: Any) -> Follows:
    """Check by one of the project's checks; a text among the parameters names the setting to take."""

    def follows(answer: str, settings: Mapping[str, Any]) -> bool | None:
        given = {
            name: settings[value[1:]] if _is_setting(value) else value for name, value in parameters.items()
        }
        return build_check(check, given).run("", answer)

    return follows


def _is_setting(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _sentences(answer: str, settings: Mapping[str, Any]) -> bool:
    most: int = settings["number"]
    sentences = _SENTENCE_END.split(prose_of(answer))
    return sum(1 for each in sentences if _LETTER.search(each)) <= most


def _one_paragraph(answer: str, settings: Mapping[str, Any]) -> bool:
    return len(re.findall(r"\n\s*\n", answer.strip())) == 0


def _no_list(answer: str, settings: Mapping[str, Any]) -> bool:
    return len(_LIST_ENTRY.findall(prose_of(answer))) < 2


def _no_code(answer: str, settings: Mapping[str, Any]) -> bool:
    return not code_blocks_of(answer)


def _code_only(answer: str, settings: Mapping[str, Any]) -> bool:
    return bool(code_blocks_of(answer)) and not prose_of(answer).strip()


def _no_emoji(answer: str, settings: Mapping[str, Any]) -> bool:
    return _EMOJI.search(answer) is None


def _no_exclamation(answer: str, settings: Mapping[str, Any]) -> bool:
    return "!" not in prose_of(answer)


def _no_comma(answer: str, settings: Mapping[str, Any]) -> bool:
    return not set(",，、،") & set(prose_of(answer))


def _cased(is_wanted: Callable[[str], bool], *, share: float) -> Follows:
    def follows(answer: str, settings: Mapping[str, Any]) -> bool | None:
        letters = [each for each in _LETTER.findall(prose_of(answer)) if each.upper() != each.lower()]
        if not letters:
            return None
        return sum(map(is_wanted, letters)) / len(letters) >= share

    return follows


def _word(parameter: str) -> Follows:
    def follows(answer: str, settings: Mapping[str, Any]) -> bool | None:
        return build_check("keywords", {parameter: [settings["word"]]}).run("", answer)

    return follows


CONSTRAINT_CHECKS: Mapping[str, Follows] = {
    "language": _by("language", language="@language"),
    "at_most_words": _by("length", at_most="@number"),
    "at_least_words": _by("length", at_least="@number"),
    "at_most_characters": _by("length", at_most="@number", unit="characters"),
    "at_most_sentences": _sentences,
    "one_paragraph": _one_paragraph,
    "bullets": _by("format", form="bullets"),
    "no_bullets": _no_list,
    "numbered": _by("format", form="numbered"),
    "no_code": _no_code,
    "code_only": _code_only,
    "no_markdown": _by("format", form="no_markdown"),
    "json": _by("json"),
    "no_emoji": _no_emoji,
    "no_exclamation": _no_exclamation,
    "no_apology": _by("no_apology"),
    "lowercase": _cased(str.islower, share=1.0),
    "uppercase": _cased(str.isupper, share=_CAPITALS),
    "no_comma": _no_comma,
    "avoids_word": _word("avoids"),
    "contains_word": _word("contains"),
}
