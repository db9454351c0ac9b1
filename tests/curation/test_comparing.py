"""Two answers side by side: paragraphs that belong together, words that differ, and nothing that becomes markup."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.aligning import MOST_PAIRS, MOST_WORDS, align, aligned_rows, paragraphs_of
from curation.models import Project, User
from curation.queries.corpus.comparing import COMPARED_CHARACTERS, answers_of, compared_responses
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_conversation, make_pair, make_project
from tests.curation.test_rendering import HOSTILE

TEXTS = st.text(alphabet=st.sampled_from("ab c.\n`"), max_size=80)


# Aligning -----------------------------------------------------------------------------------------------


def test_code_with_blank_lines_is_one_paragraph() -> None:
    text = "Look:\n\n```python\na = 1\n\nb = 2\n```\n\nDone."
    assert paragraphs_of(text) == ["Look:", "```python\na = 1\n\nb = 2\n```", "Done."]


def test_paragraphs_that_share_words_stand_side_by_side() -> None:
    left = ["Preheat the oven to 200 degrees.", "Mix flour and water.", "Bake for an hour."]
    right = ["Hello there!", "First mix the flour and the water.", "Bake it for one hour."]
    assert align(left, right) == [(0, 0), (1, 1), (2, 2)]
    assert align(left, right[1:]) == [(0, None), (1, 0), (2, 1)]


@given(TEXTS, TEXTS)
def test_every_paragraph_is_shown_once_in_its_order(left: str, right: str) -> None:
    rows = aligned_rows(left, right)
    assert [row.left for row in rows if row.left is not None] == paragraphs_of(left)
    assert [row.right for row in rows if row.right is not None] == paragraphs_of(right)
    assert all(row.left is not None or row.right is not None for row in rows)


@given(TEXTS, TEXTS)
def test_the_pieces_of_a_paragraph_are_the_paragraph(left: str, right: str) -> None:
    for row in aligned_rows(left, right):
        assert "".join(piece.text for piece in row.left_pieces) == (row.left or "")
        assert "".join(piece.text for piece in row.right_pieces) == (row.right or "")


def test_words_that_differ_are_told_apart() -> None:
    (row,) = aligned_rows("The cat sat down.", "The dog sat down.")
    assert [piece.text.strip() for piece in row.left_pieces if piece.differs] == ["cat"]
    assert [piece.text.strip() for piece in row.right_pieces if piece.differs] == ["dog"]


def test_equal_answers_differ_nowhere() -> None:
    assert not any(piece.differs for row in aligned_rows("a\n\nb", "a\n\nb") for piece in row.left_pieces)


def test_many_paragraphs_and_long_ones_are_not_compared_word_by_word() -> None:
    many = [f"p{n}" for n in range(int(MOST_PAIRS**0.5) + 2)]
    assert align(many, many[1:])[1] == (1, 0)
    (row,) = aligned_rows("word " * (MOST_WORDS + 1), "word " * (MOST_WORDS + 2))
    assert [piece.differs for piece in row.left_pieces] == [True]


# The page -----------------------------------------------------------------------------------------------


def compare(client: Client, project: Project, left: object, right: object, **query: str) -> str:
    address = reverse("curation:response_compare", args=[project.slug, left, right])
    return client.get(address, query).content.decode()


@pytest.mark.parametrize("show", ["rendered", "raw", "diff", "nonsense"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_answer_becomes_markup_of_the_page(
    project: Project, researcher: User, client_of: Callable[[User], Client], show: str, text: str
) -> None:
    pair = make_pair(project, question=text, chosen=text, rejected=f"{text} too")
    body = compare(client_of(researcher), project, pair.chosen.uuid, pair.rejected.uuid, show=show)
    start = body.index("<main")
    assert dangers_of(body[start : body.index("</main>", start)]) == []


class Dangers(HTMLParser):
    """Collects elements and attributes that no message may bring."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "iframe", "svg", "style", "object", "form"}:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.found.append(name)
            if name == "href" and re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.found.append(value or "")


def dangers_of(html: str) -> list[str]:
    parser = Dangers()
    parser.feed(html)
    return parser.found


def test_the_look_for_dangers_finds_them() -> None:
    assert dangers_of('<img onerror="x"><a href=" javascript:1">') == ["img", "onerror", " javascript:1"]


def test_the_page_shows_both_answers_their_lengths_and_what_differs(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    pair = make_pair(project, chosen="**Four** it is.", rejected="**Five** it is, surely.")
    client = client_of(researcher)
    rendered = compare(client, project, pair.chosen.uuid, pair.rejected.uuid)
    assert "<strong>Four</strong>" in rendered
    assert "15 characters, 3 words" in rendered
    assert "What is 2+2?" in rendered
    assert "**Four**" in compare(client, project, pair.chosen.uuid, pair.rejected.uuid, show="raw")
    diff = compare(client, project, pair.chosen.uuid, pair.rejected.uuid, show="diff")
    assert "<del>Four</del>" in diff
    assert "<ins>Five</ins>" in diff


def test_htmx_gets_the_comparison_alone(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    pair = make_pair(project)
    address = reverse("curation:response_compare", args=[project.slug, pair.chosen.uuid, pair.rejected.uuid])
    body = client_of(researcher).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in body
    assert 'id="side-by-side"' in body


def test_a_megabyte_is_compared_in_part_and_says_so(project: Project) -> None:
    pair = make_pair(project, chosen="word " * 200_000, rejected="word")
    found = compared_responses(project, pair.chosen.uuid, pair.rejected.uuid)
    assert (len(found.left.text), found.left.characters) == (COMPARED_CHARACTERS, 1_000_000)
    assert found.left.is_cut


def test_answers_to_different_prompts_are_told(project: Project) -> None:
    one, other = make_pair(project), make_pair(project, question="What is 3+3?")
    assert not compared_responses(project, one.chosen.uuid, other.chosen.uuid).same_prompt


def test_answers_of_another_project_or_withdrawn_ones_are_not_there(project: Project, admin: User) -> None:
    pair = make_pair(project)
    assert compared_responses(make_project("other"), pair.chosen.uuid, pair.rejected.uuid) is None
    withdraw_conversation(conversation=pair.prompt.conversation, actor=admin)
    assert compared_responses(project, pair.chosen.uuid, pair.rejected.uuid) is None


def test_a_frozen_row_is_compared_as_it_was_frozen(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    make_pair(project, chosen="four", rejected="five")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    address = reverse("curation:row_compare", args=[project.slug, version.rows.get().uuid])
    body = client_of(researcher).get(address).content.decode()
    assert "Row 1 side by side" in body
    assert "chosen</span>" in body


def test_the_panel_offers_the_answers_to_a_prompt(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    pair = make_pair(project, chosen="<b>four</b>", rejected="five")
    address = reverse("curation:answer_panel", args=[project.slug, pair.prompt.conversation.uuid])
    body = client_of(researcher).get(address).content.decode()
    assert "2 answers to turn 1" in body
    assert "&lt;b&gt;four" in body
    assert (
        reverse("curation:response_compare", args=[project.slug, pair.rejected.uuid, pair.chosen.uuid])
        in body
    )


def test_the_panel_takes_one_statement_however_many_answers_there_are(project: Project) -> None:
    conversation = make_pair(project).prompt.conversation
    with CaptureQueriesContext(connection) as captured:
        assert len(answers_of(conversation)) == 1
    assert len(captured) == 1
    assert answers_of(make_conversation(project, [("user", "q")])) == []
