"""Forms about exports: the format and what belongs to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.exporters.exporting import Exporter
from curation.exporters import EXPORTERS, load_exporter
from curation.models import DatasetRow
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.tokenizers import tokenizer_names

ENDING_TITLES = {
    ".jsonl": _("JSON Lines (.jsonl)"),
    ".parquet": _("Parquet (.parquet)"),
    ".csv": _("CSV, safe for spreadsheets (.csv)"),
    ".zip": _("archive (.zip)"),
}
FILE, BUNDLE = "file", "bundle"


class ExportForm(forms.Form):
    """What a version is written as; endings are those of the chosen format."""

    format_name = forms.ChoiceField(label=_("Format"), initial="trl_preference")
    ending = forms.ChoiceField(
        label=_("Kind of file"),
        required=False,
        error_messages={"invalid_choice": _("A file that ends in '%(value)s' is not written here.")},
    )
    package = forms.ChoiceField(
        label=_("Package"),
        choices=[
            (FILE, _("one file")),
            (BUNDLE, _("a bundle: a file for each split, the votes, the manifest and a card, in one .zip")),
        ],
        initial=FILE,
        required=False,
        widget=forms.RadioSelect,
    )
    splits = forms.MultipleChoiceField(
        label=_("Splits"),
        choices=DatasetRow.Split.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tokenizer = forms.ChoiceField(label=_("Check with the tokenizer"), required=False)
    max_tokens = forms.IntegerField(
        label=_("Count rows longer than"),
        min_value=1,
        required=False,
        help_text=_("In tokens. Without a tokenizer they are estimated: four characters each."),
    )

    mask_personal_data = forms.BooleanField(
        label=_("Mask personal data"),
        required=False,
        help_text=_(
            "Pseudonyms such as [EMAIL_1] in place of e-mail addresses, telephone numbers, cards, IBANs, IP addresses "
            "and keys. Names of people stay. The screening must have read the conversations."
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["format_name"].choices = [(name, name) for name in EXPORTERS]  # type: ignore[attr-defined]
        endings = [(ending, ENDING_TITLES.get(ending, ending)) for ending in self.exporter.endings]
        self.fields["ending"].choices = endings  # type: ignore[attr-defined]
        names = [("", _("none: estimate")), *((name, name) for name in tokenizer_names())]
        self.fields["tokenizer"].choices = names  # type: ignore[attr-defined]
        self.fields["splits"].help_text = (
            _("None chosen means all of them.")
            if self.exporter.names_split
            else _(
                "This format does not name the split of a record: none chosen means the training rows alone."
            )
        )

    @property
    def exporter(self) -> Exporter:
        """The exporter that is chosen, or the first while none is."""
        name = self.data.get("format_name", "") if self.is_bound else ""
        return load_exporter(name if name in EXPORTERS else "trl_preference")

    @property
    def wanted(self) -> ExportRequest:
        """What a valid form asks for."""
        values = self.cleaned_data
        return ExportRequest(
            format_name=values["format_name"],
            ending=values.get("ending") or self.exporter.endings[0],
            splits=tuple(values.get("splits", ())),
            is_bundle=values.get("package") == BUNDLE,
            tokenizer=values.get("tokenizer", ""),
            max_tokens=values.get("max_tokens"),
            mask_personal_data=values.get("mask_personal_data", False),
        )
