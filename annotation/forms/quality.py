"""What researchers set and decide about quality, and what annotators contest."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Queue

LONGEST = 4_000


class GoldRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """How known answers are used in a queue."""

    class Meta:
        model = Queue
        fields = ("entry_test_size", "entry_test_pass", "gold_share")
        help_texts = {
            "entry_test_size": _(
                "0: nobody is tested. The test is told to be one, with feedback after each answer."
            ),
            "entry_test_pass": _("From 0 to 1."),
            "gold_share": _(
                "From 0 to 0.5. They look like any other task; what was known is told in one's answers."
            ),
        }


class GoldForm(forms.Form):
    """Makes a judgement of one's own a known answer."""

    annotation = forms.UUIDField()
    explanation = forms.CharField(label=_("why this is right"), max_length=LONGEST, required=False)
    tolerance = forms.FloatField(label=_("a rating may differ by"), min_value=0, required=False)


class ContestForm(forms.Form):
    """Why a known answer is wrong."""

    reason = forms.CharField(label=_("reason"), max_length=LONGEST)


class DecisionForm(forms.Form):
    """What a researcher decides about a contest."""

    contest = forms.UUIDField()
    decision = forms.ChoiceField(
        choices=[("upheld", _("the known answer is wrong")), ("kept", _("it is right"))]
    )


class ReturnForm(forms.Form):
    """Sends a judgement back."""

    annotation = forms.UUIDField()
    note = forms.CharField(label=_("note"), max_length=LONGEST)
