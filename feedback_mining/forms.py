"""What people may ask of the miner."""

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback_mining.detectors import DETECTORS
from feedback_mining.domain.taxonomy import CRITERIA
from feedback_mining.models import SignalReview
from feedback_mining.pair_recipes import PAIR_RECIPES
from feedback_mining.services.reviews import SignalVerdict


class SignalPageForm(forms.Form):
    """Which signals are listed."""

    criterion = forms.ChoiceField(choices=[("", "")] + [(name, name) for name in CRITERIA], required=False)
    before = forms.UUIDField(required=False)


class MiningForm(forms.Form):
    """Which detector reads the new messages."""

    detector = forms.ChoiceField(label=_("detector"))

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["detector"].choices = [(name, name) for name in DETECTORS]  # type: ignore[attr-defined]


class PairBuildingForm(forms.Form):
    """Which recipe proposes pairs."""

    recipe = forms.ChoiceField(label=_("pair recipe"))

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["recipe"].choices = [(name, name) for name in PAIR_RECIPES]  # type: ignore[attr-defined]


class ReviewForm(forms.Form):
    """A person's verdict on a signal."""

    verdict = forms.ChoiceField(
        choices=[
            choice
            for choice in SignalReview.Verdict.choices
            if choice[0] in ("confirmed", "corrected", "rejected")
        ]
    )
    corrected_criterion = forms.ChoiceField(
        choices=[("", "")] + [(name, name) for name in CRITERIA],
        required=False,
        label=_("the right criterion"),
    )

    def clean(self) -> dict[str, object]:
        """A correction names the criterion that fits."""
        cleaned: dict[str, object] = super().clean() or {}
        is_correction = cleaned.get("verdict") == SignalReview.Verdict.CORRECTED
        if is_correction and not cleaned.get("corrected_criterion"):
            raise forms.ValidationError(_("Choose the criterion that fits, or reject the signal."))
        if not is_correction:
            cleaned["corrected_criterion"] = ""
        return cleaned

    def verdict_on(self, criterion: str) -> SignalVerdict:
        """Return what was said of a claim."""
        return SignalVerdict(criterion=criterion, **self.cleaned_data)
