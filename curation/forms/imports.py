"""Forms about imports: what to import, how it is read, and the rights it comes with."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from curation.domain.importers.column_mapping import COLUMN_MEANINGS
from curation.importers import IMPORTERS
from curation.models import CommercialUse, ImportBatch
from curation.permissions import Access
from curation.queries.importers.previews import ImportPreview, Reading, format_title
from curation.queries.importers.server_files import server_files

COLUMN_PREFIX = "column_"


class UploadForm(forms.Form):
    """What to import: a file, for admins a path of the server, and where it is allowed a dataset of a hub."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=False,
        required=False,
        error_messages={"empty": _("This file is empty. Choose a file that holds conversations.")},
    )
    path = forms.CharField(
        label=_("Path on this server"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"list": "server-files", "autocomplete": "off"}),
    )
    dataset = forms.RegexField(
        r"^[\w.-]{1,96}/[\w.-]{1,96}$",
        label=_("Dataset of the hub"),
        required=False,
        help_text=_("Its name, such as owner/name. Its Parquet and JSONL files are fetched and imported."),
        error_messages={"invalid": _("Write it as owner/name.")},
    )

    def __init__(self, *arguments: Any, access: Access, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not (access.is_admin and settings.HARKEN_IMPORT_FOLDERS):
            del self.fields["path"]
        if not settings.HARKEN_ALLOW_HUB:
            del self.fields["dataset"]

    def clean_file(self) -> "UploadedFile[Any] | None":
        """Refuse a file beyond the size that the settings allow."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        size, limit = (file.size or 0) if file else 0, settings.HARKEN_UPLOAD_MAX_BYTES
        if size > limit:
            raise forms.ValidationError(
                _now(
                    "This file has %(size)s, more than the %(limit)s that may be uploaded. Import it by command."
                )
                % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Require one source."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(cleaned.get(name) for name in self.fields):
            self.add_error("file", _("Choose a file first."))
        return cleaned

    @property
    def server_files(self) -> list[str]:
        """Paths that may be imported."""
        return server_files() if "path" in self.fields else []

    @property
    def max_bytes(self) -> int:
        """The largest upload, which the page knows before it is sent."""
        return int(settings.HARKEN_UPLOAD_MAX_BYTES)

    @property
    def too_large(self) -> str:
        """What the page says of a file beyond that."""
        limit = filesizeformat(settings.HARKEN_UPLOAD_MAX_BYTES)
        return _now("This file is larger than the %(limit)s that may be uploaded. Import it by command.") % {
            "limit": limit
        }


class RightsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the source allows; it follows every row into datasets made of it."""

    class Meta:
        model = ImportBatch
        fields = ("licence", "consent", "commercial_use")
        labels = {"licence": _("Licence of the source"), "consent": _("Consent of the users")}
        help_texts = {
            "licence": _("Such as CC-BY-4.0."),
            "consent": _("What they agreed to, in a few words."),
            "commercial_use": _("Whether models made with it may be used commercially."),
        }

    commercial_use = forms.ChoiceField(
        label=_("Commercial use"), choices=CommercialUse.choices, required=False
    )

    def clean_commercial_use(self) -> str:
        """Return what is said of commercial use, or that it is not known."""
        return self.cleaned_data["commercial_use"] or CommercialUse.UNKNOWN


LABELS = {
    "messages": _("Whole conversation, a list of messages"),
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


class ReadingForm(forms.Form):
    """How a file is read, filled with how it seems; `reading_asked` takes what a person made of it."""

    def __init__(self, *, preview: ImportPreview) -> None:
        super().__init__()
        self._add_format(preview)
        if preview.encodings:
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding"),
                choices=[(each.name, each.label) for each in preview.encodings],
                initial=preview.reading.encoding,
            )
        if preview.table and not preview.is_archive:
            self._add_columns(preview)

    def _add_format(self, preview: ImportPreview) -> None:
        if preview.is_archive:
            return
        fitting = [each.name for each in preview.formats]
        names = [*fitting, *(name for name in sorted(IMPORTERS) if name not in fitting)]
        self.fields["format"] = forms.ChoiceField(
            label=_("Format"),
            choices=[(name, format_title(name)) for name in names],
            initial=preview.reading.format_name,
        )

    def _add_columns(self, preview: ImportPreview) -> None:
        columns, mapping = preview.columns, preview.reading.mapping
        choices = [("", _("none")), *((column, column) for column in columns)]
        for meaning in COLUMN_MEANINGS:
            self.fields[COLUMN_PREFIX + meaning] = forms.ChoiceField(
                label=LABELS.get(meaning, meaning),
                choices=choices,
                required=False,
                initial=getattr(mapping, meaning, ""),
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """The fields that name columns."""
        return [field for field in self if field.name.startswith(COLUMN_PREFIX)]


def reading_asked(posted: Mapping[str, Any]) -> Reading:
    """Return how a person asked to have a file read; what is not said is found out from the file."""
    columns = {
        name.removeprefix(COLUMN_PREFIX): str(value)
        for name, value in posted.items()
        if name.startswith(COLUMN_PREFIX)
    }
    return Reading(
        format_name=str(posted.get("format", "")), encoding=str(posted.get("encoding", "")), columns=columns
    )
