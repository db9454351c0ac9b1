"""What a researcher sends to validate a judge, to have one label, and what an admin asks of all of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import JudgeThresholds, Queue
from annotation.queries.judges.slices import slice_choices
from curation.models import ModelEndpoint, Project
from curation.services.judging.runs import JudgeChoice
from language_models.judges import JUDGES

USUAL_JUDGE = "pairwise"


class ValidationForm(forms.Form):
    """Which judge is held against which decisions of people, and through whom it is asked."""

    slice = forms.ChoiceField(label=_("Pairs that people decided"))
    most = forms.IntegerField(
        label=_("At most so many pairs"),
        min_value=1,
        max_value=5000,
        initial=300,
        help_text=_("Drawn by chance, the same each time."),
    )
    judge = forms.ChoiceField(label=_("Judge"), widget=forms.RadioSelect, initial=USUAL_JUDGE)
    endpoint = forms.ModelChoiceField(
        label=_("Asked through"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        empty_label=None,
    )
    others = forms.ModelMultipleChoiceField(
        label=_("Further endpoints"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For a jury or a cascade alone: the other models of the jury, or the strong model."),
    )
    rubric = forms.CharField(
        label=_("Rubric"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What scores by a rubric are about. Left empty: how well the answer serves the user."),
    )

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.plugins = [JUDGES.load(name) for name in JUDGES]
        self.fields["slice"].choices = slice_choices(project)  # type: ignore[attr-defined]
        self.fields["judge"].choices = [(each.name, each.title) for each in self.plugins]  # type: ignore[attr-defined]
        endpoints = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
        for name in ("endpoint", "others"):
            self.fields[name].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse to ask one endpoint twice."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("endpoint") in (cleaned.get("others") or ()):
            self.add_error("others", _("Choose other endpoints than the one that is asked first."))
        return cleaned

    @property
    def choice(self) -> JudgeChoice:
        """Who judges."""
        given = self.cleaned_data
        return JudgeChoice(
            judge=given["judge"],
            endpoint=given["endpoint"],
            others=tuple(given["others"]),
            rubric=given["rubric"],
        )


class LabellingForm(forms.Form):
    """Whose undecided pairs a judge is to label."""

    queue = forms.ModelChoiceField(
        label=_("Queue"), queryset=Queue.objects.none(), to_field_name="uuid", empty_label=None
    )

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["queue"].queryset = Queue.objects.for_project(project).order_by("-id")  # type: ignore[attr-defined]


class ThresholdsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a project asks of its judges."""

    class Meta:
        model = JudgeThresholds
        fields = ("kappa", "pi", "pairs", "dummies", "rank", "systems")
        widgets = {
            name: forms.NumberInput(attrs={"step": "0.01", "min": "0", "max": "1"})
            for name in ("kappa", "pi", "dummies", "rank")
        }
