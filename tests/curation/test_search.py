"""Search: by words, by exact text and by meaning; what it shows is safe, and it says what it did not look at."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.finding import ConversationFilters, FilterError
from curation.domain.corpus.snippets import SNIPPET_CHARACTERS, snippet_of
from curation.domain.corpus.word_questions import parse_words
from curation.models import Conversation, Message, MessageEmbedding, Project, User
from curation.queries.corpus import meaning, search
from curation.queries.corpus.hits import Found
from curation.queries.corpus.meaning import Meaning, meaning_of_message, nearest_hits
from curation.queries.corpus.narrowing import conversations_of
from curation.queries.corpus.search import TooManyMessagesError, exact_hits, word_hits
from language_models.embedders.fake import FakeEmbedder
from tests.cast import make_conversation, make_project
from tests.curation.enriched import word_embedder
from tests.curation.test_word_index import index_words

ALL = ConversationFilters()


def say(project: Project, *texts: str, language: str = "en") -> list[Conversation]:
    """Make a conversation of one user message for each text, and index them."""
    made = [make_conversation(project, [("user", text)], language=language) for text in texts]
    index_words(project)
    return made


def texts(found: Found) -> list[str]:
    return ["".join(piece.text for piece in hit.snippet) for hit in found.hits]


def marked(found: Found) -> list[list[str]]:
    return [[piece.text for piece in hit.snippet if piece.is_marked] for hit in found.hits]


# What was typed -----------------------------------------------------------------------------------------


def test_words_beginnings_phrases_and_exclusions_are_told_apart() -> None:
    question = parse_words('cat dog* "red fox" -wolf -"big bear" cat')
    assert (question.words, question.prefixes) == (("cat",), ("dog",))
    assert (question.phrases, question.excluded) == (("red fox",), ("wolf", "big bear"))


@pytest.mark.parametrize("text", ["", "  ", "-cat", '""', "a*", "*"])
def test_a_question_must_ask_for_something(text: str) -> None:
    with pytest.raises(FilterError):
        parse_words(text)


# The snippet --------------------------------------------------------------------------------------------


@given(st.text(max_size=600), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_a_snippet_is_a_part_of_the_text(text: str, words: list[str]) -> None:
    pieces = snippet_of(text, words=words)
    shown = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert shown in text or not text
    assert len(shown) <= SNIPPET_CHARACTERS + 16


def test_a_snippet_shows_the_first_word_that_was_found() -> None:
    pieces = snippet_of("far " * 500 + "needle in hay " + "away " * 500, words=["needle", "hay"])
    assert [piece.text for piece in pieces if piece.is_marked] == ["needle", "hay"]
    assert pieces[0].text == "… "


def test_a_word_is_marked_only_where_it_stands_alone() -> None:
    pieces = snippet_of("A cart and an Art, artful", words=["art"], prefixes=["artf"])
    assert [piece.text for piece in pieces if piece.is_marked] == ["Art", "artful"]


# Words --------------------------------------------------------------------------------------------------


def test_all_words_must_be_in_one_message_newest_first(project: Project) -> None:
    say(project, "red fox", "brown fox", "Red, RED fox!")
    found = word_hits(project, question="fox red", filters=ALL)
    assert texts(found) == ["Red, RED fox!", "red fox"]
    assert marked(found)[0] == ["Red", "RED", "fox"]
    assert (found.total, found.newest_of) == (2, None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("umb*", ["an umbrella"]),
        ('"red fox"', ["red fox runs"]),
        ("fox -red", ["fox, not so"]),
        ("e-mail", ["my e-mail"]),
        ("e-mai*", ["my e-mail"]),
        ("zebra", []),
    ],
)
def test_a_question_finds(project: Project, question: str, expected: list[str]) -> None:
    say(project, "an umbrella", "red fox runs", "fox, not so", "my e-mail")
    assert texts(word_hits(project, question=question, filters=ALL)) == expected


def test_signs_alone_are_refused_in_a_sentence(project: Project) -> None:
    with pytest.raises(FilterError, match="no word"):
        word_hits(project, question="?!", filters=ALL)


@pytest.mark.parametrize("question", ["it's & (odd) | !x:*", "' OR 1=1 --", "\\", "a:b <-> c", "%_"])
def test_no_sign_breaks_the_search(project: Project, question: str) -> None:
    say(project, "nothing of it")
    with suppress(FilterError):
        assert texts(word_hits(project, question=question, filters=ALL)) == []


def test_words_are_found_among_what_the_filters_leave(project: Project) -> None:
    say(project, "fox one", language="en")
    say(project, "fox deux", language="fr")
    (archived,) = say(project, "fox away")
    Conversation.objects.filter(pk=archived.pk).update(archived_at="2024-01-01T00:00Z")
    assert texts(word_hits(project, question="fox", filters=ConversationFilters(language="fr"))) == [
        "fox deux"
    ]
    assert texts(word_hits(project, question="fox", filters=ALL)) == ["fox deux", "fox one"]


def test_words_narrow_a_list_as_well(project: Project) -> None:
    fox, *_others = say(project, "fox", "cat")
    assert list(conversations_of(project, filters=ConversationFilters(words="fox"))) == [fox]


def test_a_rare_word_is_found_beyond_the_newest_messages(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 2)
    say(project, "rare", "common", "common", "common")
    found = word_hits(project, question="rare", filters=ALL)
    assert (texts(found), found.newest_of) == (["rare"], None)


def test_a_common_word_says_among_which_messages_it_was_found(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 2)
    monkeypatch.setattr(search, "MOST_MATCHES", 3)
    monkeypatch.setattr(search, "LAST_WINDOW", 4)
    say(project, *["common"] * 6)
    found = word_hits(project, question="common", filters=ALL)
    assert (len(found.hits), found.newest_of, found.total) == (4, 4, None)
    few = word_hits(project, question="common", filters=ALL, limit=2)
    assert (len(few.hits), few.newest_of) == (2, 2)


def test_a_word_that_is_met_now_and_then_is_looked_for_a_little_further(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 2)
    monkeypatch.setattr(search, "ENOUGH_TO_GO_ON", 1)
    say(project, *["fox", "owl"] * 4)
    found = word_hits(project, question="fox", filters=ALL, limit=2)
    assert (len(found.hits), found.newest_of) == (2, 6)


def test_a_word_that_a_wider_look_does_not_find_is_asked_of_the_index(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 2)
    monkeypatch.setattr(search, "ENOUGH_TO_GO_ON", 1)
    say(project, "fox", *["owl"] * 8, "fox")
    found = word_hits(project, question="fox", filters=ALL, limit=2)
    assert (len(found.hits), found.total, found.newest_of) == (2, 2, None)


def test_a_search_takes_a_fixed_number_of_statements(project: Project) -> None:
    say(project, *[f"fox {n}" for n in range(30)])
    with CaptureQueriesContext(connection) as captured:
        assert len(word_hits(project, question="fox", filters=ALL).hits) == 30
    assert len([each for each in captured if "SAVEPOINT" not in each["sql"]]) <= 8


# Exact text ---------------------------------------------------------------------------------------------


def test_exact_text_is_found_with_its_signs(project: Project) -> None:
    say(project, "price: 5 %!", "price: 50")
    found = exact_hits(project, text="5 %", filters=ALL)
    assert (texts(found), marked(found), found.total) == (["price: 5 %!"], [["5 %"]], 1)


def test_exact_text_is_looked_for_in_few_messages_only(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_EXACT_MESSAGES", 2)
    say(project, "one", "two", language="en")
    say(project, "three", language="fr")
    with pytest.raises(TooManyMessagesError, match="Narrow the list"):
        exact_hits(project, text="one", filters=ALL)
    assert texts(exact_hits(project, text="one", filters=ConversationFilters(language="en"))) == ["one"]


# Meaning ------------------------------------------------------------------------------------------------


def unit(*values: float) -> list[float]:
    vector = np.zeros(384)
    vector[: len(values)] = values
    return list(vector / np.linalg.norm(vector))


def embed(project: Project, vectors: list[list[float]], *, language: str = "en") -> list[Message]:
    rows = [make_conversation(project, [("user", f"m{n}")], language=language) for n in range(len(vectors))]
    messages = [row.messages.get() for row in rows]
    MessageEmbedding.objects.bulk_create(
        MessageEmbedding(project=project, conversation=row, message=message, model="fake", vector=vector)
        for row, message, vector in zip(rows, messages, vectors, strict=True)
    )
    return messages


NORTH = Meaning(vector=unit(1), model="fake")


@pytest.fixture(params=[True, False], ids=["exactly", "by the index"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Compare every vector, or go by the index."""
    if not request.param:
        monkeypatch.setattr(meaning, "EXACT_BELOW", 1)
    return request.param


