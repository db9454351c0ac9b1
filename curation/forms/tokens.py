"""The form of a token of the API."""

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.access.scopes import Scope

SCOPES = {
    Scope.READ: _("read conversations, datasets and jobs"),
    Scope.IMPORT: _("import and push conversations"),
    Scope.DATASETS: _("write recipes and freeze versions"),
    Scope.EXPORT: _("export versions and fetch rows"),
}


class TokenForm(forms.Form):
    """What a token is called, what it is for, and when it ends."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Where it will be used, such as notebook.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(scope.value, label) for scope, label in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ.value],
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        min_value=1,
        max_value=3650,
        initial=90,
        required=False,
        help_text=_("Empty: it ends when you revoke it."),
    )
