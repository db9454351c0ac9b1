"""Dataset recipes: which preferences enter, how lists become pairs, and how rows are split."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from curation.domain.errors import RecipeError

SOURCES = ("mined", "annotated", "comparisons", "lists")
LIST_PAIRS = ("all", "adjacent", "best_worst")
SPLITS = ("train", "validation", "test")
DEFAULT_SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecipe:
    """What a version is made of.

    `sources` names the kinds of preference; `minimum_confidence` in [0, 1] applies to mined pairs that nobody
    judged; `list_pairs` says which pairs a ranked list gives; `splits` are shares that sum to 1; rows whose prompts
    are at least `near_duplicate` alike (cosine of word trigrams, in (0, 1]) stay in one split.
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


def parse_recipe(document: Mapping[str, Any]) -> DatasetRecipe:
    """Read a recipe from JSON or YAML; raises RecipeError with a sentence that names the field."""
    known = {entry.name for entry in fields(DatasetRecipe)}
    unknown = sorted(set(document) - known)
    if unknown:
        message = f"A recipe has no field {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        raise RecipeError(message)
    values = dict(document)
    if "sources" in values:
        values["sources"] = tuple(values["sources"])
    recipe = DatasetRecipe(**values)
    _check_names(recipe)
    _check_shares(recipe)
    return recipe


def _check_names(recipe: DatasetRecipe) -> None:
    strangers = [name for name in recipe.sources if name not in SOURCES]
    if strangers or not recipe.sources:
        message = f"`sources` must name some of {', '.join(SOURCES)}; got {', '.join(strangers) or 'nothing'}."
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
    """Turn the ranks of k responses (id → rank, lower is better) into (chosen, rejected) pairs; ties give none.

    `all` gives up to k(k-1)/2 pairs, `adjacent` those of neighbouring ranks, `best_worst` those of the extremes.
    """
    levels = sorted(set(ranks.values()))
    wanted = {
        "all": {(high, low) for high in levels for low in levels if high < low},
        "adjacent": set(zip(levels, levels[1:], strict=False)),
        "best_worst": {(levels[0], levels[-1])} if len(levels) > 1 else set(),
    }[rule]
    return [
        (better, worse)
        for better, better_rank in ranks.items()
        for worse, worse_rank in ranks.items()
        if (better_rank, worse_rank) in wanted
    ]
