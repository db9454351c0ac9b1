"""Constraints that users set and code can check: found in their words, binding until revoked, checked in answers.

What a user asked for once ("in French", "under 100 words") holds for every later answer until the user revokes it or
sets another of its kind: language, length, form. Multi-IF (arXiv 2410.15553) measures models that way; its kinds of
constraints, with those of CoDI-Eval (arXiv 2401.00690), are the catalogue's pattern.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from curation.domain.corpus.language_names import language_code, language_names
from feedback_mining.domain.constraint_checks import CONSTRAINT_CHECKS, EXCLUSIVE
from feedback_mining.domain.own_words import Excerpt, own_words

_WRITTEN: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("constraints.toml").read_text(encoding="utf-8")
)
_NUMBERS = {
    **{
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
    },
    **{"a single": 1, "fifty": 50, "hundred": 100, "a hundred": 100, "one hundred": 100},
    **{"einem": 1, "zwei": 2, "drei": 3, "une": 1, "deux": 2, "trois": 3, "una": 1, "dos": 2, "tres": 3},
}
# Names that languages have in languages other than English.
_OTHER_NAMES = {
    **{"deutsch": "de", "französisch": "fr", "englisch": "en", "spanisch": "es", "italienisch": "it"},
    **{"français": "fr", "anglais": "en", "allemand": "de", "espagnol": "es", "italien": "it"},
    **{"español": "es", "inglés": "en", "francés": "fr", "alemán": "de", "português": "pt", "inglês": "en"},
    **{"italiano": "it", "inglese": "en", "francese": "fr", "tedesco": "de", "mandarin": "zh", "farsi": "fa"},
}
# Words in quotation marks are read in the beginning of a message alone.
_READ_CHARACTERS = 4_000
_SENTENCE_END = re.compile(r"(?<=[.!?\n])\s+|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A constraint with its settings, and the words `text[start:end]` of the message that set it."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def is_followed(self, *, answer: str) -> bool | None:
        """Tell whether an answer follows the constraint; None where code cannot know."""
        return CONSTRAINT_CHECKS[self.kind](answer, dict(self.settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A constraint that holds, and the index of the message that set it."""

    constraint: Constraint
    set_at: int


def constraints_in(text: str) -> list[Constraint]:
    """Return the constraints that a user's message sets, in the order of its words, each kind once."""
    excerpt = own_words(text)
    quoted = Excerpt(_straight(text[:_READ_CHARACTERS]), gap_start=_READ_CHARACTERS, gap_length=0)
    found: dict[tuple[str, str], Constraint] = {}
    for kind in _WRITTEN["kinds"]:
        # Quoted text is not the user's own, but for the word that a constraint is about.
        source = quoted if kind in ("avoids_word", "contains_word") else excerpt
        for constraint in _found(kind, source):
            found.setdefault((kind, str(constraint.settings.get("word", ""))), constraint)
    return sorted(_consistent(list(found.values())), key=lambda each: each.start)


def _found(kind: str, excerpt: Excerpt) -> Iterator[Constraint]:
    for match in _matches(kind, excerpt.words):
        settings = _settings(match)
        if settings is not None:
            start, end = map(excerpt.position_in_message, match.span())
            yield Constraint(kind=kind, settings=settings, start=start, end=end)


def revoked_by(text: str) -> frozenset[str]:
    """Return the kinds of constraint that a message revokes; "*" for all of them."""
    words = own_words(text).words
    if any(pattern.search(words) for pattern in _patterns("everything", "revoked")):
        return frozenset({"*"})
    return frozenset(
        kind for kind in _WRITTEN["kinds"] if any(each.search(words) for each in _patterns(kind, "revoked"))
    )


def binding_after(
    binding: Sequence[Binding], *, at: int, text: str, constraints: Sequence[Constraint]
) -> list[Binding]:
    """Return what binds once a user has said a text that sets these constraints, given what bound before."""
    # Where nothing binds yet, nothing can be revoked, so most messages need not be searched for it.
    gone = revoked_by(text) if binding else frozenset()
    after = [each for each in binding if not ({"*", each.constraint.kind} & gone)]
    for constraint in constraints:
        after = [each for each in after if not _replaces(constraint, each.constraint)]
        after.append(Binding(constraint=constraint, set_at=at))
    return after


def _replaces(new: Constraint, old: Constraint) -> bool:
    """Tell whether a newer constraint takes the place of an older one: its own kind, or one it excludes."""
    if new.kind == old.kind:
        return new.settings.get("word") == old.settings.get("word")
    return any({new.kind, old.kind} <= group for group in EXCLUSIVE)


def _consistent(found: Sequence[Constraint]) -> list[Constraint]:
    """Drop what a later word of the same message takes back."""
    return [
        each
        for each in found
        if not any(
            other is not each and other.start > each.start and _replaces(other, each) for other in found
        )
    ]


def _matches(kind: str, text: str) -> Iterator[re.Match[str]]:
    refused = _patterns(kind, "refused")
    for pattern in _patterns(kind, "patterns"):
        for match in pattern.finditer(text):
            if not any(each.search(_sentence_around(text, match)) for each in refused):
                yield match


def _sentence_around(text: str, match: re.Match[str]) -> str:
    starts = [end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())]
    following = _SENTENCE_END.search(text, match.end())
    return text[starts[-1] if starts else 0 : following.start() if following else len(text)]


def _settings(match: re.Match[str]) -> dict[str, Any] | None:
    """Return what a match sets; None where it names no language or number after all."""
    named = match.groupdict()
    if "language" in named:
        code = _OTHER_NAMES.get(named["language"].lower()) or language_code(named["language"])
        return {"language": code} if code else None
    if "number" in named:
        number = _number(named["number"])
        return {"number": number} if number else None
    if "word" in named:
        return {"word": named["word"].strip()}
    return {}


def _number(written: str) -> int | None:
    squeezed = written.lower().replace(",", "").replace(".", "")
    if squeezed.isdigit():
        return int(squeezed) if 0 < int(squeezed) <= 100_000 else None
    return _NUMBERS.get(squeezed)


def _straight(text: str) -> str:
    return text.replace("'", "’").replace("`", "’")


@cache
def _patterns(kind: str, part: str) -> tuple[re.Pattern[str], ...]:
    entry = _WRITTEN["everything"] if kind == "everything" else _WRITTEN["kinds"][kind]
    return tuple(
        re.compile(_expanded(pattern), re.IGNORECASE | re.MULTILINE) for pattern in entry.get(part, ())
    )


def _expanded(pattern: str) -> str:
    """Put in the parts, and the groups for numbers, words and languages."""
    for name, part in _WRITTEN["parts"].items():
        pattern = pattern.replace("{" + name + "}", part)
    pattern = pattern.replace("{{", "{").replace("}}", "}")
    numbers = "|".join(sorted(map(re.escape, _NUMBERS), key=len, reverse=True))
    pattern = re.sub(r"\bN\b", rf"(?P<number>\\d{{1,3}}(?:[,.]\\d{{3}})+|\\d{{1,6}}|{numbers})", pattern)
    pattern = re.sub(r"\bL\b", _language_pattern().replace("\\", r"\\"), pattern)
    return re.sub(
        r"\bW\b",
        r"""[“"’‘«]?(?P<word>[\\w-]{1,40}(?: [\\w-]{1,40}){0,3}?)(?:[”"’»]|(?=[\\s.,!?]|$))""",
        pattern,
    )


@cache
def _language_pattern() -> str:
    names = sorted({*language_names(), *_OTHER_NAMES}, key=len, reverse=True)
    return rf"(?P<language>{'|'.join(map(re.escape, names))})"
