"""What a recipe may say: each check raises RecipeError with a sentence that names the field."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from curation.domain.errors import RecipeError
from curation.domain.scoring.guards import parse_guard

LONGEST_NAME = 200
MOST_NAMES = 200
LARGEST_CAP = 10_000_000
LARGEST_RATIO = 1_000_000
# What a file of numbers can hold, whatever reads it.
LARGEST_WHOLE_NUMBER = 2**63 - 1
_SPLITS_SENTENCE = "`splits` must give shares of train, validation and test that sum to 1."


def check_types(document: Mapping[str, Any], *, standard: Mapping[str, Any]) -> None:
    """Refuse values of another kind than the field's standard one: text, number, list of names, or mapping."""
    for name, value in document.items():
        _check_type(name, value, standard[name])


def _check_type(name: str, value: Any, standard: Any) -> None:
    if name == "length_ratio":
        _check_ratio(value)
    elif isinstance(standard, list):
        _check_names_list(name, value)
    elif isinstance(standard, dict):
        if not isinstance(value, Mapping) or not all(is_number(number) for number in value.values()):
            raise RecipeError(
                _SPLITS_SENTENCE if name == "splits" else f"`{name}` must give a number for each name."
            )
    elif isinstance(standard, str):
        _check_text(name, value)
    else:
        _check_number(name, value, standard)


def _check_number(name: str, value: Any, standard: Any) -> None:
    if isinstance(standard, int) and (not isinstance(value, int) or isinstance(value, bool)):
        raise RecipeError(f"`{name}` must be a whole number.")
    if not is_number(value):
        raise RecipeError(f"`{name}` must be a number.")


def _check_names_list(name: str, value: Any) -> None:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise RecipeError(f"`{name}` must be a list of names.")
    if len(value) > MOST_NAMES:
        raise RecipeError(f"`{name}` has {len(value):,} names. At most {MOST_NAMES} are possible.")
    for each in value:
        _check_text(name, each)


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise RecipeError(f"`{name}` must be a text.")
    if len(value) > LONGEST_NAME or "\x00" in value or any(map(_is_surrogate, value)):
        raise RecipeError(f"`{name}` holds a name that is longer than {LONGEST_NAME} characters, or broken.")


def _check_ratio(value: Any) -> None:
    is_list = isinstance(value, list | tuple) and all(is_number(each) for each in value)
    if not is_list or len(value) not in (0, 2) or (value and not 0 <= value[0] <= value[1] <= LARGEST_RATIO):
        raise RecipeError(
            "`length_ratio` must be empty, or two numbers such as [0.5, 2.0]: the least and the most of chosen "
            f"over rejected, up to {LARGEST_RATIO:,}."
        )


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number that files can hold; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE_NUMBER
    return isinstance(value, float) and isfinite(value)


def quoted(name: Any) -> str:
    """Return the beginning of a name for a sentence, which must be possible to write."""
    if not isinstance(name, str):
        return f"of type {type(name).__name__}"
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_surrogate(sign) else sign for sign in name[:40])


def _is_surrogate(sign: str) -> bool:
    return "\ud800" <= sign <= "\udfff"


def check_recipe(recipe: Mapping[str, Any], *, names: Mapping[str, tuple[str, ...]]) -> None:
    """Check a whole recipe in its stored form; `names` are those that each field knows."""
    _check_names(recipe, names)
    _check_shares(recipe)
    _check_numbers(recipe)
    _check_caps(recipe)
    if {"ratings", "answers"} & set(recipe["sources"]) and not recipe["scorers"]:
        raise RecipeError("`scorers` must name the scores that ratings and answers are read from.")
    if recipe["bad_to"] >= recipe["good_from"]:
        raise RecipeError("`bad_to` must lie below `good_from`: an answer is good or bad, never both.")
    _check_evaluations(recipe["decontaminate"])
    for measure in recipe["veto"]:
        parse_guard(measure)
    if recipe["weight_by"]:
        parse_guard(recipe["weight_by"], field="weight_by")


def _check_names(recipe: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> None:
    if not recipe["sources"]:
        raise RecipeError(f"`sources` must name some of {', '.join(names['sources'])}; got nothing.")
    for field, known in names.items():
        value = recipe[field]
        given = [value] if isinstance(value, str) else list(value)
        strangers = [quoted(name) for name in given if name not in known]
        if strangers and field == "splits":
            raise RecipeError(_SPLITS_SENTENCE)
        if strangers:
            raise RecipeError(f"`{field}` knows {', '.join(known)}; got {', '.join(strangers)}.")


def _check_shares(recipe: Mapping[str, Any]) -> None:
    splits = recipe["splits"]
    if set(splits) != {"train", "validation", "test"} or abs(sum(splits.values()) - 1) > 1e-9:
        raise RecipeError(_SPLITS_SENTENCE)
    if min(splits.values()) < 0 or splits["train"] <= 0:
        raise RecipeError("`splits` must not be negative, and train must have a share.")


def _check_numbers(recipe: Mapping[str, Any]) -> None:
    for name in ("minimum_agreement", "minimum_confidence"):
        if not 0 <= recipe[name] <= 1:
            raise RecipeError(f"`{name}` must lie between 0 and 1.")
    for name in ("near_duplicate", "shared_meaning"):
        if not 0 < recipe[name] <= 1:
            raise RecipeError(f"`{name}` must lie above 0 and at most at 1.")
    if recipe["minimum_gap"] < 0:
        raise RecipeError("`minimum_gap` must not be negative.")
    if not 3 <= recipe["shared_words"] <= 100:
        raise RecipeError("`shared_words` must lie between 3 and 100: fewer words are shared by chance.")
    if not 1 <= recipe["balance_ratio"] <= LARGEST_RATIO:
        raise RecipeError(
            f"`balance_ratio` must lie between 1 and {LARGEST_RATIO:,}: the largest group over the smallest."
        )


def _check_caps(recipe: Mapping[str, Any]) -> None:
    for name, cap in recipe["caps"].items():
        if not isinstance(cap, int) or not 1 <= cap <= LARGEST_CAP:
            raise RecipeError(f"`caps` must be whole numbers of at least 1; {name} is {cap}.")


def _check_evaluations(references: list[str]) -> None:
    for reference in references:
        kind, _colon, name = reference.partition(":")
        if kind not in ("version", "responses", "texts") or not name:
            raise RecipeError(
                f"`decontaminate` names evaluation sets as version:name@1, responses:name or texts:name; "
                f"got {reference[:60]}."
            )
