"""The settings of an enricher in a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.enrichers.enriching import EnricherPlugin

LONGEST = 300


class EnrichmentForm(forms.Form):
    """Whether an enricher runs by itself, and its own options; paths on the server are an admin's to set."""

    wanted = forms.BooleanField(label=_("Run after every import"), required=False)

    def __init__(
        self,
        *arguments: Any,
        plugin: EnricherPlugin,
        chosen: dict[str, str],
        may_set_paths: bool,
        **options: Any,
    ) -> None:
        options["auto_id"] = f"{plugin.name}_%s"
        super().__init__(*arguments, **options)
        self._kept = {
            option.name: chosen[option.name]
            for option in plugin.options
            if option.is_path and not may_set_paths
        }
        for option in plugin.options:
            self.fields[option.name] = forms.CharField(
                label=option.label,
                required=False,
                max_length=LONGEST,
                initial=chosen[option.name],
                disabled=option.name in self._kept,
                help_text=_("Only an admin sets a path.") if option.name in self._kept else "",
            )

    @property
    def chosen_options(self) -> dict[str, str]:
        """What was chosen beside whether it runs."""
        return {name: value for name, value in self.cleaned_data.items() if name != "wanted"}
