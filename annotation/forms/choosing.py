"""How assertions are to be chosen: by a rule with its limits, or one by one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.domain.criteria.choosing import DEFAULT_MAX_FFR, DEFAULT_MIN_COVERAGE, METHODS, ChoiceRule
from annotation.models import Assertion

BY_HAND = "by_hand"


class LimitsForm(forms.Form):
    """What may be tolerated, and what is to be covered, in percent."""

    tolerated_percent = forms.FloatField(
        label=_("Tolerated false failures, in percent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("For the two rules that choose the set as a whole."),
    )
    covered_percent = forms.FloatField(
        label=_("Coverage to reach, in percent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("For the fewest that cover enough."),
    )

    def __init__(self, sent: Any = None) -> None:
        super().__init__(sent)
        self.fields["tolerated_percent"].initial = f"{100 * DEFAULT_MAX_FFR:g}"
        self.fields["covered_percent"].initial = f"{100 * DEFAULT_MIN_COVERAGE:g}"

    @property
    def limits(self) -> tuple[float, float]:
        """The tolerance and the coverage, as shares; the usual ones where nothing was said."""
        values = self.cleaned_data if self.is_valid() else {}
        tolerated, covered = values.get("tolerated_percent"), values.get("covered_percent")
        return (
            DEFAULT_MAX_FFR if tolerated is None else tolerated / 100,
            DEFAULT_MIN_COVERAGE if covered is None else covered / 100,
        )


class ChoiceForm(LimitsForm):
    """A rule, or the assertions that were ticked."""

    method = forms.ChoiceField(choices=[(name, name) for name in (*METHODS, BY_HAND)], required=False)

    def __init__(self, sent: Any, *, assertions: Sequence[Assertion]) -> None:
        super().__init__(sent)
        self.fields["chosen"] = forms.MultipleChoiceField(
            choices=[(str(own.uuid), own.name) for own in assertions], required=False
        )

    @property
    def rule(self) -> ChoiceRule | None:
        """The rule that was chosen; None where the assertions were."""
        method = self.cleaned_data["method"] or METHODS[0]
        if method == BY_HAND:
            return None
        tolerated, covered = self.limits
        return ChoiceRule(method=method, max_ffr=tolerated, min_coverage=covered)

    @property
    def chosen(self) -> list[UUID]:
        """The assertions that were ticked."""
        return [UUID(uuid) for uuid in self.cleaned_data["chosen"]]
