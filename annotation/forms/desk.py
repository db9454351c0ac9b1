"""What people send from the desk, and what researchers set up."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation.models import Queue


def sent_fields(sent: QueryDict) -> dict[str, list[str]]:
    """Return every field of a form with all its values; the database keeps no NUL characters."""
    return {name: [str(value).replace("\0", "") for value in values] for name, values in sent.lists()}


class JudgementForm(forms.Form):
    """The frame of a judgement; the answer itself is the protocol's to read."""

    lease = forms.UUIDField()
    idempotency_key = forms.UUIDField()
    active_ms = forms.IntegerField(required=False, min_value=0, max_value=24 * 3600 * 1000)
    # Who filled it in. An answer that waited in a browser is taken from nobody else.
    person = forms.UUIDField(required=False)
    # The version of the guideline that was in view.
    guideline = forms.IntegerField(required=False, min_value=1)
    # The judgement that this one takes the place of.
    revises = forms.UUIDField(required=False)
    # The task that this one has the last word on.
    adjudicates = forms.UUIDField(required=False)
    # The order in which the answers stood there, signed.
    order = forms.CharField(required=False)


class SkipForm(JudgementForm):
    """A skip says why."""

    reason = forms.CharField(label=_("why"), max_length=300)


class UndoForm(forms.Form):
    """An undo is sent once, like a judgement, and by who sees the button."""

    idempotency_key = forms.UUIDField()
    person = forms.UUIDField(required=False)


class ScreeningForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people of a queue may see of personal data."""

    class Meta:
        model = Queue
        fields = ("requires_pii_screening", "masks_pii")
        help_texts = {
            "requires_pii_screening": _(
                "A conversation is shown once the enricher for personal data has read it."
            ),
            "masks_pii": _(
                "Addresses, numbers and keys appear as [EMAIL_1] and the like, the same throughout a task. "
                "Pictures are left out: they cannot be masked."
            ),
        }


class GuidelineForm(forms.Form):
    """The next version of a guideline."""

    body = forms.CharField(label=_("guideline"), widget=forms.Textarea(attrs={"rows": 8}))
