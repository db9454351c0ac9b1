"""Forms about models: endpoints, terms, and what is asked of them."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from curation.domain.errors import HarkenError
from curation.models import DatasetVersion, ModelEndpoint, ModelVersion, Project, ResponseSet
from curation.queries.writing.generation import (
    endpoints_of,
    newest_prompts,
    prompts_of_pairs,
    prompts_of_version,
    registered_models,
)
from curation.services.writing.addresses import origin_of, require_allowed
from curation.services.writing.endpoint_keys import LONGEST_KEY, require_key
from curation.services.writing.generation import MAX_ANSWERS, GenerationPlan
from language_models.chat.contract import SamplingSettings

NEWEST, OF_PAIRS = "newest", "pairs"
MAX_PROMPTS = 20_000


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """An endpoint; its address is checked against what this installation allows. A stored key is never shown again."""

    key_source = forms.ChoiceField(
        label=_("Key"), choices=ModelEndpoint.KeySource.choices, widget=forms.RadioSelect
    )
    new_key = forms.CharField(
        label=_("Key to store"),
        max_length=LONGEST_KEY,
        required=False,
        # Browsers fill in passwords of people, which are no keys.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = ModelEndpoint
        fields = (
            "name",
            "base_url",
            "model",
            "key_variable",
            "prompt_price",
            "completion_price",
            "budget",
            "parallel_requests",
            "requests_per_minute",
        )
        labels = {
            "prompt_price": _("Price of a million prompt tokens"),
            "completion_price": _("Price of a million answer tokens"),
            "budget": _("Budget"),
            "parallel_requests": _("Requests at once"),
            "requests_per_minute": _("Requests a minute, at most"),
        }
        help_texts = {
            "base_url": _(
                "Up to /v1, such as http://127.0.0.1:8080/v1. The host must be in HARKEN_MODEL_HOSTS."
            ),
            "model": _("The name by which the endpoint knows the model."),
            "key_variable": _("Begins with HARKEN_MODEL_KEY_. Whoever runs this installation sets it."),
            "budget": _("In the currency of the prices. What is spent is a hard stop. Empty: no limit."),
        }
        error_messages = {
            "name": {"invalid": _("Use letters, digits, hyphens and underscores alone, such as local-llama.")}
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["key_source"].initial = self.instance.key_source
        allowed = ", ".join(settings.HARKEN_MODEL_HOSTS) or _("none")
        self.fields["base_url"].help_text = _(
            "Up to /v1, such as http://127.0.0.1:8080/v1. Hosts that this installation allows: %(hosts)s."
        ) % {"hosts": allowed}
        self.fields["new_key"].help_text = (
            _("A key is stored. Leave this empty to keep it, or write another one to replace it.")
            if self.instance.sealed_key
            else _("Encrypted before it is stored, sent to this address alone, and never shown again.")
        )

    def clean(self) -> dict[str, Any]:
        """Refuse an address that texts may not go to, and a key that may not go there."""
        cleaned = super().clean() or self.cleaned_data
        self._clean_key(cleaned)
        try:
            require_allowed(
                base_url=cleaned.get("base_url", ""), key_variable=cleaned.get("key_variable", "")
            )
            self._require_key(cleaned)
        except HarkenError as error:
            self.add_error("base_url", ValidationError(str(error)))
        if cleaned.get("budget") is not None and None in (
            cleaned.get("prompt_price"),
            cleaned.get("completion_price"),
        ):
            self.add_error("budget", _("A budget can only be kept where both prices are known."))
        return cleaned

    def clean_new_key(self) -> str:
        """Refuse what no request can carry."""
        key: str = self.cleaned_data["new_key"]
        try:
            if key:
                require_key(key)
        except HarkenError as error:
            raise ValidationError(str(error)) from error
        return key

    def described(self) -> ModelEndpoint:
        """Return the endpoint as the valid form has it, without a stored key that is no longer wanted."""
        endpoint: ModelEndpoint = self.save(commit=False)
        if self.cleaned_data["key_source"] != ModelEndpoint.KeySource.STORED:
            endpoint.sealed_key = ""
        return endpoint

    def _clean_key(self, cleaned: dict[str, Any]) -> None:
        """Keep what belongs to the chosen source of the key alone."""
        source = cleaned.get("key_source")
        if source != ModelEndpoint.KeySource.ENVIRONMENT:
            cleaned["key_variable"] = ""
        elif not cleaned.get("key_variable") and "key_variable" not in self.errors:
            self.add_error("key_variable", _("Name the variable, or choose another source of the key."))
        if source != ModelEndpoint.KeySource.STORED:
            cleaned["new_key"] = ""

    def _require_key(self, cleaned: dict[str, Any]) -> None:
        """Ask for a key that is to be stored, again where the stored one was given for another address."""
        if cleaned.get("key_source") != ModelEndpoint.KeySource.STORED or cleaned.get("new_key"):
            return
        if not self.instance.sealed_key:
            self.add_error("new_key", _("Write the key, or choose another source of it."))
        elif origin_of(cleaned.get("base_url", "")) != origin_of(self.instance.base_url):
            self.add_error(
                "new_key",
                _(
                    "The stored key was given for %(origin)s, and goes nowhere else. Write the key for this address."
                )
                % {"origin": origin_of(self.instance.base_url)},
            )


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The terms under which a model's texts stand."""

    class Meta:
        model = ModelVersion
        fields = ("terms", "commercial_use")


