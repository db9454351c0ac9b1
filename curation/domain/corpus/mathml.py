"""Formulas of messages as MathML that browsers draw, built from an allowed set of elements and nothing else."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

LONGEST_FORMULA = 1_000
# Deeper braces are nobody's formula, and could exhaust the stack.
DEEPEST_BRACES = 24
TAGS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mmultiscripts",
        "mprescripts",
        "none",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
    ]
)
ATTRIBUTES = frozenset(
    [
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "stretchy",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "movablelimits",
        "largeop",
        "symmetric",
        "accent",
        "accentunder",
        "linethickness",
        "columnalign",
        "rowalign",
        "rowspacing",
        "columnspacing",
        "columnlines",
        "rowlines",
        "width",
        "height",
        "depth",
        "voffset",
        "notation",
    ]
)
_PLAIN_VALUE = re.compile(r"[\w .%+-]{1,60}")


def mathml_of(latex: str, *, is_block: bool) -> str | None:
    """Return a formula as MathML; None for one that is too long, too deep or no LaTeX."""
    if not latex.strip() or len(latex) > LONGEST_FORMULA or _depth(latex) > DEEPEST_BRACES:
        return None
    return _converted(latex.strip(), is_block)


@lru_cache(maxsize=512)
def _converted(latex: str, is_block: bool) -> str | None:
    from latex2mathml.converter import convert_to_element

    try:
        return _written(convert_to_element(latex, display="block" if is_block else "inline"))
    except Exception:  # noqa: BLE001 - what the converter cannot read is shown as it was written
        return None


def _written(element: Element) -> str:
    """Write an element with the allowed attributes; one that is not allowed leaves its children behind."""
    inner = escape(unescape(element.text or "")) + "".join(_written(child) for child in element)
    tail = escape(unescape(element.tail or ""))
    if element.tag not in TAGS:
        return inner + tail
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES and _PLAIN_VALUE.fullmatch(value)
    )
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>{tail}"


def _depth(latex: str) -> int:
    deepest = depth = 0
    for sign in latex:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return max(deepest, latex.count("\\left"), latex.count("\\begin"))
