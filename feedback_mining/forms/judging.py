"""What people may ask of judges: which two models of a set they compare, and which verdicts are listed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.models import JudgedPair, ModelEndpoint, ResponseSet
from curation.queries.judging.questions import contestants
from curation.services.judging.runs import JudgeChoice, JudgePlan
from feedback_mining.queries.evaluation import PLAIN
from feedback_mining.services.evaluation import GUIDED, judge_plan
from language_models.judges import JUDGES


class PairRowsForm(forms.Form):
    """Which of a set's judged pairs are listed."""

    run = forms.UUIDField(required=False)
    outcome = forms.ChoiceField(choices=[("", _("all")), *JudgedPair.Outcome.choices], required=False)
    after = forms.UUIDField(required=False)


class JudgingForm(forms.Form):
    """Which judges compare which two models of a set, and through whom they are asked."""

    judges = forms.MultipleChoiceField(
        label=_("Judges"), widget=forms.CheckboxSelectMultiple, initial=[GUIDED, PLAIN]
    )
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
    model_a = forms.ChoiceField(label=_("Model A"))
    model_b = forms.ChoiceField(label=_("Model B"))

    def __init__(self, *arguments: object, response_set: ResponseSet, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.response_set = response_set
        self.models = {str(each.uuid): each for each in contestants(response_set)}
        named = [(key, str(model)) for key, model in self.models.items()]
        for place, name in enumerate(("model_a", "model_b")):
            self.fields[name].choices = named  # type: ignore[attr-defined]
            self.fields[name].initial = named[place][0] if len(named) > place else None
        plugins = [JUDGES.load(name) for name in JUDGES]
        self.fields["judges"].choices = [(each.name, each.title) for each in plugins]  # type: ignore[attr-defined]
        endpoints = ModelEndpoint.objects.for_project(response_set.project).filter(archived_at__isnull=True)
        for name in ("endpoint", "others"):
            self.fields[name].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse to compare a model with itself."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("model_a") and cleaned.get("model_a") == cleaned.get("model_b"):
            self.add_error("model_b", _("Choose another model than A."))
        if cleaned.get("endpoint") in (cleaned.get("others") or ()):
            self.add_error("others", _("Choose other endpoints than the one that is asked first."))
        return cleaned

    def plans(self) -> list[JudgePlan]:
        """Return what each chosen judge is to compare."""
        given = self.cleaned_data
        return [
            judge_plan(
                response_set=self.response_set,
                choice=JudgeChoice(
                    judge=judge,
                    endpoint=given["endpoint"],
                    others=tuple(given["others"]),
                    rubric=given["rubric"],
                ),
                models=(self.models[given["model_a"]], self.models[given["model_b"]]),
            )
            for judge in given["judges"]
        ]