def test_the_nearest_comes_first(project: Project, either_way: bool) -> None:
    messages = embed(project, [unit(1, 3), unit(1), unit(0, 1)])
    found = nearest_hits(project, meaning=NORTH, filters=ALL)
    assert [hit.message for hit in found.hits] == [messages[1].uuid, messages[0].uuid, messages[2].uuid]
    assert found.hits[0].similarity == pytest.approx(1.0, abs=1e-3)


def test_a_small_project_beside_a_large_one_finds_its_own(project: Project, either_way: bool) -> None:
    large = make_project("large")
    rng = np.random.default_rng(0)
    embed(large, [unit(1, *rng.normal(0, 0.01, 20)) for _ in range(400)])
    (own,) = embed(project, [unit(0, 1)])
    assert [hit.message for hit in nearest_hits(project, meaning=NORTH, filters=ALL).hits] == [own.uuid]


def test_meaning_is_looked_for_among_what_the_filters_leave(project: Project, either_way: bool) -> None:
    embed(project, [unit(1)], language="en")
    (french,) = embed(project, [unit(1, 5)], language="fr")
    found = nearest_hits(project, meaning=NORTH, filters=ConversationFilters(language="fr"))
    assert [hit.message for hit in found.hits] == [french.uuid]


def test_vectors_of_another_model_are_not_compared(project: Project, either_way: bool) -> None:
    embed(project, [unit(1)])
    assert nearest_hits(project, meaning=Meaning(vector=NORTH.vector, model="other"), filters=ALL).hits == []


