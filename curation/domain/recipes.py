"""Dataset recipes: which preferences a version takes, which it refuses, and how it is split."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from math import isfinite
from typing import Any

import yaml

from curation.domain.errors import RecipeError

SOURCES = ("mined", "annotated", "comparisons", "lists")
LIST_PAIRS = ("all", "adjacent", "best_worst")
SPLITS = ("train", "validation", "test")
DEFAULT_SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}
# A recipe takes a few hundred characters; what is longer is another file.
MAX_RECIPE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecipe:
    """What a version is made of.

    `sources` names the kinds of preference; `minimum_confidence` in [0, 1] applies to mined pairs that nobody
    judged; `list_pairs` says which pairs a ranked list gives; `splits` are shares that sum to 1; rows whose
    prompts are at least `near_duplicate` alike (cosine of word trigrams, in (0, 1]) stay in one split.
    """

    sources: tuple[str, ...] = SOURCES
    minimum_confidence: float = 0.0
    list_pairs: str = "all"
    splits: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SPLITS))
    near_duplicate: float = 0.8
    seed: int = 7

    def as_json(self) -> dict[str, Any]:
        """Return the recipe in the form that is stored and hashed."""
        return {**asdict(self), "sources": list(self.sources), "splits": dict(self.splits)}

    def as_yaml(self) -> str:
        """Return the recipe as people write it; `read_recipe` reads it back."""
        return yaml.safe_dump(self.as_json(), sort_keys=False, allow_unicode=True)


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
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RecipeError("The recipe is not YAML or JSON.") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise RecipeError("A recipe is a list of fields with their values, such as `sources: [mined]`.")
    return document


def parse_recipe(document: Mapping[str, Any]) -> DatasetRecipe:
    """Check a recipe's document; raises RecipeError with a sentence that names the field."""
    known = {entry.name for entry in fields(DatasetRecipe)}
    unknown = sorted(str(name)[:40] for name in set(document) - known)
    if unknown:
        message = f"A recipe has no field {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        raise RecipeError(message)
    _check_types(document)
    values = dict(document)
    if "sources" in values:
        values["sources"] = tuple(dict.fromkeys(values["sources"]))
    recipe = DatasetRecipe(**values)
    _check_names(recipe)
    _check_shares(recipe)
    return recipe


def _check_types(document: Mapping[str, Any]) -> None:
    sources = document.get("sources", [])
    if not isinstance(sources, list | tuple) or not all(isinstance(name, str) for name in sources):
        raise RecipeError(f"`sources` must be a list of names out of {', '.join(SOURCES)}.")
    splits = document.get("splits", {})
    if not isinstance(splits, Mapping) or not all(_is_number(share) for share in splits.values()):
        raise RecipeError("`splits` must give shares of train, validation and test that sum to 1.")
    for name in ("minimum_confidence", "near_duplicate"):
        if not _is_number(document.get(name, 0)):
            raise RecipeError(f"`{name}` must be a number.")
    seed = document.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise RecipeError("`seed` must be a whole number.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _check_names(recipe: DatasetRecipe) -> None:
    strangers = [name for name in recipe.sources if name not in SOURCES]
    if strangers or not recipe.sources:
        message = (
            f"`sources` must name some of {', '.join(SOURCES)}; got {', '.join(strangers) or 'nothing'}."
        )
        raise RecipeError(message)
    if recipe.list_pairs not in LIST_PAIRS:
        message = f"`list_pairs` must be one of {', '.join(LIST_PAIRS)}; got {recipe.list_pairs!r}."
        raise RecipeError(message)


def _check_shares(recipe: DatasetRecipe) -> None:
    if set(recipe.splits) != set(SPLITS) or abs(sum(recipe.splits.values()) - 1) > 1e-9:
        message = "`splits` must give shares of train, validation and test that sum to 1."
        raise RecipeError(message)
    if min(recipe.splits.values()) < 0 or recipe.splits["train"] <= 0:
        message = "`splits` must not be negative, and train must have a share."
        raise RecipeError(message)
    if not 0 <= recipe.minimum_confidence <= 1:
        message = "`minimum_confidence` must lie between 0 and 1."
        raise RecipeError(message)
    if not 0 < recipe.near_duplicate <= 1:
        message = "`near_duplicate` must lie above 0 and at most at 1."
        raise RecipeError(message)


def pairs_from_ranks(ranks: Mapping[int, int], *, rule: str) -> list[tuple[int, int]]:
    """Turn the ranks of k responses (id → rank, lower is better) into (chosen, rejected) pairs, without ties.

    `all` gives up to k(k-1)/2 pairs, `adjacent` those of neighbouring ranks, `best_worst` the extremes.
    """
    levels = sorted(set(ranks.values()))
    wanted = {
        "all": {(high, low) for high in levels for low in levels if high < low},
        "adjacent": set(pairwise(levels)),
        "best_worst": {(levels[0], levels[-1])} if len(levels) > 1 else set(),
    }[rule]
    return [
        (better, worse)
        for better, better_rank in ranks.items()
        for worse, worse_rank in ranks.items()
        if (better_rank, worse_rank) in wanted
    ]
