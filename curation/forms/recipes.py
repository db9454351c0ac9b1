"""A recipe field by field: the same recipe can be written as YAML, and either becomes the other."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.errors import RecipeError
from curation.domain.versions.recipes import (
    BALANCES,
    CAPS,
    COMMERCIAL_USES,
    DUPLICATES,
    LIST_PAIRS,
    MAX_RECIPE_CHARACTERS,
    SOURCES,
    SPLITS,
    TIES,
    DatasetRecipe,
    parse_recipe,
    read_recipe,
)

SOURCE_LABELS = {
    "mined": _("Pairs mined from feedback"),
    "annotated": _("Pairs that people made"),
    "candidates": _("Answers that users had written anew, where people judged them"),
    "edits": _("Answers that users edited, where people judged them"),
    "comparisons": _("Two answers that the source compared"),
    "lists": _("Answers that the source ranked"),
    "ratings": _("Answers to one prompt, by the scores named below"),
    "answers": _("Single answers that the scores named below call good or bad"),
}
LIST_LABELS = {
    "all": _("every pair of ranks"),
    "adjacent": _("neighbouring ranks"),
    "best_worst": _("the best and the worst"),
}
TIE_LABELS = {"dropped": _("leave them out"), "kept": _("keep them, marked as ties")}
DUPLICATE_LABELS = {
    "kept": _("keep them"),
    "exact": _("leave out what is the same word for word"),
    "near": _("leave out what is nearly the same, too"),
}
BALANCE_LABELS = {
    "none": _("leave the numbers as they are"),
    "language": _("by language"),
    "model": _("by model"),
    "source": _("by source"),
}
COMMERCIAL_LABELS = {"any": _("take all"), "only": _("take only what may be used commercially")}
CAP_LABELS = {
    "topic": _("of one topic"),
    "model": _("of one model"),
    "annotator": _("of one annotator"),
    "user": _("of one user"),
    "conversation": _("of one conversation"),
}
LINES = ("scorers", "languages", "models", "tags_wanted", "tags_refused", "decontaminate", "veto")
PLAIN = (
    *("view", "good_from", "bad_to", "minimum_agreement", "minimum_confidence", "list_pairs", "minimum_gap"),
    *("ties", "commercial_use", "duplicates", "shared_words", "shared_meaning", "balance", "balance_ratio"),
    *("near_duplicate", "seed", "weight_by"),
)


class LinesField(forms.CharField):
    """Names, one a line."""

    def __init__(self, **options: Any) -> None:
        area = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        super().__init__(required=False, widget=area, strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """Return the lines that hold anything."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        """Return names as lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


def _choices(names: tuple[str, ...], labels: Mapping[str, Any], label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(name, labels[name]) for name in names], required=False)


def _number(
    label: Any, *, least: float = 0, most: float | None = None, step: str = "any", **options: Any
) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": step})
    return forms.FloatField(
        label=label, min_value=least, max_value=most, required=False, widget=widget, **options
    )


