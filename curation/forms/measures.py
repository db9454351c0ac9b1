"""What a measure is run over, what it is used for, and which two models it compares."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from curation.domain.scoring.scopes import ScoringScope
from curation.models import ModelVersion, Project, ResponseSet, Scorer
from curation.queries.corpus.saved_views import views_of
from curation.queries.scoring.measures import check_measures
from curation.queries.versions.datasets import frozen_versions_of_project
from curation.queries.writing.generation import models_in, response_sets

MOST_OFFERED = 100
USES = {"veto": _("may never be chosen"), "weight": _("weights in training"), "best": _("best of n")}


class ScopeForm(forms.Form):
    """Which answers to score: all, or those of a view, a dataset version, a response set or a recipe."""

    scope = forms.ChoiceField(label=_("Run over"))
    recipe = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["scope"].choices = [  # type: ignore[attr-defined]
            ("all", _("all answers of the project")),
            ("recipe", _("what a recipe takes")),
            (
                _("Saved views"),
                [(f"view:{view.uuid}", view.name) for view in views_of(project)[:MOST_OFFERED]],
            ),
            (
                _("Dataset versions"),
                [
                    (f"version:{version.uuid}", str(version))
                    for version in frozen_versions_of_project(project, limit=MOST_OFFERED)
                ],
            ),
            (_("Response sets"), [(f"responses:{each.uuid}", each.name) for each in response_sets(project)]),
        ]

    def clean_recipe(self) -> Any:
        """Read the recipe's document."""
        try:
            return json.loads(self.cleaned_data["recipe"] or "{}")
        except ValueError as error:
            raise ValidationError(_("The recipe cannot be read. Preview it again.")) from error

    @property
    def chosen_scope(self) -> ScoringScope:
        """The scope that was chosen."""
        kind, _colon, uuid = self.cleaned_data["scope"].partition(":")
        return ScoringScope(kind=kind, uuid=uuid, recipe=self.cleaned_data.get("recipe") or {})


class MeasureUseForm(forms.Form):
    """The use of a measure that a new recipe begins with."""

    measure = forms.UUIDField()
    use = forms.ChoiceField(choices=list(USES.items()))

    def beginning(self, scorer: Scorer) -> dict[str, Any]:
        """Return what the recipe's form begins with."""
        if self.cleaned_data["use"] == "veto":
            return {"veto": [scorer.name]}
        if self.cleaned_data["use"] == "weight":
            return {"weight_by": scorer.name}
        return {"sources": ["ratings"], "scorers": [scorer.name], "list_pairs": "best_worst"}

    @property
    def uuid(self) -> UUID:
        """Which measure."""
        uuid: UUID = self.cleaned_data["measure"]
        return uuid


class RegressionForm(forms.Form):
    """A measure, an older and a newer model of a response set, and what is tolerated."""

    measure = forms.ModelChoiceField(label=_("Measure"), queryset=Scorer.objects.none(), to_field_name="uuid")
    before = forms.ModelChoiceField(
        label=_("Older model"), queryset=ModelVersion.objects.none(), to_field_name="uuid"
    )
    after = forms.ModelChoiceField(
        label=_("Newer model"), queryset=ModelVersion.objects.none(), to_field_name="uuid"
    )
    tolerated_percent = forms.FloatField(
        label=_("Tolerated, in percentage points"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("The newer model may fail so much more often."),
    )

    def __init__(self, *arguments: Any, response_set: ResponseSet, **options: Any) -> None:
        super().__init__(*arguments, **options)
        named = [each["model_version"] for each in models_in(response_set)]
        models = ModelVersion.objects.for_project(response_set.project).filter(pk__in=named).order_by("id")
        self._choose("measure", check_measures(response_set.project))
        for side in ("before", "after"):
            self._choose(side, models)

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a model beside itself."""
        values = super().clean() or self.cleaned_data
        if values.get("before") and values.get("before") == values.get("after"):
            self.add_error("after", _("Choose two different models."))
        return values

    @property
    def tolerated(self) -> float:
        """What is tolerated, as a share."""
        return float(self.cleaned_data.get("tolerated_percent") or 0.0) / 100
