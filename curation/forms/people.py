"""Forms about people and projects: the shape of the input and the words about it."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from curation.models import Project, User
from curation.models.people import ROLE_CHOICES


class SignInForm(forms.Form):
    """E-mail address and password."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordField(forms.CharField):
    """A password that passes the validators of the settings."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("At least 10 characters. A sentence is easy to keep in mind."))
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(strip=False, max_length=1024, widget=widget, **options)

    def validate(self, value: str) -> None:
        """Check the password as every place that sets one must."""
        super().validate(value)
        if value:
            validate_password(value)


class AcceptInvitationForm(forms.Form):
    """The name and password of a new account."""

    display_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = NewPasswordField(label=_("Password"))


class InvitePersonForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new project."""

    class Meta:
        model = Project
        fields = ("name", "slug")
        help_texts = {
            "slug": _("Part of every address of the project, for example `support-bot`. It cannot change.")
        }


class ProjectSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may change about a project."""

    class Meta:
        model = Project
        fields = (
            "name",
            "description",
            "raw_file_retention_days",
            "log_retention_days",
            "model_call_retention_days",
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        labels = {
            "raw_file_retention_days": _("Days to keep uploaded files"),
            "log_retention_days": _("Days to keep the logs of training runs"),
            "model_call_retention_days": _("Days to keep what was asked of models"),
        }
        help_texts = {"raw_file_retention_days": _("Empty means for ever, here and below.")}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own name and, where wanted, a new password."""

    new_password = NewPasswordField(label=_("New password"), required=False)
    current_password = forms.CharField(
        label=_("Current password"),
        required=False,
        strip=False,
        max_length=1024,
        help_text=_("Needed to change the password of an account that has one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    class Meta:
        model = User
        fields = ("display_name",)

    def clean_current_password(self) -> str:
        """Ask for the current password only where a new one replaces it."""
        current: str = self.cleaned_data["current_password"]
        is_changing = bool(self.cleaned_data.get("new_password"))
        if is_changing and self.instance.has_usable_password() and not self.instance.check_password(current):
            raise forms.ValidationError(_("This is not your current password."))
        return current
