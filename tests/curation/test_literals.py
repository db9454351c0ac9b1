"""Lists and objects that a table holds as text: parsed as literals, never run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.importers.cleaning import clean_value
from curation.domain.importers.literals import (
    MAX_LITERAL_CHARACTERS,
    LiteralError,
    looks_structured,
    structured_value,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LISTED = st.lists(PLAIN, max_size=4) | st.dictionaries(st.text(), PLAIN, max_size=4)


@given(LISTED)
def test_what_python_prints_is_read_back(value):
    assert structured_value(repr(value)) == clean_value(value)[0]


@given(LISTED)
def test_json_is_read_back(value):
    assert structured_value(json.dumps(value)) == clean_value(value)[0]


def test_tuples_are_lists():
    assert structured_value("(['a'], ('b',))") == [["a"], ["b"]]


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "",
        "[1, 2",
        "[__import__('os').getcwd()]",
        "[open('x')]",
        "['a' * 1000000000]",
        "[f'{1}']",
        "[{1, 2}]",
        "[b'bytes']",
        "[1e999]",
        "[NaN]",
        "[1+2j]",
        "{1: 'a'}",
        "[...]",
        "[-" + "-" * 100_000 + "1]",
    ],
)
def test_what_is_no_plain_list_is_refused_and_never_run(text):
    with pytest.raises(LiteralError):
        structured_value(text)


@pytest.mark.parametrize(
    "text", ["[" * 40 + "]" * 40, "[" * 100_000 + "]" * 100_000, "{'a': " * 40 + "1" + "}" * 40]
)
def test_a_deep_one_is_refused(text):
    with pytest.raises(LiteralError):
        structured_value(text)


def test_a_long_literal_is_refused_before_it_is_parsed():
    with pytest.raises(LiteralError, match="longer than"):
        structured_value("['" + "x" * MAX_LITERAL_CHARACTERS + "']")


@pytest.mark.parametrize("text", ["['first answer'\n 'second answer']", "[('a' 'b')]"])
def test_texts_that_python_would_join_are_refused(text):
    with pytest.raises(LiteralError, match="without a comma"):
        structured_value(text)


def test_brackets_and_quotes_inside_a_text_mean_nothing():
    said = ["[[[[" * 50 + "it's \"so\" 'fine'"]
    assert structured_value(repr(said)) == said


def test_a_cell_of_plain_words_is_not_looked_at():
    assert [looks_structured(cell) for cell in ("[1]", " {'a': 1} ", "so [1] it", "")] == [
        True,
        True,
        False,
        False,
    ]
