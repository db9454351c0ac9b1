"""What researchers write down as criteria, and the thumbs that they give."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Criterion
from annotation.queries.criteria.grading import POLICIES
from annotation.services.criteria.sets import GradeSheet, Wording

THUMBS = {"good": True, "bad": False, "": None}


class CriteriaSetForm(forms.Form):
    """A new set of criteria."""

    name = forms.CharField(label=_("name"), max_length=120)


class CriterionForm(forms.Form):
    """The wording of a criterion, and how many wrongly failed answers are tolerated."""

    name = forms.CharField(label=_("short name"), max_length=80)
    text = forms.CharField(
        label=_("what a good answer does"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One sentence that is true of a good answer."),
    )
    tolerated_percent = forms.FloatField(
        label=_("tolerated false failures, in percent"),
        min_value=0,
        max_value=100,
        initial=25,
        help_text=_("Of the answers that people call good, how many may an assertion fail?"),
    )

    @property
    def wording(self) -> Wording:
        """The wording that was written."""
        cleaned = self.cleaned_data
        return Wording(
            name=cleaned["name"],
            text=cleaned["text"],
            max_false_failure_rate=cleaned["tolerated_percent"] / 100,
        )


def form_of_criterion(criterion: Criterion) -> CriterionForm:
    """Return a form that begins with the present wording."""
    tolerated = round(criterion.max_false_failure_rate * 100, 2)
    initial = {"name": criterion.name, "text": criterion.text, "tolerated_percent": f"{tolerated:g}"}
    return CriterionForm(initial=initial)


class OutputForm(forms.Form):
    """The output that brought a criterion up, or that is asked for."""

    output = forms.UUIDField(required=False)


class NextOutputForm(OutputForm):
    """What the grading page is asked to show."""

    skip = forms.UUIDField(required=False)
    again = forms.BooleanField(required=False)


class GradeForm(forms.Form):
    """The thumbs on one output: the overall one by the button that was pressed, the others beside it."""

    output = forms.UUIDField()
    overall = forms.ChoiceField(choices=[("good", _("good")), ("bad", _("bad"))])
    note = forms.CharField(required=False, max_length=2000)
    policy = forms.ChoiceField(choices=[(policy, policy) for policy in POLICIES])

    def __init__(self, *arguments: Any, criteria: Sequence[Criterion], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.criteria = criteria
        for criterion in criteria:
            choices = [("", _("not said")), ("good", _("good")), ("bad", _("bad"))]
            self.fields[f"criterion-{criterion.uuid}"] = forms.ChoiceField(choices=choices, required=False)

    @property
    def output_uuid(self) -> UUID:
        """The output that was graded."""
        uuid: UUID = self.cleaned_data["output"]
        return uuid

    @property
    def sheet(self) -> GradeSheet:
        """The thumbs that were given; a criterion that the page did not show is left as it was."""
        shown = [criterion for criterion in self.criteria if f"criterion-{criterion.uuid}" in self.data]
        said = {criterion: THUMBS[self.cleaned_data[f"criterion-{criterion.uuid}"]] for criterion in shown}
        cleaned = self.cleaned_data
        return GradeSheet(
            overall=THUMBS[cleaned["overall"]],
            by_criterion=said,
            note=cleaned["note"],
            policy=cleaned["policy"],
        )
