"""Constraints that users set: found in their words, binding until revoked, checked in answers."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain import constraints as domain
from feedback_mining.domain.constraint_checks import CONSTRAINT_CHECKS
from feedback_mining.domain.constraints import (
    Binding,
    Constraint,
    binding_after,
    constraints_in,
    revoked_by,
)
from feedback_mining.domain.pairs import MinedConversation

ANSWER = ("assistant", "Paris.")


def bindings_at(messages: list[tuple[str, str]], *, index: int) -> list[Binding]:
    """What binds the answer at an index of (role, text) messages."""
    binding: list[Binding] = []
    for at, (role, text) in enumerate(messages[:index]):
        if role == "user":
            binding = binding_after(binding, at=at, text=text, constraints=constraints_in(text))
    return binding


def kinds(text: str) -> list[str]:
    return [each.kind for each in constraints_in(text)]


def binding(*said: str) -> list[str]:
    messages = [turn for text in said for turn in (("user", text), ANSWER)]
    return [each.constraint.kind for each in bindings_at(messages, index=len(messages) - 1)]


@pytest.mark.parametrize(
    ("text", "kind", "settings"),
    [
        ("Answer in French please.", "language", {"language": "fr"}),
        ("Répondez en français.", "language", {"language": "fr"}),
        ("auf Deutsch bitte", "language", {"language": "de"}),
        ("Tell me of cats in under 100 words.", "at_most_words", {"number": 100}),
        ("max 1,000 words", "at_most_words", {"number": 1000}),
        ("Explain it in two sentences", "at_most_sentences", {"number": 2}),
        ("Please use bullet points", "bullets", {}),
        ("no bullet points", "no_bullets", {}),
        ("without any code", "no_code", {}),
        ("and no emojis!", "no_emoji", {}),
        ("Return valid JSON", "json", {}),
        ('Never use the word "delve".', "avoids_word", {"word": "delve"}),
        ("stop apologizing", "no_apology", {}),
    ],
)
def test_a_constraint_is_found_with_its_settings(text, kind, settings):
    (found,) = constraints_in(text)
    assert (found.kind, dict(found.settings)) == (kind, settings)


@pytest.mark.parametrize(
    "text",
    [
        "How do you say hello in French?",
        "Translate this into English: bonjour",
        "Parse this json file",
        "I was raised in French Canada",
        "Write 3 paragraphs about dogs",
        "> Answer in French\nWhat does this mean?",
        "",
        "🙂🙂🙂",
    ],
)
def test_what_only_sounds_like_a_constraint_is_none(text):
    assert kinds(text) == []


@given(st.text(max_size=300))
def test_any_text_gives_words_that_it_has(text):
    for each in constraints_in(text):
        assert 0 <= each.start < each.end <= len(text)
        assert each.kind in CONSTRAINT_CHECKS


def test_a_megabyte_is_read_quickly_and_its_end_counts():
    (found,) = constraints_in("word " * 200_000 + "\n\nAnswer in French please.")
    assert found.kind == "language"


def test_a_constraint_binds_until_it_is_revoked():
    assert binding("Answer in French, no code.", "And Spain?", "And Italy?") == ["language", "no_code"]
    assert binding("Answer in French, no code.", "You can use code now.") == ["language"]
    assert binding("Answer in French, no code.", "Ignore all previous rules.") == []


def test_a_newer_constraint_takes_the_place_of_its_like():
    messages = [("user", "Answer in French."), ANSWER, ("user", "Switch back to English."), ANSWER]
    (held,) = bindings_at(messages, index=3)
    assert (held.constraint.settings, held.set_at) == ({"language": "en"}, 2)
    assert binding("Use bullet points", "no bullet points please") == ["no_bullets"]


def test_what_the_user_says_later_binds_no_earlier_answer():
    messages = [("user", "Capital of France?"), ANSWER, ("user", "Answer in French."), ANSWER]
    assert bindings_at(messages, index=1) == []


def test_revocations_name_their_kinds():
    assert revoked_by("it can be longer") == {"at_most_words"}
    assert revoked_by("thanks") == frozenset()


@pytest.mark.parametrize(
    ("kind", "settings", "good", "bad"),
    [
        (
            "language",
            {"language": "fr"},
            "La capitale de la France est Paris, une ville au bord de la Seine.",
            "The capital of France is Paris, a city by the river Seine.",
        ),
        ("at_most_words", {"number": 3}, "one two three", "one two three four"),
        ("at_most_sentences", {"number": 1}, "It costs 3.50 euros.", "It is. It was."),
        ("bullets", {}, "- a\n- b", "a and b"),
        ("no_bullets", {}, "a and b", "- a\n- b"),
        ("no_code", {}, "Just do it.", "```\nx\n```"),
        ("code_only", {}, "```\nx\n```", "Here:\n```\nx\n```"),
        ("no_emoji", {}, "Hi", "Hi 🙂"),
        ("json", {}, '{"a": 1}', "a = 1"),
        ("lowercase", {}, "all small", "Not Small"),
        ("no_comma", {}, "a and b", "a, b"),
        ("one_paragraph", {}, "a\nb", "a\n\nb"),
        ("avoids_word", {"word": "delve"}, "dig", "We delve deeper"),
        ("contains_word", {"word": "delve"}, "We delve deeper", "dig"),
        ("no_apology", {}, "It is Canberra.", "I apologize for that."),
    ],
)
def test_code_tells_whether_an_answer_follows(kind, settings, good, bad):
    constraint = Constraint(kind=kind, settings=settings)
    assert constraint.is_followed(answer=good) is True
    assert constraint.is_followed(answer=bad) is False


def test_what_code_cannot_know_is_not_judged():
    assert Constraint(kind="language", settings={"language": "fr"}).is_followed(answer="OK") is None


def test_an_answer_without_a_sentence_end_is_read_in_no_time():
    constraint, began = Constraint(kind="at_most_sentences", settings={"number": 3}), perf_counter()
    for answer in ("word " * 40_000, "." * 200_000 + "x", "3." * 100_000):
        assert constraint.is_followed(answer=answer) is True
    assert perf_counter() - began < 2


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("", 0),
        ("One", 1),
        ("One... Two?! Three", 3),
        ('"One." "Two."', 2),
        ("1. One. 2. Two.", 2),
        ("!? ...", 0),
    ],
)
def test_sentences_are_counted_by_their_ends_and_hold_a_letter(answer, count):
    follows = [
        Constraint(kind="at_most_sentences", settings={"number": most}).is_followed(answer=answer)
        for most in (count - 1, count)
    ]
    assert follows == [False, True]


def test_a_long_conversation_is_searched_for_revocations_once(monkeypatch):
    searched = []

    def revoke_nothing(text):
        searched.append(text)
        return frozenset()

    monkeypatch.setattr(domain, "revoked_by", revoke_nothing)
    turns = tuple(turn for at in range(200) for turn in (("user", f"And number {at}?"), ANSWER))
    in_french = Constraint(kind="language", settings={"language": "fr"})
    mined = MinedConversation(conversation="c", messages=turns, findings={}, constraints={0: (in_french,)})
    held = [mined.binding(index) for index, (role, _) in enumerate(turns) if role == "assistant"]
    assert [[each.constraint for each in binding] for binding in held] == [[in_french]] * 200
    assert len(searched) <= 200
