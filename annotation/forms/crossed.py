"""A crossed experiment as a form: what is asked, of what, how precisely, and what is assumed for the plan."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import Reads
from annotation.domain.protocol_comparison.planning import Design
from annotation.protocols import PROTOCOLS, load_protocol
from annotation.services.queues.crossed_setup import Crossing
from annotation.services.queues.setup import QueueRules
from annotation.services.queues.sources import CANDIDATES, MINED

PLAIN = Design()
# Protocols that rate answers, and protocols that choose between them.
RATES = ("rating", "attributes")
CHOOSES = (Reads.PAIR, Reads.ANSWERS)


class CrossedForm(forms.Form):
    """Half the interval's width in points, what the plan assumes, and the two protocols."""

    name = forms.CharField(label=_("name"), max_length=100, initial=_("Ratings against choices"))
    pairs = forms.ChoiceField(
        label=_("source"),
        choices=[(MINED, _("mined from feedback")), (CANDIDATES, _("regenerated and edited answers"))],
    )
    first = forms.ChoiceField(label=_("rated by"), initial="rating")
    second = forms.ChoiceField(label=_("chosen by"), initial="pairwise")
    points = forms.FloatField(
        label=_("± points"),
        min_value=0.5,
        max_value=50,
        initial=5,
        help_text=_("How far the consistent share may lie from what you find, at 95 %."),
    )
    people = forms.IntegerField(label=_("people per item"), min_value=1, max_value=20, initial=2)
    each = forms.IntegerField(
        label=_("pairs that one person judges"), min_value=1, max_value=5000, initial=30
    )
    wash_out_hours = forms.FloatField(
        label=_("hours between the protocols"),
        min_value=0,
        max_value=24 * 365,
        initial=24,
        help_text=_("So that nobody remembers what they said: a day is usual."),
    )
    share = forms.FloatField(
        label=_("consistent share to expect, in %"),
        min_value=1,
        max_value=99,
        initial=50,
        help_text=_("One half takes the most pairs, so it is the safe guess."),
    )
    same_person = forms.FloatField(
        label=_("likeness of one person's verdicts"),
        min_value=0,
        max_value=1,
        initial=PLAIN.annotator_correlation,
        help_text=_("Intraclass correlation: 0 says that people do not differ in consistency."),
    )
    same_item = forms.FloatField(
        label=_("likeness of the verdicts on one item"),
        min_value=0,
        max_value=1,
        initial=PLAIN.item_correlation,
    )
    all_items = forms.BooleanField(
        label=_("open every item of the source, and not only as many as the plan asks for"), required=False
    )

    asked_fields = ("name", "pairs", "first", "second", "points", "people", "each", "wash_out_hours")
    assumed_fields = ("share", "same_person", "same_item", "all_items")

    def __init__(self, *arguments: Any, sources: Iterable[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        protocols = [load_protocol(name) for name in PROTOCOLS]
        rates = [(each.name, each.title) for each in protocols if each.name in RATES]
        chooses = [(each.name, each.title) for each in protocols if each.reads in CHOOSES]
        self.fields["first"].choices = rates  # type: ignore[attr-defined]
        self.fields["second"].choices = chooses  # type: ignore[attr-defined]
        self.fields["pairs"].choices += list(sources)  # type: ignore[attr-defined]

    @property
    def asked(self) -> list[forms.BoundField]:
        """What is set up."""
        return [self[name] for name in self.asked_fields]

    @property
    def assumed(self) -> list[forms.BoundField]:
        """What the plan assumes."""
        return [self[name] for name in self.assumed_fields]

    def _value(self, name: str) -> Any:
        known = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return known.get(name, self.fields[name].initial)

    @property
    def half_width(self) -> float:
        """Half the interval's width as a share."""
        return float(self._value("points")) / 100

    @property
    def design(self) -> Design:
        """What the plan assumes; the usual design while the form is not filled in sensibly."""
        return Design(
            share=float(self._value("share")) / 100,
            pairs_per_annotator=int(self._value("each")),
            judgements_per_item=int(self._value("people")),
            annotator_correlation=float(self._value("same_person")),
            item_correlation=float(self._value("same_item")),
        )

    @property
    def source(self) -> dict[str, str]:
        """Return what both queues are filled with."""
        return {"pairs": str(self._value("pairs") or MINED)}

    @property
    def crossing(self) -> Crossing:
        """Return the two protocols with their usual settings, and the gap."""
        rules = QueueRules(overlap=self.cleaned_data["people"])
        return Crossing(
            protocols=(self.cleaned_data["first"], self.cleaned_data["second"]),
            rules=(rules, rules),
            wash_out_hours=self.cleaned_data["wash_out_hours"],
        )
