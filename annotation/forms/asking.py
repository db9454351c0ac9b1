"""What people ask of a task, and what researchers rule."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models.asking import LONGEST


class QuestionForm(forms.Form):
    """A question about the task in hand."""

    lease = forms.UUIDField()
    body = forms.CharField(label=_("question"), max_length=LONGEST)


class FlagForm(forms.Form):
    """A flag on the task in hand; none takes one's own back."""

    lease = forms.UUIDField()
    flag = forms.CharField(required=False, max_length=60)


class RulingForm(forms.Form):
    """The answer to a question."""

    question = forms.UUIDField()
    body = forms.CharField(label=_("ruling"), max_length=LONGEST)