def test_what_is_like_a_message_leaves_its_own_conversation_out(project: Project) -> None:
    first, near, far = embed(project, [unit(1), unit(1, 0.1), unit(0, 1)])
    found = nearest_hits(project, meaning=meaning_of_message(first), filters=ALL)
    assert [hit.message for hit in found.hits] == [near.uuid, far.uuid]


# The page -----------------------------------------------------------------------------------------------


@pytest.fixture
def embedder(settings: LazySettings) -> Iterator[None]:
    """An embedder that knows words alone."""
    with word_embedder(settings):
        yield


def page(client: Client, project: Project, **query: str) -> str:
    return client.get(reverse("curation:conversation_search", args=[project.slug]), query).content.decode()


def test_the_page_marks_words_and_shows_markup_as_text(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    say(project, "<script>alert(1)</script> fox \u202e <img src=x>")
    body = page(client_of(researcher), project, q="fox")
    assert "<mark>fox</mark>" in body
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "\u202e" not in body
    assert "1 message." in body


def test_what_was_typed_is_shown_as_text(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    say(project, "x")
    body = page(client_of(researcher), project, q='"><script>alert(1)</script>')
    assert "<script>alert" not in body


def test_the_page_says_how_far_indexing_has_come(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    say(project, "fox")
    make_conversation(project, [("user", "fox later")])
    body = page(client_of(researcher), project, q="fox")
    assert "1 messages are indexed; 1 waits" in body


def test_the_page_says_that_the_embedder_is_down(
    project: Project,
    researcher: User,
    client_of: Callable[[User], Client],
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.HARKEN_EMBEDDER_SOCKET = str(tmp_path / "none.sock")
    body = page(client_of(researcher), project, q="fox", by="meaning")
    assert "The embedder does not answer" in body


def test_a_sentence_finds_what_means_the_same(
    project: Project, researcher: User, client_of: Callable[[User], Client], embedder: None
) -> None:
    rows = [make_conversation(project, [("user", text)]) for text in ("red fox runs", "tax form help")]
    fake = FakeEmbedder()
    for row in rows:
        message = row.messages.get()
        MessageEmbedding.objects.create(
            project=project,
            conversation=row,
            message=message,
            model=fake.name,
            vector=fake.embed([message.text])[0].tolist(),
        )
    body = page(client_of(researcher), project, q="a fox that runs", by="meaning")
    assert body.index("red fox runs") < body.index("tax form help")
    like = page(client_of(researcher), project, like=str(rows[0].messages.get().uuid))
    assert "Messages like this one" in like
    assert "tax form help" in like


def test_a_message_of_another_project_is_like_nothing(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    foreign = make_conversation(make_project("other"), [("user", "secret fox")]).messages.get()
    body = page(client_of(researcher), project, like=str(foreign.uuid))
    assert "secret fox" not in body
