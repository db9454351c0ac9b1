"""How a person wants the desk to be."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.domain.desk.preferences import ACTS, LAYOUTS, DeskPreferences, KeyMapError, checked_keys

LAYOUT_NAMES = {"columns": _("side by side"), "stacked": _("one below the other"), "diff": _("what differs")}
SIZE_NAMES = {"small": _("small"), "normal": _("normal"), "large": _("large"), "largest": _("largest")}
ACT_NAMES = {
    "undo": _("undo"),
    "skip": _("skip"),
    "guideline": _("guideline"),
    "keys": _("list of keys"),
    "raw": _("raw text"),
    "layout": _("next layout"),
    "reveal": _("show flagged text"),
    "question": _("ask about the task"),
    "flag": _("flag the text"),
    "weaker": _("weaker"),
    "stronger": _("stronger"),
}


class DeskPreferencesForm(forms.Form):
    """Layout, size, pauses, what is not wanted, and a field for each key."""

    layout = forms.ChoiceField(label=_("layout"), choices=[(name, LAYOUT_NAMES[name]) for name in LAYOUTS])
    text_size = forms.ChoiceField(label=_("size of the text"), choices=list(SIZE_NAMES.items()))
    is_raw = forms.BooleanField(label=_("Show raw text"), required=False)
    pause_minutes = forms.IntegerField(
        label=_("propose a pause after so many minutes (0: never)"), min_value=0, max_value=24 * 60
    )
    declined = forms.MultipleChoiceField(
        label=_("I would rather not read what is flagged as"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Such tasks go to others. It is not recorded against you, and no figure about you knows it."
        ),
    )

    def __init__(
        self, sent: Mapping[str, Any] | None, *, preferences: DeskPreferences, warnings: Sequence[str]
    ) -> None:
        super().__init__(sent, initial=_initial(preferences))
        known = sorted({*warnings, *preferences.declined})
        self.fields["declined"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]
        for act in ACTS:
            label = ACT_NAMES.get(act) or _("choice %(number)s") % {"number": act.removeprefix("choice_")}
            self.fields[f"key_{act}"] = forms.CharField(
                label=label, max_length=1, initial=preferences.key_of[act], strip=False
            )

    def clean(self) -> dict[str, Any]:
        """Gather the keys; two acts on one key are refused."""
        cleaned = super().clean() or {}
        keys = {act: str(cleaned.get(f"key_{act}", "")) for act in ACTS}
        try:
            cleaned["keys"] = checked_keys(keys)
        except KeyMapError as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def changes(self) -> Mapping[str, Any]:
        """What was chosen, under the names of the preferences."""
        named = ("layout", "text_size", "is_raw", "pause_minutes", "declined", "keys")
        return {name: self.cleaned_data[name] for name in named}

    @property
    def key_fields(self) -> list[forms.BoundField]:
        """The fields of the keys."""
        return [self[f"key_{act}"] for act in ACTS]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """Everything else, but the check box."""
        return [self["layout"], self["text_size"], self["pause_minutes"]]


def _initial(preferences: DeskPreferences) -> dict[str, Any]:
    return {
        "layout": preferences.layout,
        "text_size": preferences.text_size,
        "is_raw": preferences.is_raw,
        "pause_minutes": preferences.pause_minutes,
        "declined": list(preferences.declined),
    }
