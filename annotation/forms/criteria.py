"""What researchers write down as criteria, and the thumbs that they give."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import CriteriaSet, Criterion, CriterionProposal
from annotation.queries.criteria.grading import POLICIES, Wanted
from annotation.services.criteria.sets import MOST_GRADERS, GradeSheet, Wording

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


def form_of_proposal(proposal: CriterionProposal) -> CriterionForm:
    """Return a form that begins with the words of a proposal."""
    return CriterionForm(initial={"name": proposal.name, "text": proposal.text})


class OutputForm(forms.Form):
    """The output that brought a criterion up, or that is asked for."""

    output = forms.UUIDField(required=False)


class NextOutputForm(OutputForm):
    """What the grading page is asked to show."""

    skip = forms.UUIDField(required=False)
    again = forms.BooleanField(required=False)
    only = forms.UUIDField(required=False)

    @property
    def wanted(self) -> Wanted:
        """What is asked for; an address that cannot be read asks for nothing in particular."""
        asked = self.cleaned_data if self.is_valid() else {}
        skipped = asked.get("skip")
        return Wanted(
            output=asked.get("output"),
            skipped={skipped} if skipped else (),
            looks_again=bool(asked.get("again")),
            only=asked.get("only"),
        )


class GradeForm(forms.Form):
    """The thumbs on one output: the overall one by the button that was pressed, the others beside it.

    Where one criterion is graded alone, the button is that criterion's thumb and nothing else is said.
    """

    output = forms.UUIDField()
    overall = forms.ChoiceField(choices=[("good", _("good")), ("bad", _("bad"))])
    note = forms.CharField(required=False, max_length=2000)
    policy = forms.ChoiceField(choices=[(policy, policy) for policy in POLICIES])
    only = forms.UUIDField(required=False)

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
    def only_criterion(self) -> Criterion | None:
        """The criterion that was graded alone, in its newest wording."""
        asked = self.cleaned_data["only"]
        return next((criterion for criterion in self.criteria if criterion.uuid == asked), None)

    @property
    def is_of_replaced_wording(self) -> bool:
        """Whether one criterion was graded alone whose wording was replaced meanwhile."""
        return bool(self.cleaned_data["only"]) and self.only_criterion is None

    @property
    def sheet(self) -> GradeSheet:
        """The thumbs that were given; a criterion that the page did not show is left as it was."""
        cleaned, thumb = self.cleaned_data, THUMBS[self.cleaned_data["overall"]]
        if only := self.only_criterion:
            return GradeSheet(
                overall=None, is_partial=True, by_criterion={only: thumb}, policy=cleaned["policy"]
            )
        shown = [criterion for criterion in self.criteria if f"criterion-{criterion.uuid}" in self.data]
        said = {criterion: THUMBS[cleaned[f"criterion-{criterion.uuid}"]] for criterion in shown}
        return GradeSheet(overall=thumb, by_criterion=said, note=cleaned["note"], policy=cleaned["policy"])


class GradingRulesForm(forms.Form):
    """What comes next in a set, and how many people grade each output."""

    order = forms.ChoiceField(label=_("what comes next"), choices=CriteriaSet.Order.choices)
    graders_wanted = forms.IntegerField(label=_("people per output"), min_value=1, max_value=MOST_GRADERS)
