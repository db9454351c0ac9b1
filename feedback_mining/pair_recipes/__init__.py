"""Pair recipes: how preference pairs are proposed from a mined conversation.

A recipe is a class without arguments that fits `feedback_mining.domain.pairs.PairRecipe`. To add one, write a
module here and list it below, or name it in the entry-point group `harken.pair_recipes`.
"""

from curation.domain.catalogue import Catalogue
from feedback_mining.domain.pairs import PairRecipe

PAIR_RECIPES: Catalogue[PairRecipe] = Catalogue(
    "pair_recipes",
    singular="pair recipe",
    built_in={
        "dsat_then_accepted": "feedback_mining.pair_recipes.dsat_then_accepted.DsatThenAccepted",
        "dsat_then_better": "feedback_mining.pair_recipes.dsat_then_better.DsatThenBetter",
        "expert": "feedback_mining.pair_recipes.expert.Expert",
        "on_policy": "feedback_mining.pair_recipes.on_policy.OnPolicy",
        "constraint": "feedback_mining.pair_recipes.constraint.ConstraintRecipe",
        "sat_positive": "feedback_mining.pair_recipes.sat_positive.SatPositive",
        "negative_only": "feedback_mining.pair_recipes.negative_only.NegativeOnly",
    },
)


def load_pair_recipe(name: str) -> PairRecipe:
    """Return the recipe of a name; raises UnknownFormatError, with the known names, for another."""
    return PAIR_RECIPES.load(name)
