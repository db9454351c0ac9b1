"""What is asked of the pages of a queue's figures, and what a researcher publishes from them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.consensus import CONSENSUS, load_method
from annotation.domain.agreement.report import Cluster
from annotation.queries.queue_figures.queue_consensus import methods_for
from annotation.queries.queue_figures.queue_slices import SLICES


class SliceForm(forms.Form):
    """By what the judgements are also cut into parts, and what is drawn again for intervals."""

    by = forms.ChoiceField(label=_("also by"), required=False, choices=[("", _("nothing")), *SLICES])
    drawn = forms.ChoiceField(
        label=_("intervals draw again"),
        required=False,
        choices=[("", _("subjects")), (Cluster.ANNOTATOR.value, _("people"))],
    )


class MethodForm(forms.Form):
    """By which method, on what that was asked."""

    attribute = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    method = forms.ChoiceField(label=_("method"), required=False)

    def __init__(self, *arguments: Any, attribute: str | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        methods = map(load_method, CONSENSUS) if attribute is None else methods_for(attribute=attribute)
        self.fields["method"].choices = [(each.name, each.title) for each in methods]  # type: ignore[attr-defined]
