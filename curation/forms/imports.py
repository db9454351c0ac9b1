"""Forms about imports: the upload, and which column of a table means what."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from curation.domain.column_mapping import COLUMN_MEANINGS, ColumnMapping
from curation.importers import IMPORTERS
from curation.services.imports import AUTO


def format_choices() -> list[tuple[str, Any]]:
    """Return the formats that a file may be said to have."""
    named = [(name, IMPORTERS.load(name).title) for name in sorted(IMPORTERS)]
    return [(AUTO, _("recognise it")), *named]


class UploadForm(forms.Form):
    """A file of conversations, and the rights it comes with."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=False,
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Choose a file that holds conversations."),
        },
    )
    format = forms.ChoiceField(label=_("Format"), choices=format_choices, required=False)
    licence = forms.CharField(
        label=_("Licence of the source"),
        max_length=120,
        required=False,
        help_text=_("Such as CC-BY-4.0. It follows every row into datasets made of it."),
    )
    consent = forms.CharField(
        label=_("Consent of the users"),
        max_length=200,
        required=False,
        help_text=_("What they agreed to, in a few words."),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse a file beyond the size that the settings allow."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        limit = settings.HARKEN_UPLOAD_MAX_BYTES
        size = file.size or 0
        if size > limit:
            raise forms.ValidationError(
                _now(
                    "This file has %(size)s, more than the %(limit)s that may be uploaded. Import it by command."
                )
                % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
            )
        return file

    def clean_format(self) -> str:
        """Return the format named, or that it is to be recognised."""
        return self.cleaned_data["format"] or AUTO

    @property
    def rights(self) -> dict[str, str]:
        """Licence and consent, as an import takes them."""
        return {name: self.cleaned_data[name] for name in ("licence", "consent")}


LABELS = {
    "prompt": _("What the user wrote"),
    "prompt_input": _("Further input to it"),
    "system": _("System message"),
    "response_a": _("Answer"),
    "response_b": _("Second answer"),
    "model_a": _("Model of the answer"),
    "model_b": _("Model of the second answer"),
    "rating_a": _("Rating of the answer"),
    "rating_b": _("Rating of the second answer"),
    "choice": _("Choice between both"),
    "conversation": _("Conversation"),
    "user": _("User"),
    "task": _("Task"),
    "time": _("Time"),
    "language": _("Language"),
    "source_id": _("Id in the source"),
}


class ColumnsForm(forms.Form):
    """Which column of a table means what."""

    def __init__(
        self, *arguments: Any, columns: tuple[str, ...], mapping: ColumnMapping, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._mapping = mapping
        choices = [("", _("none")), *((column, column) for column in columns)]
        for meaning in COLUMN_MEANINGS:
            initial = getattr(mapping, meaning)
            self.fields[meaning] = forms.ChoiceField(
                label=LABELS.get(meaning, meaning),
                choices=choices,
                required=meaning == "prompt",
                initial=initial if initial in columns else "",
            )

    def mapping(self) -> dict[str, Any]:
        """Return the mapping as an import stores it; what a choice stands for is kept where its column is."""
        stored = {**self._mapping.as_json(), **self.cleaned_data}
        if stored["choice"] != self._mapping.choice:
            stored["choice_codes"] = {}
        return stored
