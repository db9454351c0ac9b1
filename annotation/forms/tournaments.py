"""What a tournament is opened with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.services.ranking.tournament_opening import TournamentPlan
from curation.models import ModelEndpoint, Project, ResponseSet
from language_models.judges import JUDGES

PEOPLE = ""


class TournamentForm(forms.Form):
    """Which answers meet, and who says which is better."""

    name = forms.CharField(label=_("name"), max_length=100)
    response_set = forms.ModelChoiceField(
        label=_("answers of"),
        queryset=ResponseSet.objects.none(),
        to_field_name="uuid",
        empty_label=None,
        help_text=_("All models of the set play, on each prompt those that answered it."),
    )
    judge = forms.ChoiceField(label=_("judged by"), required=False)
    endpoint = forms.ModelChoiceField(
        label=_("asked through"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("nobody: people play"),
    )
    seed = forms.IntegerField(
        label=_("seed"),
        min_value=0,
        max_value=2**31 - 1,
        initial=0,
        help_text=_("It draws the brackets, and the coin where nothing else decides."),
    )

    def __init__(self, sent: Any = None, *, project: Project) -> None:
        super().__init__(sent)
        sets = ResponseSet.objects.for_project(project).filter(archived_at__isnull=True)
        self.fields["response_set"].queryset = sets.order_by("-id")  # type: ignore[attr-defined]
        endpoints = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
        self.fields["endpoint"].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]
        judges = [JUDGES.load(name) for name in JUDGES]
        # A tournament asks one model: a jury's other members have no place here.
        offered = [(judge.name, judge.title) for judge in judges if "others" not in judge.wants]
        self.fields["judge"].choices = [(PEOPLE, _("people, in a queue")), *offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A judge needs an endpoint to be asked through; people need none."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("judge") and not cleaned.get("endpoint"):
            self.add_error("endpoint", _("Choose through which endpoint the judge is asked."))
        return cleaned

    def plan(self) -> TournamentPlan:
        """Return what was asked for."""
        judge = self.cleaned_data["judge"]
        return TournamentPlan(
            name=self.cleaned_data["name"],
            response_set=self.cleaned_data["response_set"],
            judge=judge,
            endpoint=self.cleaned_data["endpoint"] if judge else None,
            seed=self.cleaned_data["seed"],
        )