class RecipeForm(forms.Form):
    """Every field of a recipe; what is written in `recipe` goes before them."""

    sources = forms.MultipleChoiceField(
        label=_("Take"),
        choices=[(name, SOURCE_LABELS[name]) for name in SOURCES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"required": _("Choose at least one kind of preference.")},
    )
    scorers = LinesField(label=_("Scores"), help_text=_("Names of scorers, one a line."))
    good_from = forms.FloatField(label=_("An answer is good from"), required=False)
    bad_to = forms.FloatField(label=_("An answer is bad up to"), required=False)
    veto = LinesField(
        label=_("May never be chosen what fails"),
        help_text=_("Measures in their order, one a line: NAME, NAME@VERSION or NAME >= 0.8."),
    )
    weight_by = forms.CharField(
        label=_("In training a row weighs what its chosen answer gets from"),
        max_length=200,
        required=False,
        help_text=_("One measure; rows that weigh 0 are left out."),
    )
    view = forms.CharField(label=_("Only conversations of the saved view"), max_length=120, required=False)
    languages = LinesField(label=_("Only these languages"), help_text=_("Codes such as en, one a line."))
    models = LinesField(label=_("Only answers of these models"), help_text=_("One a line."))
    tags_wanted = LinesField(label=_("Tags that must be there"), help_text=_("One a line."))
    tags_refused = LinesField(
        label=_("Tags that must not be there"),
        help_text=_("One a line. A tag stands for its kinds as well: pii for pii:email."),
    )
    minimum_agreement = _number(
        _("Least share of the votes behind a decision"), most=1, help_text=_("Between 0 and 1.")
    )
    minimum_confidence = _number(
        _("Mined pairs that nobody judged need a confidence of"),
        most=1,
        help_text=_("Between 0 and 1. Pairs that people judged need none: their verdict decides."),
    )
    list_pairs = _choices(LIST_PAIRS, LIST_LABELS, _("Of ranked and of rated answers take"))
    minimum_gap = _number(_("At least so many ranks, or so much of a score, apart"))
    ties = _choices(TIES, TIE_LABELS, _("Ties"))
    least_ratio = _number(_("Chosen is at least so many times as long as rejected"))
    most_ratio = _number(_("and at most"))
    commercial_use = _choices(COMMERCIAL_USES, COMMERCIAL_LABELS, _("Rights"))
    duplicates = _choices(DUPLICATES, DUPLICATE_LABELS, _("Repetitions"))
    decontaminate = LinesField(
        label=_("Keep apart from these evaluation sets"),
        help_text=_("One a line: version:name@1, responses:name or texts:name."),
    )
    shared_words = forms.IntegerField(
        label=_("A row goes that shares so many words in a row"), min_value=3, max_value=100, required=False
    )
    shared_meaning = _number(
        _("or whose prompt is so near in meaning"), most=1, help_text=_("Cosine, where there are embeddings.")
    )
    balance = _choices(BALANCES, BALANCE_LABELS, _("Balance"))
    balance_ratio = _number(_("The largest group over the smallest"), least=1)
    train = _number(_("Train"), most=1)
    validation = _number(_("Validation"), most=1)
    test = _number(_("Test"), most=1)
    near_duplicate = _number(
        _("Prompts are nearly the same from"),
        most=1,
        help_text=_("Cosine of their words and word sequences. Such prompts stay in one split."),
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
        super().__init__(data, initial={**fields_of(recipe), **(initial or {})})
        for name in CAPS:
            self.fields[f"cap_{name}"] = forms.IntegerField(
                label=CAP_LABELS[name], min_value=1, required=False, initial=recipe.caps.get(name)
            )

    @property
    def cap_fields(self) -> list[forms.BoundField]:
        """The fields that bound the rows of one topic, model and so on."""
        return [self[f"cap_{name}"] for name in CAPS]

    def clean(self) -> dict[str, Any]:
        """Check the recipe as a whole; what is wrong with it is said beside the part it stands in."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        written = values.get("recipe", "").strip()
        try:
            document = read_recipe(written) if written else self._document(values)
            values["document"] = parse_recipe(document).as_json()
        except RecipeError as error:
            self.add_error("recipe" if written else None, str(error))
        return values

    def _document(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the fields as a recipe; an empty one keeps its standard, but no source chosen is no source."""
        document: dict[str, Any] = {"sources": values["sources"]}
        document |= {name: values[name] for name in PLAIN if values.get(name) not in (None, "")}
        # Lists that were sent empty are meant empty; those that were not sent at all keep their standard.
        document |= {name: values[name] for name in LINES if name in self.data}
        document["splits"] = {split: values.get(split) or 0.0 for split in SPLITS}
        document["caps"] = {name: values[f"cap_{name}"] for name in CAPS if values.get(f"cap_{name}")}
        if values.get("most_ratio"):
            document["length_ratio"] = [values.get("least_ratio") or 0.0, values["most_ratio"]]
        elif values.get("least_ratio"):
            raise RecipeError("Say how long the chosen answer may be at most, beside how long at least.")
        return document


def fields_of(recipe: DatasetRecipe) -> dict[str, Any]:
    """Return a recipe as the values of the form's fields."""
    least, most = recipe.length_ratio or (None, None)
    caps = {f"cap_{name}": cap for name, cap in recipe.caps.items()}
    return {**recipe.as_json(), **recipe.splits, **caps, "least_ratio": least, "most_ratio": most}
