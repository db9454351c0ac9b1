"""A rule of the Markdown renderer: what stands between dollars, or in TeX's own brackets, is a formula."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from curation.domain.corpus.mathml import LONGEST_FORMULA, mathml_of

# A page of formulas is drawn; a text made to be slow is not.
MOST_FORMULAS = 300


@dataclass(frozen=True, slots=True)
class _Delimiter:
    opening: str
    closing: str
    is_block: bool


_DELIMITERS = (
    _Delimiter("$$", "$$", is_block=True),
    _Delimiter("\\[", "\\]", is_block=True),
    _Delimiter("\\(", "\\)", is_block=False),
    _Delimiter("$", "$", is_block=False),
)
# Dollars are money more often than mathematics: no space inside the signs, no letter before, no digit behind.
_NO_MONEY = re.compile(r"\S(?:.*\S)?", re.DOTALL)


def add_formulas(renderer: MarkdownIt, *, hidden: re.Pattern[str]) -> None:
    """Teach a renderer formulas; one that holds a hidden character stays text, where it is made visible."""

    def rule(state: StateInline, silent: bool) -> bool:
        return _formula(state, silent=silent, hidden=hidden)

    renderer.inline.ruler.before("escape", "formula", rule)
    renderer.add_render_rule("formula", _render)


def _formula(state: StateInline, *, silent: bool, hidden: re.Pattern[str]) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    delimiter = next((each for each in _DELIMITERS if state.src.startswith(each.opening, state.pos)), None)
    latex = None if delimiter is None else _latex_of(state, delimiter)
    if delimiter is None or latex is None or hidden.search(latex):
        return False
    state.env["formulas"] = state.env.get("formulas", 0) + 1
    html = mathml_of(latex, is_block=delimiter.is_block) if state.env["formulas"] <= MOST_FORMULAS else None
    if html is None:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = html
    state.pos += len(delimiter.opening) + len(latex) + len(delimiter.closing)
    return True


def _latex_of(state: StateInline, delimiter: _Delimiter) -> str | None:
    start = state.pos + len(delimiter.opening)
    end = state.src.find(delimiter.closing, start, start + LONGEST_FORMULA + 2)
    if end < 0 or end + len(delimiter.closing) > state.posMax:
        return None
    latex = state.src[start:end]
    if delimiter.opening != "$":
        return latex if latex.strip() else None
    before, behind = state.src[state.pos - 1 : state.pos], state.src[end + 1 : end + 2]
    is_money = before.isalnum() or behind.isdigit() or not _NO_MONEY.fullmatch(latex)
    return None if is_money else latex


def _render(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return tokens[at].content