class GenerationForm(forms.Form):
    """Which prompts which models answer, and how."""

    name = forms.CharField(label=_("Name"), max_length=120)
    prompts = forms.ChoiceField(label=_("Prompts"))
    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=MAX_PROMPTS, initial=100)
    language = forms.CharField(
        label=_("Language"),
        max_length=16,
        required=False,
        help_text=_("Of the newest conversations; empty: any."),
    )
    writers = forms.MultipleChoiceField(label=_("Models"), widget=forms.CheckboxSelectMultiple)
    answers = forms.IntegerField(
        label=_("Answers of each model to a prompt"), min_value=1, max_value=MAX_ANSWERS, initial=1
    )
    temperature = forms.FloatField(label=_("Temperature"), min_value=0, max_value=2, initial=1.0)
    top_p = forms.FloatField(label=_("Top p"), min_value=0.01, max_value=1, required=False)
    max_tokens = forms.IntegerField(
        label=_("Longest answer, in tokens"), min_value=1, max_value=32_768, initial=1024
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=7)
    purpose = forms.ChoiceField(
        label=_("For"),
        choices=ResponseSet.Purpose.choices,
        help_text=_("What is generated for an evaluation can never become a row of a dataset."),
    )

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.project = project
        self.endpoints = {str(each.uuid): each for each in endpoints_of(project)}
        self.local = {str(each.uuid): each for each in registered_models(project)}
        versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
        self.versions = {
            str(each.uuid): each for each in versions.select_related("dataset").order_by("-id")[:20]
        }
        self.fields["prompts"].choices = self._prompt_choices()  # type: ignore[attr-defined]
        self.fields["writers"].choices = [  # type: ignore[attr-defined]
            *[(key, f"{each.name}: {each.model}") for key, each in self.endpoints.items()],
            *[(key, f"{each.name} ({each.get_kind_display()})") for key, each in self.local.items()],
        ]

    def _prompt_choices(self) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = [
            (NEWEST, _("The last question of the newest conversations")),
            (OF_PAIRS, _("The prompts of the pairs")),
        ]
        for key, version in self.versions.items():
            choices += [(f"{key}:{split}", f"{version} · {split}") for split in sorted(version.split_counts)]
        return choices

    def clean_writers(self) -> list[ModelEndpoint] | list[ModelVersion]:
        """Return endpoints or registered models, and refuse both at once: different workers ask them."""
        chosen: list[str] = self.cleaned_data["writers"]
        endpoints = [self.endpoints[key] for key in chosen if key in self.endpoints]
        local = [self.local[key] for key in chosen if key in self.local]
        if endpoints and local:
            raise ValidationError(_("Ask endpoints and models that were trained here in two sets."))
        return endpoints or local

    def plan(self) -> GenerationPlan:
        """Return what the valid form asks for."""
        given = self.cleaned_data
        return GenerationPlan(
            name=given["name"],
            prompts=self._prompts(),
            writers=given["writers"],
            answers=given["answers"],
            settings=SamplingSettings(
                temperature=given["temperature"], top_p=given["top_p"], max_tokens=given["max_tokens"]
            ),
            seed=given["seed"],
            purpose=ResponseSet.Purpose(given["purpose"]),
        )

    def _prompts(self) -> list[int]:
        chosen, limit = self.cleaned_data["prompts"], self.cleaned_data["limit"]
        if chosen == NEWEST:
            return newest_prompts(self.project, limit=limit, language=self.cleaned_data["language"])
        if chosen == OF_PAIRS:
            return prompts_of_pairs(self.project, limit=limit)
        key, _colon, split = chosen.partition(":")
        return prompts_of_version(self.versions[key], split=split, limit=limit)
