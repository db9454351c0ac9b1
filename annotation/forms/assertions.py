"""How a criterion is to be tested: written code, or a library check with its parameters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.services.criteria_checks import AssertionDraft

WRITTEN_CODE = "code"
EXAMPLE = '''def check(prompt: str, response: str) -> bool:
    """A good answer begins with the answer, not with the question."""
    return not response.startswith(prompt[:40])
'''


class WrittenCodeForm(forms.Form):
    """A check written in Python."""

    name = forms.CharField(label=_("name"), max_length=120, help_text=_("What it asks, in a few words."))
    source = forms.CharField(
        label=_("code"),
        initial=EXAMPLE,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 14, "spellcheck": "false", "class": "code", "autocomplete": "off"}
        ),
        help_text=_(
            "A function check(prompt, response) that returns True for a good answer. It runs in a sandbox "
            "without files, network or other packages, one second for each output at most."
        ),
    )

    def clean_source(self) -> str:
        """Browsers send line ends as two characters; Python's own line end is one."""
        source: str = self.cleaned_data["source"]
        return source.replace("\r\n", "\n")

    @property
    def draft(self) -> AssertionDraft:
        """The assertion that was written."""
        return AssertionDraft(name=self.cleaned_data["name"], source=self.cleaned_data["source"])


def assertion_form(check: str, *, sent: Any) -> WrittenCodeForm | None:
    """Return the form of written code or of a library check; None where neither is named."""
    if check == WRITTEN_CODE:
        return WrittenCodeForm(sent)
    return None
