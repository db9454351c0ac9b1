"""Templates and static files: no inline code, no outside host, fragments that stand alone."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, shown, static_files, templates

EVERY_TEMPLATE = pytest.mark.parametrize("path", templates(), ids=shown)
EVERY_FILE = pytest.mark.parametrize("path", [*templates(), *static_files()], ids=shown)
FRAGMENTS = [path for path in templates() if path.name.startswith("_") and path.suffix == ".html"]

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")[^>]*>", re.IGNORECASE)
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
INLINE_HANDLER = re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE)
OUTSIDE_HOST = re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
# Names of vocabularies, not places that a browser goes to.
NAMESPACES = {"http://www.w3.org"}
# A box that fetches itself anew when something happened; what lies in it fetches itself too.
SELF_FETCHING = re.compile(r"<[^>]*\shx-trigger=\"\w+ from:body\"[^>]*\shx-select=[^>]*>")
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.DOTALL)


@EVERY_TEMPLATE
def test_a_template_has_no_inline_code(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    found = [pattern.search(text) for pattern in (INLINE_SCRIPT, INLINE_STYLE, INLINE_HANDLER)]
    assert [match.group() for match in found if match] == []


@EVERY_TEMPLATE
def test_a_box_that_picks_itself_from_a_page_does_not_pick_for_what_lies_in_it(path: Path) -> None:
    """`hx-select` is handed down: a progress bar in the box would find nothing in its own answer, and vanish."""
    boxes = SELF_FETCHING.findall(path.read_text(encoding="utf-8"))
    assert [box for box in boxes if 'hx-disinherit="hx-select hx-target hx-swap"' not in box] == []


@EVERY_FILE
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    hosts = OUTSIDE_HOST.findall(path.read_text(encoding="utf-8"))
    assert [host for host in hosts if host not in NAMESPACES] == []


@pytest.mark.parametrize("path", FRAGMENTS, ids=shown)
def test_a_fragment_extends_nothing_and_begins_by_naming_its_context(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "{% extends" not in text
    assert text.startswith("{#")


@EVERY_TEMPLATE
def test_a_full_page_extends_another_or_is_a_frame(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    is_page = path.suffix == ".html" and not path.name.startswith("_") and "forms" not in path.parts
    assert not is_page or "{% extends" in text or "<!doctype html>" in text.lower()


@EVERY_TEMPLATE
def test_text_for_people_can_be_translated(path: Path) -> None:
    """A template that holds words between tags loads gettext; a rough net, but it catches a forgotten one."""
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    bare = re.sub(r"\{[%{].*?[%}]\}|<[^>]*>", "", text, flags=re.DOTALL)
    if re.search(r"[A-Za-z]{4,} [A-Za-z]{2,}", bare):
        assert "{% load" in text
        assert "i18n" in text


@EVERY_TEMPLATE
def test_what_scrolls_sideways_can_be_scrolled_by_keyboard(path: Path) -> None:
    scrolling = re.findall(r'<div class="table-scroll"[^>]*>|<pre[^>]*>', path.read_text(encoding="utf-8"))
    assert [tag for tag in scrolling if 'tabindex="0"' not in tag] == []


def test_templates_lie_where_their_view_is_looked_for() -> None:
    known = {"annotation", "curation", "django", "feedback_mining", "training_jobs", "config"}
    folders = {
        path.relative_to(ROOT / "templates").parts[0]
        for path in templates()
        if path.parent != ROOT / "templates"
    }
    assert folders <= known
