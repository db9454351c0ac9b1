"""What people may ask of the miner."""

import re
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, Project
from feedback_mining.detectors import DETECTORS
from feedback_mining.domain.taxonomy import CRITERIA, UnknownCriterionError, polarity_of
from feedback_mining.models import ProjectCriterion, Signal, SignalReview
from feedback_mining.pair_recipes import PAIR_RECIPES, load_pair_recipe
from feedback_mining.queries.checklists import Scope
from feedback_mining.queries.learning import criteria_of
from feedback_mining.queries.reports import GROUPINGS
from feedback_mining.queries.screens import JUDGED, UNJUDGED
from feedback_mining.services.reviews import SignalVerdict
from feedback_mining.services.rewrites import LONGEST_ANSWER
from feedback_mining.services.wishes import LONGEST_WISH


def plugin_lines() -> dict[str, list[tuple[str, str]]]:
    """Return what each detector costs and what each pair recipe makes, by its name: what people choose by."""
    return {
        "detectors": [(name, DETECTORS.load(name).cost) for name in DETECTORS],
        "recipes": [(name, load_pair_recipe(name).title) for name in PAIR_RECIPES],
    }


class SignalPageForm(forms.Form):
    """Which signals are listed."""

    criterion = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    polarity = forms.ChoiceField(
        label=_("polarity"), choices=[("", _("both")), *Signal.Polarity.choices], required=False
    )
    detector = forms.ChoiceField(label=_("found by"), required=False)
    verdict = forms.ChoiceField(
        label=_("verdict"),
        choices=[("", _("any or none")), (UNJUDGED, _("none yet")), (JUDGED, _("judged"))],
        required=False,
    )
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["detector"].choices = [("", _("any detector")), *((name, name) for name in DETECTORS)]  # type: ignore[attr-defined]

    def narrowed(self) -> str:
        """Return the query of what narrows the list, page and criterion aside: "" or as "&polarity=sat"."""
        names = ("polarity", "detector", "verdict")
        return "".join(f"&{name}={self.cleaned_data[name]}" for name in names if self.cleaned_data[name])

    def clean_criterion(self) -> str:
        """Refuse what is neither of the eighteen nor named like a project's own."""
        name: str = self.cleaned_data["criterion"]
        try:
            if name:
                polarity_of(name)
        except UnknownCriterionError as error:
            raise forms.ValidationError(str(error)) from error
        return name


