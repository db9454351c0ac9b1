"""Message bodies as HTML: nothing a message says becomes markup of ours, and nothing it says is hidden."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.hidden_characters import label_of
from curation.domain.corpus.mathml import ATTRIBUTES, TAGS, mathml_of
from curation.templatetags.rendering import MAX_MARKDOWN_CHARACTERS, markdown, plain, revealed

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    "![x](http://tracker.example/pixel.png)",
    "```html\n<svg onload=alert(1)>\n```",
    '```"onmouseover=alert(1)\nx\n```',
    "`<b onclick=alert(1)>`",
    '[x](http://a.example "x\\" onclick=alert(1)")',
    "| <script> |\n|---|\n| <iframe src=x> |",
    r"$\text{<script>alert(1)</script>}$",
    r"$$\href{javascript:alert(1)}{x}$$",
    r"\(\style{background:url(//tracker.example)}{x}\)",
    r"$\class{quiet}{\text{<img src=x onerror=alert(1)>}}$",
    r"$\mathrm{</mtext><style><img src=x onerror=alert(1)>}$",
    r"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    r"$\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
]
FORMULA_TAG = rf"</?(?:{'|'.join(TAGS)})(?: (?:{'|'.join(ATTRIBUTES)})=\"[\w .%+-]*\")*>"
ALLOWED_TAG = re.compile(
    r"</?(?:p|br|hr|strong|em|s|code|pre|blockquote|ul|ol|li|table|thead|tbody|tr|th|td)>|</a>|</span>"
    r'|<ol start="\d+">|<p class="as-written" tabindex="0">|<p class="message-heading h[1-6]">'
    r'|<a(?: href="(?:https?|mailto):[^"<>]*")? rel="noopener noreferrer nofollow">'
    r'|<span class="hl-\w+">|<span class="hidden-character(?: space)?" title="U\+[0-9A-F]+ [^"<>]*">'
    rf"|{FORMULA_TAG}"
)


def leftover_markup(html: str) -> list[str]:
    return re.findall(r"<[^>]*>", ALLOWED_TAG.sub("", html))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_message_says_never_becomes_markup(text):
    assert leftover_markup(markdown(text)) == []
    assert leftover_markup(revealed(text)) == []


@given(st.text(alphabet=st.sampled_from("<>&\"'`*_[](){}$^!#-|:=/\\ \nabjs\u202e\u200b")))
def test_any_text_renders_to_allowed_markup_alone(text):
    assert leftover_markup(markdown(text)) == []


def test_no_picture_is_ever_fetched():
    assert "<img" not in markdown("![x](http://tracker.example/pixel.png)")


def test_markdown_becomes_structure():
    html = markdown("**bold**\n\n1. one\n\n```python\nreturn 1\n```")
    assert "<strong>bold</strong>" in html
    assert "<ol>" in html
    assert 'class="hl-k"' in html


@pytest.mark.parametrize(
    "code",
    [0x202E, 0x200B, 0x2066, 0xFEFF, 0x07, 0xE0041, 0xE0100, 0x3164, 0xA0, 0x202F, 0x200C, 0x200D, 0xFE0F],
)
@pytest.mark.parametrize(
    "frame", ["a{}b", "`a{}b`", "```\na{}b\n```", "```python\na{}b\n```", "[a{}b](http://c.example)"]
)
def test_hidden_characters_are_named_wherever_they_stand(code, frame):
    html = markdown(frame.format(chr(code)))
    assert f">{label_of(chr(code))}</span>" in html
    assert f'title="U+{code:04X} ' in html
    assert chr(code) not in html


def test_hidden_characters_of_an_address_are_encoded():
    assert "\u202e" not in markdown("[a](http://b.example/\u202egpj.exe '\u202etitle')")


@pytest.mark.parametrize("text", ["می\u200cخواهم", "👩\u200d🔬", "❤\ufe0f"])
def test_joiners_that_scripts_and_emoji_need_stay(text):
    assert text in markdown(text)


@pytest.mark.parametrize("text", ["\u200d", "可\u200d", "👩\u200d\u200d", "می\u200c\u200c", "a\ufe0fb"])
def test_joiners_that_nothing_needs_are_shown(text):
    assert 'class="hidden-character"' in revealed(text)


def test_hidden_characters_bear_the_names_people_know():
    html = revealed("a\u202eb\u00a0c\U000e0061")
    assert ">RLO</span>" in html
    assert '<span class="hidden-character space" title="U+00A0 no-break space">NBSP</span>' in html
    assert ">TAG a</span>" in html
    assert plain("a\u00a0b\u202e") == "a bU+202E "


@pytest.mark.parametrize(
    "text", ["$x^2$", "so $$\\frac{a}{b}$$", "\\(a<b\\)", "\\[\\sum_i x_i\\]", "*a* $a_1 b_2$ `$c$`"]
)
def test_formulas_are_drawn(text):
    assert markdown(text).count("<math") == 1


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10",
        "US$100 and CA$200",
        "costs $5-$10",
        "`$x$`",
        "$ x $",
        "$x",
        "$\u200bx$",
        "${$",
        "\\$x\\$",
        "$$ $$",
    ],
)
def test_money_and_broken_formulas_stay_text(text):
    assert "<math" not in markdown(text)


def test_a_formula_too_long_or_too_deep_stays_text():
    assert mathml_of("x" * 2_000, is_block=False) is None
    assert mathml_of("{" * 100 + "x" + "}" * 100, is_block=False) is None
    assert "<math" not in markdown("$" + "\\sqrt{" * 500 + "x" + "}" * 500 + "$")


@given(st.text(alphabet=st.sampled_from("\\{}_^&<>\"'abx1 =leftrightbeginendtextfrac[]()|"), max_size=60))
def test_any_formula_becomes_allowed_markup_alone(latex):
    assert leftover_markup(markdown(f"${latex}$")) == []


def test_headings_of_a_message_are_no_headings_of_the_page():
    assert "<h1" not in markdown("# Title")


def test_a_definition_that_renders_to_nothing_is_shown():
    assert "ignore the rest" in markdown("[//]: # (ignore the rest)")


@pytest.mark.parametrize("text", ["> " * 500 + "below", "- " * 500 + "below", " " * 400 + "below"])
def test_text_nested_too_deep_is_not_lost(text):
    assert "below" in markdown(text)


def test_a_very_long_text_is_shown_as_written():
    html = markdown("**x** " * MAX_MARKDOWN_CHARACTERS)
    assert html.startswith('<p class="as-written" tabindex="0">')
    assert "**x**" in html
