"""Forms about datasets: the recipe field by field, or as it is written."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.errors import RecipeError
from curation.domain.recipes import (
    LIST_PAIRS,
    MAX_RECIPE_CHARACTERS,
    SOURCES,
    SPLITS,
    DatasetRecipe,
    parse_recipe,
    read_recipe,
)

SOURCE_LABELS = {
    "mined": _("Pairs mined from feedback"),
    "annotated": _("Pairs that people made"),
    "comparisons": _("Two answers that the source compared"),
    "lists": _("Answers that the source ranked"),
}
LIST_LABELS = {
    "all": _("every pair of ranks"),
    "adjacent": _("neighbouring ranks"),
    "best_worst": _("the best and the worst"),
}


class DatasetForm(forms.Form):
    """A name and a recipe; what is written in `recipe` goes before the fields."""

    name = forms.SlugField(
        label=_("Name"), max_length=80, help_text=_("Letters, digits and hyphens, such as helpful-answers.")
    )
    sources = forms.MultipleChoiceField(
        label=_("Take"),
        choices=[(name, SOURCE_LABELS[name]) for name in SOURCES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"required": _("Choose at least one kind of preference.")},
    )
    minimum_confidence = forms.FloatField(
        label=_("Mined pairs that nobody judged need a confidence of"),
        min_value=0,
        max_value=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Between 0 and 1. Pairs that people judged need none: their verdict decides."),
    )
    list_pairs = forms.ChoiceField(
        label=_("Of ranked answers take"),
        choices=[(name, LIST_LABELS[name]) for name in LIST_PAIRS],
        required=False,
    )
    train = forms.FloatField(label=_("Train"), min_value=0, max_value=1, required=False)
    validation = forms.FloatField(label=_("Validation"), min_value=0, max_value=1, required=False)
    test = forms.FloatField(label=_("Test"), min_value=0, max_value=1, required=False)
    near_duplicate = forms.FloatField(
        label=_("Keep prompts in one split that are alike to"),
        min_value=0,
        max_value=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Cosine of their words and word sequences, above 0 and at most 1."),
    )
    seed = forms.IntegerField(label=_("Seed"), required=False)
    recipe = forms.CharField(
        label=_("The recipe as YAML or JSON"),
        max_length=MAX_RECIPE_CHARACTERS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "code"}),
        help_text=_("Whatever is written here takes the place of the fields above."),
    )

    def __init__(
        self, data: Any = None, *, stored: DatasetRecipe | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        recipe = stored or DatasetRecipe()
        super().__init__(data, initial={**recipe.as_json(), **recipe.splits, **(initial or {})})
        if stored is not None:
            del self.fields["name"]

    def clean(self) -> dict[str, Any]:
        """Check the recipe as a whole; what is wrong with it is said beside the part it stands in."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        written = values.get("recipe", "").strip()
        try:
            document = read_recipe(written) if written else _document_of(values)
            values["document"] = parse_recipe(document).as_json()
        except RecipeError as error:
            self.add_error("recipe" if written else None, str(error))
        return values


def _document_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as a recipe; an empty one keeps its default, but no source chosen is no source."""
    document: dict[str, Any] = {"sources": values["sources"]}
    for name in ("minimum_confidence", "list_pairs", "near_duplicate", "seed"):
        if values.get(name) not in (None, ""):
            document[name] = values[name]
    document["splits"] = {split: values.get(split) or 0.0 for split in SPLITS}
    return document
