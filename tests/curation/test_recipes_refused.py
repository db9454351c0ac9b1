"""Recipes that nobody could carry out or store: refused in a sentence that can be shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.errors import RecipeError
from curation.domain.versions.recipe_checks import LARGEST_WHOLE_NUMBER
from curation.domain.versions.recipes import DatasetRecipe, parse_recipe, read_recipe


@pytest.mark.parametrize(
    "text",
    [
        "seed: 1" + "0" * 400,
        "seed: 1" + "0" * 30,
        "seed: 0x" + "F" * 9000,
        "0x" + "F" * 9000 + ": 1",
        "caps: {user: 1" + "0" * 400 + "}",
        "minimum_gap: 1" + "0" * 400,
        "seed: !!int ''",
        "seed: !!float ''",
        "seed: !!bool x",
        "seed: !!timestamp x",
        'view: "\\uD800"',
        'models: ["\\uD800"]',
        'caps: {"\\uD800": 1}',
        '"\\uD800": 1',
        "? [a]\n: 1",
        "a: &a [*a]",
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence_that_can_be_shown(text):
    with pytest.raises(RecipeError) as refused:
        parse_recipe(read_recipe(text))
    assert str(refused.value).encode()


def test_the_largest_number_that_files_hold_is_taken():
    assert parse_recipe({"seed": LARGEST_WHOLE_NUMBER}).seed == LARGEST_WHOLE_NUMBER


fields = st.sampled_from(sorted(DatasetRecipe().as_json()))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(fields, anything, max_size=3))
def test_whatever_a_recipe_says_is_a_recipe_that_can_be_stored_or_a_sentence(document):
    assert outcome_of(document).encode()


def outcome_of(document: dict[str, object]) -> str:
    """Return the recipe as it would be stored, or why it is none."""
    try:
        return json.dumps(parse_recipe(document).as_json(), allow_nan=False, ensure_ascii=False)
    except RecipeError as error:
        return str(error)
