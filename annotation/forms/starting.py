"""Starting a set and going on with it: ready criteria, whom to ask, and what is split or merged."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.domain.criteria.ready import ReadyCriterion
from annotation.forms.criteria import CriterionForm
from annotation.models import CriteriaSet, Criterion
from annotation.queries.criteria.assertions import current_criteria
from annotation.services.criteria.sets import Wording
from curation.models import ModelEndpoint, Project


class ReadyForm(forms.Form):
    """Ready criteria to begin with."""

    keys = forms.MultipleChoiceField(
        label=_("ready criteria"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, *arguments: Any, ready: list[ReadyCriterion], **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [(each.key, f"{each.name}: {each.text}") for each in ready]
        self.fields["keys"].choices = choices  # type: ignore[attr-defined]


class EndpointForm(forms.Form):
    """Which of the project's endpoints is asked."""

    endpoint = forms.ModelChoiceField(
        label=_("endpoint"), queryset=ModelEndpoint.objects.none(), to_field_name="uuid", empty_label=None
    )

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        endpoints = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
        self.fields["endpoint"].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """The two criteria that one is split into."""

    first_name = forms.CharField(label=_("first: short name"), max_length=80)
    first_text = forms.CharField(
        label=_("first: what a good answer does"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    second_name = forms.CharField(label=_("second: short name"), max_length=80)
    second_text = forms.CharField(
        label=_("second: what a good answer does"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def wordings(self, *, tolerance: float) -> list[Wording]:
        """The two wordings, with the tolerance of the one that is split."""
        cleaned = self.cleaned_data
        return [
            Wording(
                name=cleaned[f"{part}_name"], text=cleaned[f"{part}_text"], max_false_failure_rate=tolerance
            )
            for part in ("first", "second")
        ]


class MergeForm(CriterionForm):
    """What a criterion is merged with, and the wording of both together."""

    with_criteria = forms.ModelMultipleChoiceField(
        label=_("merge with"),
        queryset=Criterion.objects.none(),
        to_field_name="uuid",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one criterion to merge with.")},
    )
    field_order = ("with_criteria", "name", "text", "tolerated_percent")

    def __init__(self, *arguments: Any, criterion: Criterion, **options: Any) -> None:
        super().__init__(*arguments, **options)
        criteria_set: CriteriaSet = criterion.criteria_set
        others = current_criteria(criteria_set).exclude(pk=criterion.pk)
        self.fields["with_criteria"].queryset = others  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Up or down."""

    by = forms.ChoiceField(choices=[("-1", _("up")), ("1", _("down"))])
