"""How a criterion is to be tested: written code, or a library check with its parameters."""

from typing import Any, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.forms.starting import EndpointForm
from annotation.services.criteria.checks import AssertionDraft, KnownCheck, known_check
from checks import UnknownCheckError
from checks.parameters import ParameterField
from curation.models import Project

WRITTEN_CODE, JUDGE_QUESTION = "code", "judge"
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


class JudgeQuestionForm(EndpointForm):
    """A question that a model answers with yes, no or unclear."""

    name = forms.CharField(label=_("name"), max_length=120, help_text=_("What it asks, in a few words."))
    question = forms.CharField(
        label=_("question"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Yes means that the answer is good. The model sees the criterion, the request and the answer."
        ),
    )
    field_order = ("name", "question", "endpoint")

    @property
    def draft(self) -> AssertionDraft:
        """The question that was written."""
        cleaned = self.cleaned_data
        return AssertionDraft(
            name=cleaned["name"], question=cleaned["question"], endpoint=cleaned["endpoint"]
        )


class LibraryCheckForm(forms.Form):
    """A check of the library: one field for each of its parameters."""

    name = forms.CharField(label=_("name"), max_length=120, help_text=_("What it asks, in a few words."))

    def __init__(self, *arguments: Any, check: KnownCheck, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.check = check
        self.fields["name"].initial = check.title
        for parameter in check.parameters:
            self.fields[_field_name(parameter)] = field_of(parameter)

    @property
    def draft(self) -> AssertionDraft:
        """The assertion that was described; parameters that were left empty are null."""
        parameters = {
            parameter.name: _json_value(self.cleaned_data[_field_name(parameter)], kind=parameter.kind)
            for parameter in self.check.parameters
        }
        name: str = self.cleaned_data["name"]
        return AssertionDraft(name=name, check_name=self.check.name, parameters=parameters)


def _field_name(parameter: ParameterField) -> str:
    # No parameter's name may collide with the assertion's own.
    return f"parameter-{parameter.name}"


def field_of(parameter: ParameterField) -> forms.Field:
    """Return the form field of a check's parameter; a list of texts is written one a line."""
    shared: dict[str, Any] = {"label": parameter.label, "required": not parameter.may_be_empty}
    match parameter.kind:
        case "whole_number":
            return forms.IntegerField(initial=parameter.default, **shared)
        case "yes_no":
            return forms.BooleanField(initial=parameter.default, label=parameter.label, required=False)
        case "choice":
            choices = [(choice, choice.replace("_", " ")) for choice in parameter.choices]
            return forms.ChoiceField(choices=choices, initial=parameter.default, **shared)
        case "texts":
            lines = "\n".join(parameter.default or ())
            widget = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(
                initial=lines,
                widget=widget,
                label=parameter.label,
                required=False,
                help_text=_("One a line."),
            )
        case "text":
            return forms.CharField(initial=parameter.default, **shared)


def _json_value(value: Any, *, kind: str) -> Any:
    if kind == "texts":
        return [line.strip() for line in value.splitlines() if line.strip()]
    return None if value == "" else value


AssertionForm: TypeAlias = WrittenCodeForm | LibraryCheckForm | JudgeQuestionForm


def assertion_form(check: str, *, sent: Any, project: Project) -> AssertionForm | None:
    """Return the form of written code, of a question or of a library check; None where none is named."""
    if check == WRITTEN_CODE:
        return WrittenCodeForm(sent)
    if check == JUDGE_QUESTION:
        return JudgeQuestionForm(sent, project=project)
    try:
        return LibraryCheckForm(sent, check=known_check(check))
    except UnknownCheckError:
        return None
