"""The rules of one language, read from its TOML file and compiled once."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from feedback_mining.domain.taxonomy import criterion_named

_FOLDER = Path(__file__).parent / "languages"

# How sure a match of such a list makes us: between how often the criterion was right and how often its polarity
# was, on sentences written for this project (strong 0.83 and 0.96, opens 0.58 and 0.97, fair 0.58 and 0.88, faint
# 0.14 and 0.58), on the careful side, since two thirds of those sentences are feedback and few messages are.
LEVELS: Mapping[str, float] = {"strong": 0.86, "whole": 0.76, "opens": 0.76, "fair": 0.6, "faint": 0.2}

# Rules that hold in every language: emoji and punctuation.
EVERY_LANGUAGE = "any"
# What stands before and after the patterns of a list that looks at the beginning of a message only.
_ANCHORS = {"opens": (r"\A[\W_]*", ""), "whole": (r"\A[\W_]*", r"[\W_]*\Z")}
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Rule:
    """All patterns of one criterion that make us equally sure."""

    criterion: str
    level: str
    pattern: re.Pattern[str]

    @property
    def probability(self) -> float:
        """Return how often a match is right, before its place in the message is weighed."""
        return LEVELS[self.level]

    def matches(self, words: str) -> Iterator[re.Match[str]]:
        """Yield the matches; a rule for openings is tried at the beginning of the message only."""
        if self.level not in _ANCHORS:
            yield from self.pattern.finditer(words)
        elif match := self.pattern.match(words):
            yield match


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """What is known of one language."""

    language: str
    rules: tuple[Rule, ...]
    guards: re.Pattern[str]
    requests: re.Pattern[str]
    questions: re.Pattern[str]
    pasting: re.Pattern[str]
    answers: re.Pattern[str]


@cache
def known_languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a rule file, sorted; the folder is looked at once."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem != EVERY_LANGUAGE))


@cache
def rules_of(language: str) -> RuleSet:
    """Return the compiled rules of a known language."""
    written = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    compiler = _Compiler(words=written.get("words", {}), has_boundaries=written.get("boundaries", True))
    return RuleSet(
        language=language,
        rules=tuple(_rules_in(written, compiler=compiler)),
        guards=compiler.compile(written.get("guards", [])),
        requests=compiler.compile(written.get("requests", []), before=r"\A[\W_]*"),
        questions=compiler.compile(written.get("questions", []), before=r"(?:\A|(?<=[.!?\n])\s*)[\W_]*"),
        pasting=compiler.compile(written.get("pasting", []), after=r"[^\n:：]{0,60}(?:[:：]|\n)\s*"),
        answers=compiler.compile(written.get("answers", []), before=r"\A[\W_]*"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiler:
    """Joins patterns into one, with the words of the file filled in and word boundaries where they exist."""

    words: Mapping[str, str]
    has_boundaries: bool

    def compile(self, patterns: Sequence[str], *, before: str = "", after: str = "") -> re.Pattern[str]:
        """Return one pattern that matches any of them; without patterns, one that never matches."""
        if not patterns:
            return _NEVER
        joined = "|".join(self._filled(pattern) for pattern in patterns)
        left, right = (r"(?<!\w)", r"(?!\w)") if self.has_boundaries else ("", "")
        return re.compile(f"{before}{left}(?P<evidence>{joined}){right}{after}", re.IGNORECASE)

    def _filled(self, pattern: str) -> str:
        while (filled := re.sub(r"<(\w+)>", self._word, pattern)) != pattern:
            pattern = filled
        return pattern

    def _word(self, match: re.Match[str]) -> str:
        return self.words[match[1]]


def _rules_in(written: Mapping[str, object], *, compiler: _Compiler) -> list[Rule]:
    rules = []
    for name, levels in written.items():
        if not isinstance(levels, dict) or name == "words":
            continue
        criterion = criterion_named(name).name
        for level, patterns in levels.items():
            before, after = _ANCHORS.get(level, ("", ""))
            rules.append(Rule(criterion, level, compiler.compile(patterns, before=before, after=after)))
    return rules
