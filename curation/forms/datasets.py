"""Forms about datasets: a name with its recipe, and the evaluation sets that recipes keep apart from."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from curation.domain.versions.recipes import DatasetRecipe
from curation.forms.recipes import RecipeForm
from curation.services.versions.evaluation_texts import MOST_BYTES, TOO_LARGE

NAME_ERRORS = {"invalid": _("Use letters, digits, hyphens and underscores alone, such as helpful-answers.")}


class DatasetForm(RecipeForm):
    """A name and a recipe."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=80,
        help_text=_("Letters, digits and hyphens, such as helpful-answers."),
        error_messages=NAME_ERRORS,
    )

    def __init__(
        self, data: Any = None, *, stored: DatasetRecipe | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, stored=stored, initial=initial)
        if stored is not None:
            del self.fields["name"]


class EvaluationTextForm(forms.Form):
    """A file of an evaluation set, one text a line."""

    name = forms.SlugField(label=_("Name"), max_length=80, error_messages=NAME_ERRORS)
    file = forms.FileField(label=_("Text file"), help_text=_("UTF-8, one text a line."))

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse a file beyond the limit before it is read into memory."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class WithdrawUserForm(forms.Form):
    """Whose conversations are withdrawn, and the word that means it."""

    pseudonym = forms.CharField(
        label=_("Pseudonym of the user"),
        max_length=64,
        help_text=_("The whole pseudonym, as a conversation's page shows it."),
    )
    is_meant = forms.BooleanField(label=_("Erase every text of this user, for good"))