class MiningForm(forms.Form):
    """Which detector reads the new messages, and whom it may ask."""

    detector = forms.ChoiceField(label=_("detector"))
    endpoint = forms.ModelChoiceField(
        label=_("endpoint"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("none"),
    )

    def __init__(self, *arguments: object, project: Project, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["detector"].choices = [(name, name) for name in DETECTORS]  # type: ignore[attr-defined]
        endpoints = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
        self.fields["endpoint"].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]


class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A criterion of the project's own."""

    class Meta:
        model = ProjectCriterion
        fields = ("name", "polarity", "definition", "example", "counter_example")
        widgets: ClassVar = {
            name: forms.Textarea(attrs={"rows": 2}) for name in ("definition", "example", "counter_example")
        }

    def clean_name(self) -> str:
        """Names are free among the project's own criteria, and none of the eighteen is taken."""
        name: str = self.cleaned_data["name"]
        standing = ProjectCriterion.objects.for_project(self.instance.project).filter(
            archived_at__isnull=True
        )
        if name in CRITERIA or standing.filter(name=name).exists():
            raise forms.ValidationError(_("There is a criterion of this name already."))
        return name


class PairBuildingForm(forms.Form):
    """Which recipe proposes pairs."""

    recipe = forms.ChoiceField(label=_("pair recipe"))

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        # Those that ask a model have a page of their own, with their price.
        names = [name for name in PAIR_RECIPES if not load_pair_recipe(name).needs]
        self.fields["recipe"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class OfCriteriaForm(forms.Form):
    """A form whose fields name criteria: the eighteen, and the project's own."""

    def __init__(self, *arguments: object, project: Project, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        names = [(each.name, each.name) for each in criteria_of(project)]
        for name in {"corrected_criterion", "criterion", "missed"} & set(self.fields):
            self.fields[name].choices = names if name == "missed" else [("", ""), *names]  # type: ignore[attr-defined]


class ReviewForm(OfCriteriaForm):
    """A person's verdict on a signal."""

    verdict = forms.ChoiceField(
        choices=[
            choice
            for choice in SignalReview.Verdict.choices
            if choice[0] in ("confirmed", "corrected", "rejected")
        ]
    )
    corrected_criterion = forms.ChoiceField(
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


# What is said of a message in which no detector found anything, and of no claim.
_OF_SILENCE = frozenset({SignalReview.Verdict.MISSED.value, SignalReview.Verdict.NOTHING.value})


class ClaimReviewForm(OfCriteriaForm):
    """A verdict at the desk of review: on a claim, or on a message in which no detector found anything."""

    verdict = forms.ChoiceField(choices=SignalReview.Verdict.choices)
    corrected_criterion = forms.ChoiceField(required=False)
    missed = forms.MultipleChoiceField(required=False)
    words = forms.CharField(max_length=2000, required=False, strip=True)

    def clean(self) -> dict[str, object]:
        """A correction and a miss name the criterion that fits."""
        cleaned: dict[str, object] = super().clean() or {}
        verdict = cleaned.get("verdict")
        if verdict == SignalReview.Verdict.CORRECTED and not cleaned.get("corrected_criterion"):
            raise forms.ValidationError(_("Choose the criterion that fits, or reject the claim."))
        if verdict == SignalReview.Verdict.MISSED and not cleaned.get("missed"):
            raise forms.ValidationError(_("Tick what the detectors missed, or say that nothing is there."))
        return cleaned

    def verdicts(self, *, criterion: str, text: str) -> list[SignalVerdict]:
        """Return the verdicts to store: one of a claim, one for each criterion that was missed.

        Raises HarkenError for words that are not in the message, and for a verdict on something else than was shown.
        """
        verdict, span = self.cleaned_data["verdict"], span_of(self.cleaned_data["words"], text=text)
        if (verdict in _OF_SILENCE) == bool(criterion):
            raise HarkenError(_("This verdict does not fit what was shown. Nothing was saved."))
        if verdict == SignalReview.Verdict.MISSED:
            names = self.cleaned_data["missed"]
            return [SignalVerdict(verdict=verdict, criterion=name, span=span) for name in names]
        corrected = self.cleaned_data["corrected_criterion"]
        return [
            SignalVerdict(
                verdict=verdict,
                criterion="" if verdict == SignalReview.Verdict.NOTHING else criterion,
                corrected_criterion=corrected if verdict == SignalReview.Verdict.CORRECTED else "",
                span=span,
            )
        ]


class MissedForm(OfCriteriaForm):
    """What a reader marks that detectors missed; `position` counts messages from 1, as people do."""

    position = forms.IntegerField(min_value=1, max_value=1_000_000)
    criterion = forms.ChoiceField()
    words = forms.CharField(max_length=2000, required=False)

    def verdict(self, *, text: str) -> SignalVerdict:
        """Return the verdict to store; raises HarkenError where the words are not in the message."""
        return SignalVerdict(
            verdict=SignalReview.Verdict.MISSED,
            criterion=self.cleaned_data["criterion"],
            span=span_of(self.cleaned_data["words"], text=text),
        )


def span_of(words: str, *, text: str) -> tuple[int, int] | None:
    """Return where words stand in a message, whatever the spaces between them; None where none are given."""
    if not words.strip():
        return None
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.search(pattern, text)
    if found is None:
        raise HarkenError(
            _("These words are not in the message. Select them in the message, or leave them out.")
        )
    return found.span()


class WishTextForm(forms.Form):
    """The words of an entry of a checklist."""

    text = forms.CharField(max_length=LONGEST_WISH)


class WishForm(WishTextForm):
    """An entry for a checklist; `position` counts messages from 1."""

    position = forms.IntegerField(min_value=1, max_value=1_000_000)


class RewriteForm(forms.Form):
    """A chosen answer as a person wrote it."""

    text = forms.CharField(max_length=LONGEST_ANSWER)


class RunComparisonForm(forms.Form):
    """Two finished runs, and of which change examples are wanted."""

    old = forms.UUIDField()
    new = forms.UUIDField()
    criterion = forms.CharField(max_length=60, required=False)
    side = forms.ChoiceField(choices=[("", ""), ("lost", "lost"), ("gained", "gained")], required=False)


class WordsForm(forms.Form):
    """Which bar of the report the words are asked of."""

    detector = forms.CharField(max_length=60)
    by = forms.ChoiceField(choices=[(name, name) for name in GROUPINGS])
    key = forms.CharField(max_length=200, required=False, strip=False)
    polarity = forms.ChoiceField(choices=[("sat", "sat"), ("dsat", "dsat")])


class PairPageForm(forms.Form):
    """Which pairs are listed."""

    recipe = forms.CharField(max_length=60, required=False)
    before = forms.UUIDField(required=False)


class AskingForm(forms.Form):
    """Which of the project's endpoints is asked."""

    endpoint = forms.ModelChoiceField(
        label=_("endpoint"), queryset=ModelEndpoint.objects.none(), to_field_name="name", empty_label=None
    )

    def __init__(self, *arguments: object, project: Project, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        endpoints = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
        for name in {"endpoint", "judge"} & set(self.fields):
            self.fields[name].queryset = endpoints.order_by("name")  # type: ignore[attr-defined]


class WishCollectionForm(AskingForm):
    """Whom wishes are asked of, and about which conversations."""

    endpoint = forms.ModelChoiceField(
        label=_("read by"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("no model: the users' own sentences"),
    )
    scope = forms.ChoiceField(
        label=_("conversations"),
        choices=[(Scope.ALL, _("all of them")), (Scope.COMPLAINTS, _("those with a complaint"))],
        initial=Scope.COMPLAINTS,
    )

    def clean_scope(self) -> Scope:
        """Return the scope as the service knows it."""
        return Scope(self.cleaned_data["scope"])


class PairWritingForm(AskingForm):
    """Which recipe has answers written, by whom, and who judges them."""

    recipe = forms.ChoiceField(label=_("pair recipe"))
    endpoint = forms.ModelChoiceField(
        label=_("written by"), queryset=ModelEndpoint.objects.none(), to_field_name="name", empty_label=None
    )
    judge = forms.ModelChoiceField(
        label=_("judged by"),
        queryset=ModelEndpoint.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("nobody"),
        help_text=_("Recipes without a judge ask none."),
    )

    def __init__(self, *arguments: object, project: Project, **options: object) -> None:
        super().__init__(*arguments, project=project, **options)
        self.recipes = [load_pair_recipe(name) for name in PAIR_RECIPES]
        self.recipes = [recipe for recipe in self.recipes if recipe.needs]
        self.fields["recipe"].choices = [(each.name, each.title) for each in self.recipes]  # type: ignore[attr-defined]


class WishPageForm(forms.Form):
    """Which wishes are listed."""

    before = forms.UUIDField(required=False)
