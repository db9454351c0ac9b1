"""Message bodies as safe HTML: Markdown, highlighted code, formulas, and hidden characters made visible.

Nothing that a message says can become markup of ours: raw HTML is shown as text, pictures are links, links lead
to the web or to a mail address, formulas are MathML of an allowed set, and what is left passes nh3 once more.
"""

import json
import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
import yaml
from django import template
from django.template.defaultfilters import stringfilter
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from curation.domain.corpus.formulas import add_formulas
from curation.domain.corpus.hidden_characters import HIDDEN, code_of, explanation_of, is_space, label_of
from curation.domain.corpus.mathml import ATTRIBUTES as FORMULA_ATTRIBUTES
from curation.domain.corpus.mathml import TAGS as FORMULA_TAGS
from curation.domain.versions.recipes import SPLITS

register = template.Library()

# Longer texts are shown as they are: rendering them would keep a reader waiting.
MAX_MARKDOWN_CHARACTERS = 50_000
# Longer ones are rendered anew each time, so that little memory holds the others.
MAX_KEPT_CHARACTERS = 4_000
# Longer code is shown without colours: some lexers take a long time over hostile input.
MAX_HIGHLIGHTED_CHARACTERS = 20_000

_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "a", "code", "pre", "blockquote", "span"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *FORMULA_TAGS,
}
_ATTRIBUTES = {
    "*": set[str](),
    "a": {"href"},
    "span": {"class", "title"},
    "code": {"class"},
    "p": {"class"},
    "ol": {"start"},
    **{tag: set(FORMULA_ATTRIBUTES) for tag in FORMULA_TAGS},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)

# The renderer leaves out what is nested deeper than this, so a text that comes near it is shown as it is.
_MAX_NESTING = 60
_DEEP = re.compile(r"^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){20}|^(?: {60}|\t{15})", re.MULTILINE)
_CODE = HtmlFormatter(nowrap=True, classprefix="hl-")


@register.filter(is_safe=True)
@stringfilter
def markdown(text: str) -> SafeString:
    """Render a message's Markdown as safe HTML; a text too long or too deep for it is shown as it is."""
    return _kept_markdown(text) if len(text) <= MAX_KEPT_CHARACTERS else _markdown(text)


@lru_cache(maxsize=128)
def _kept_markdown(text: str) -> SafeString:
    """Keep what was rendered last: a guideline stands beside every task, and a prompt comes to several people."""
    return _markdown(text)


def _markdown(text: str) -> SafeString:
    if len(text) > MAX_MARKDOWN_CHARACTERS or _DEEP.search(text):
        return mark_safe(f'<p class="as-written" tabindex="0">{_revealed_html(text)}</p>')  # noqa: S308 - the text is escaped
    return mark_safe(_CLEANER.clean(_MARKDOWN.render(text)))  # noqa: S308 - cleaned by what is allowed above


@register.filter(is_safe=True)
@stringfilter
def revealed(text: str) -> SafeString:
    """Show a text as it was written, with hidden characters made visible."""
    return mark_safe(_revealed_html(text))  # noqa: S308 - the text is escaped


@register.filter
@stringfilter
def plain(text: str) -> str:
    """Write hidden characters as their codes, for titles and attributes, which hold no markup."""
    return HIDDEN.sub(lambda match: " " if is_space(match.group()) else f"{code_of(match.group())} ", text)


@register.filter
def as_json(value: Any) -> str:
    """Show a JSON value as people read it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def as_yaml(value: Any) -> str:
    """Show a JSON value as YAML."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


@register.filter
def by_split(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Put counts into the order of the splits: train, validation, test."""
    return [(split, counts[split]) for split in SPLITS if split in counts]


def _revealed_html(text: str) -> str:
    return _reveal(escape(text))


def _reveal(html: str) -> str:
    """Replace hidden characters of HTML whose attributes hold none."""
    return HIDDEN.sub(_named, html)


def _named(match: re.Match[str]) -> str:
    character = match.group()
    kind = "hidden-character space" if is_space(character) else "hidden-character"
    return f'<span class="{kind}" title="{escape(explanation_of(character))}">{escape(label_of(character))}</span>'


def _text(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return _revealed_html(tokens[at].content)


def _inline_code(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return f"<code>{_revealed_html(tokens[at].content)}</code>"


def _code_block(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    token = tokens[at]
    language = token.info.split()[0] if token.info.strip() else ""
    return f"<pre><code>{_highlighted(token.content, language=language)}</code></pre>\n"


def _highlighted(code: str, *, language: str) -> str:
    if not language or len(code) > MAX_HIGHLIGHTED_CHARACTERS:
        return _revealed_html(code)
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return _revealed_html(code)
    return _reveal(highlight(code, lexer, _CODE))


def _heading_start(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    # A message's headings are not headings of the page that shows it.
    return f'<p class="message-heading {tokens[at].tag}">'


def _heading_end(_renderer: Any, _tokens: Sequence[Token], _at: int, _options: Any, _env: Any) -> str:
    return "</p>\n"


def _renderer() -> MarkdownIt:
    options: MutableMapping[str, Any] = {"html": False, "breaks": True, "maxNesting": _MAX_NESTING}
    rendering = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # Showing a picture would ask a foreign host for it, and tell that host who reads what. The definition of a
    # link is shown as it stands: rendered, it would vanish, and with it what somebody wrote there.
    rendering.disable(["image", "reference"])
    for name in ("code_block", "fence"):
        rendering.add_render_rule(name, _code_block)
    rendering.add_render_rule("text", _text)
    rendering.add_render_rule("code_inline", _inline_code)
    rendering.add_render_rule("heading_open", _heading_start)
    rendering.add_render_rule("heading_close", _heading_end)
    add_formulas(rendering, hidden=HIDDEN)
    return rendering


_MARKDOWN = _renderer()
