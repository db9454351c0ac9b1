"""Dataset recipes: which preferences a version takes, which it refuses, and how it is split."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import yaml

from curation.domain.errors import RecipeError
from curation.domain.versions.recipe_checks import check_recipe, check_types, quoted

SOURCES = ("mined", "annotated", "candidates", "edits", "comparisons", "lists", "ratings", "answers")
# Ratings and answers need the name of a scorer, so a recipe takes them only where it says so.
DEFAULT_SOURCES = SOURCES[:6]
LIST_PAIRS = ("all", "adjacent", "best_worst")
TIES = ("dropped", "kept")
DUPLICATES = ("kept", "exact", "near")
BALANCES = ("none", "language", "model", "source")
COMMERCIAL_USES = ("any", "only")
CAPS = ("topic", "model", "annotator", "user", "conversation")
SPLITS = ("train", "validation", "test")
DEFAULT_SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}
# Personal data, and encoded text that a model would learn to write, stay out unless the recipe lets them in.
DEFAULT_TAGS_REFUSED = ("pii", "encoded_text")
# A recipe takes a few hundred characters; what is longer is another file.
MAX_RECIPE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecipe:
    """What a version is made of; "" and an empty list ask for nothing.

    `scorers` name the scores that `ratings` derive pairs from and `answers` are judged by: good from `good_from`
    on, bad up to `bad_to`. `view` names a saved view. A tag names its kinds as well: pii stands for pii:email.
    `minimum_agreement` in [0, 1] is the share of votes behind what people decided; `minimum_confidence` in [0, 1]
    applies to mined pairs that nobody judged. `list_pairs` says which pairs lists and ratings give, of ranks or
    values at least `minimum_gap` apart. `decontaminate` names evaluation sets (version:name@1, responses:name,
    texts:name): a row is dropped that shares `shared_words` words in a row with one, or whose prompt's vector is
    nearer than `shared_meaning` to one's. `caps` bound the rows of one topic, model and so on. With `balance` no
    group has more than `balance_ratio` times the rows of the smallest. `length_ratio` bounds the length of chosen
    over rejected. `veto` names measures in their order, as NAME, NAME@VERSION or NAME >= 0.8: an answer that fails one
    may never be chosen, nor may one that it has not scored; `weight_by` names the measure whose value of the chosen
    answer is the row's weight in training. `splits` are shares that sum to 1; rows whose prompts are at least
    `near_duplicate` alike (cosine of word trigrams, in (0, 1]) stay in one split.
    """

    sources: tuple[str, ...] = DEFAULT_SOURCES
    scorers: tuple[str, ...] = ()
    good_from: float = 1.0
    bad_to: float = -1.0
    view: str = ""
    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags_wanted: tuple[str, ...] = ()
    tags_refused: tuple[str, ...] = DEFAULT_TAGS_REFUSED
    minimum_agreement: float = 0.0
    minimum_confidence: float = 0.0
    list_pairs: str = "all"
    minimum_gap: float = 0.0
    ties: str = "dropped"
    length_ratio: tuple[float, ...] = ()
    commercial_use: str = "any"
    veto: tuple[str, ...] = ()
    weight_by: str = ""
    duplicates: str = "exact"
    decontaminate: tuple[str, ...] = ()
    shared_words: int = 13
    shared_meaning: float = 0.95
    caps: Mapping[str, int] = field(default_factory=dict)
    balance: str = "none"
    balance_ratio: float = 1.0
    splits: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SPLITS))
    near_duplicate: float = 0.8
    seed: int = 7

    def as_json(self) -> dict[str, Any]:
        """Return the recipe in the form that is stored and hashed."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    def as_yaml(self) -> str:
        """Return the recipe as people write it; `read_recipe` reads it back."""
        return yaml.safe_dump(self.as_json(), sort_keys=False, allow_unicode=True)


NAMES: Mapping[str, tuple[str, ...]] = {
    "sources": SOURCES,
    "list_pairs": LIST_PAIRS,
    "ties": TIES,
    "duplicates": DUPLICATES,
    "balance": BALANCES,
    "commercial_use": COMMERCIAL_USES,
    "caps": CAPS,
    "splits": SPLITS,
}


def read_recipe(text: str) -> dict[str, Any]:
    """Read a recipe's document from YAML or JSON; raises RecipeError with the place that is wrong."""
    if len(text) > MAX_RECIPE_CHARACTERS:
        message = f"A recipe has at most {MAX_RECIPE_CHARACTERS:,} characters, and this has {len(text):,}."
        raise RecipeError(message)
    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else "its beginning"
        raise RecipeError(f"The recipe is not YAML or JSON at {place}: {error.problem}.") from error
    except Exception as error:  # what stands behind a tag is built by code that raises anything
        raise RecipeError("The recipe is not YAML or JSON.") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise RecipeError("A recipe is a list of fields with their values, such as `sources: [mined]`.")
    return document


def parse_recipe(document: Mapping[str, Any]) -> DatasetRecipe:
    """Check a recipe's document; raises RecipeError with a sentence that names the field."""
    known = [each.name for each in fields(DatasetRecipe)]
    unknown = sorted(quoted(name) for name in set(document) - set(known))
    if unknown:
        message = f"A recipe has no field {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        raise RecipeError(message)
    standard = DatasetRecipe().as_json()
    check_types(document, standard=standard)
    values = {name: _frozen(value, standard[name]) for name, value in document.items()}
    recipe = DatasetRecipe(**values)
    check_recipe(recipe.as_json(), names=NAMES)
    return recipe


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _frozen(value: Any, standard: Any) -> Any:
    """Return a value in the type of its field: lists without repetitions, and 1 for 1.0 read as the same number."""
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(value)) if all(isinstance(each, str) for each in value) else tuple(value)
    if isinstance(standard, float):
        return float(value)
    return dict(value) if isinstance(value, Mapping) else value
