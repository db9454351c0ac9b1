"""What people may ask of training."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid6 import uuid7

from curation.domain.errors import HarkenError
from curation.models import DatasetVersion, Project
from training_jobs.queries.runs import known_base_models, trainable_versions
from training_jobs.queries.screens import PlanSummary, summary_of_plan
from training_jobs.services.base_models import TINY
from training_jobs.services.runs import RunPlan, plan_run
from training_jobs.trainer.objectives import objective_specs

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

OTHER = "other"
Explained: TypeAlias = "tuple[str | _StrPromise, str | _StrPromise]"

MAIN: Mapping[str, Explained] = {
    "max_steps": (
        gettext_lazy("Steps"),
        gettext_lazy("Optimizer steps in all; the rows are shuffled anew for every pass."),
    ),
    "batch_size": (
        gettext_lazy("Pairs per step"),
        gettext_lazy("More pairs make steadier, slower steps and need more memory."),
    ),
    "learning_rate": (
        gettext_lazy("Learning rate"),
        gettext_lazy("How far each step goes. Too high and the loss jumps; too low and nothing is learnt."),
    ),
    "max_length": (
        gettext_lazy("Longest text, in tokens"),
        gettext_lazy(
            "Prompt and answer together. A longer answer is cut; a row whose prompt fills it is skipped."
        ),
    ),
}
ADVANCED: Mapping[str, Explained] = {
    "warmup_steps": (
        gettext_lazy("Warm-up steps"),
        gettext_lazy("Steps over which the learning rate rises from 0."),
    ),
    "gradient_accumulation": (
        gettext_lazy("Gradient accumulation"),
        gettext_lazy("Batches added up for one step: a larger batch without more memory."),
    ),
    "lora.r": (
        gettext_lazy("LoRA rank"),
        gettext_lazy("Size of the adapter. A larger one can learn, and overfit, more."),
    ),
    "lora.alpha": (
        gettext_lazy("LoRA alpha"),
        gettext_lazy("The adapter is scaled by alpha divided by the rank."),
    ),
    "checkpoint_every": (
        gettext_lazy("Checkpoint every"),
        gettext_lazy("In steps. What a lost worker costs at most; two are kept."),
    ),
    "evaluate_every": (
        gettext_lazy("Evaluate every"),
        gettext_lazy("In steps, on the validation rows; 0 evaluates at the end only."),
    ),
    "seed": (gettext_lazy("Seed"), gettext_lazy("The same seed, rows and settings give the same adapter.")),
}
WHOLE = frozenset({*MAIN, *ADVANCED} - {"learning_rate"})


class RunForm(forms.Form):
    """What to train, from what and how; a setting left empty is chosen to fit the version."""

    version = forms.ModelChoiceField(
        queryset=DatasetVersion.objects.none(), label=gettext_lazy("Dataset version"), empty_label=None
    )
    objective = forms.ChoiceField(label=gettext_lazy("Objective"))
    base_model = forms.ChoiceField(label=gettext_lazy("Base model"))
    other_base_model = forms.CharField(
        label=gettext_lazy("Name of another model"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Only where “another model” is chosen: as its hub calls it, such as organisation/model."
        ),
    )
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *, project: Project, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"idempotency_key": uuid7(), "base_model": TINY})
        self._project = project
        self._specs = objective_specs()
        self.plan: RunPlan | None = None
        self.fields["version"].queryset = trainable_versions(project)  # type: ignore[attr-defined]
        self.fields["objective"].choices = [(spec.name, spec.title) for spec in self._specs]  # type: ignore[attr-defined]
        self.fields["objective"].help_text = " ".join(spec.explanation for spec in self._specs)
        self.fields["base_model"].choices = self._base_models()  # type: ignore[attr-defined]
        self.fields |= {
            f"set_{name}": _setting_field(name, words) for name, words in {**MAIN, **ADVANCED}.items()
        }
        self.fields |= {
            f"set_{name}": _objective_field(name) for spec in self._specs for name in spec.defaults
        }

    def _base_models(self) -> list[tuple[str, str]]:
        tiny = (TINY, _("A random tiny model, made here: proves the pipeline, not quality"))
        known = [(model.path, model.name) for model in known_base_models(self._project)]
        return [tiny, *known, (OTHER, _("Another model, by its name"))]

    def clean(self) -> dict[str, Any]:
        """Check the whole by the trainer's own rules, before anything is queued."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("version") is None or "base_model" not in cleaned:
            return cleaned
        try:
            self.plan = plan_run(
                version=cleaned["version"],
                objective=cleaned.get("objective", ""),
                base_model=self._asked_base_model(cleaned),
                settings=self.chosen_settings(cleaned),
            )
        except HarkenError as error:
            raise forms.ValidationError(str(error)) from None
        return cleaned

    def _asked_base_model(self, cleaned: Mapping[str, Any]) -> str:
        if cleaned["base_model"] != OTHER:
            return str(cleaned["base_model"])
        name = str(cleaned.get("other_base_model", "")).strip()
        if not name:
            raise forms.ValidationError(_("Write the name of the model, or choose one from the list."))
        # A page must not tell which folders this server has.
        if name.startswith(("/", ".", "~")) or name.count("/") > 1:
            raise forms.ValidationError(
                _("A folder of this server is named on the command line: --base-model PATH.")
            )
        return name

    def chosen_settings(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings that were filled in."""
        values = {key.removeprefix("set_"): value for key, value in cleaned.items() if key.startswith("set_")}
        return {name: value for name, value in values.items() if value is not None}

    def summary(self) -> PlanSummary | None:
        """Return what would happen, or None while the form has errors."""
        if self.plan is None:
            return None
        return summary_of_plan(
            self.plan.version,
            configuration=self.plan.configuration,
            base_name=self.plan.base.name,
            is_base_random=self.plan.base.is_random,
        )

    def command(self) -> str:
        """Return the command that asks for the same, "" while the form has errors."""
        if self.plan is None:
            return ""
        cleaned = self.cleaned_data
        words = [
            "python",
            "manage.py",
            "train_model",
            str(cleaned["version"]),
            "--project",
            self._project.slug,
        ]
        words += ["--objective", cleaned["objective"], "--base-model", self._asked_base_model(cleaned)]
        for name, value in self.chosen_settings(cleaned).items():
            words += ["--set", f"{name}={value}"]
        return shlex.join(words)

    def main_settings(self) -> list[forms.BoundField]:
        """Return the fields that most people look at: those of the objective first."""
        objective = [name for spec in self._specs for name in spec.defaults]
        return [self[f"set_{name}"] for name in [*MAIN, *objective]]

    def advanced_settings(self) -> list[forms.BoundField]:
        """Return the fields that most people leave alone."""
        return [self[f"set_{name}"] for name in ADVANCED]


def _setting_field(name: str, words: Explained) -> forms.Field:
    label, explanation = words
    kind = forms.IntegerField if name in WHOLE else forms.FloatField
    return kind(label=label, help_text=explanation, required=False, min_value=0)


def _objective_field(name: str) -> forms.Field:
    label = name.replace("_", " ").capitalize()
    return forms.FloatField(
        label=label, required=False, min_value=0, help_text=_("A setting of the objective.")
    )
