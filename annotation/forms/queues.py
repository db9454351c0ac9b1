"""What a researcher sends to open a queue: the protocol with its settings, the source, and the rules."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import AnswerError, Entry, Payload, Reads, SettingField
from annotation.forms.queue_rules import QueueRulesForm
from annotation.protocols import PROTOCOLS, load_protocol
from annotation.queries.queues.offered import ONLY_WRITTEN
from annotation.services.queues.crossed_setup import Crossing
from annotation.services.queues.setup import QueueRules
from annotation.services.queues.sources import CANDIDATES, MINED, WRITTEN
from curation.models import SavedView

# Settings of the protocol carry this before their name, so that they meet no field of the queue.
PREFIX = "setting-"
DEFAULT_PROTOCOL = "pairwise"
FIRST = ("name", "pairs", "view", "overlap")
# A year: a longer gap is a slip of the keyboard, and the second protocol would never open.
LONGEST_GAP_HOURS = 24 * 366


class QueueForm(QueueRulesForm):
    """A new queue. The settings of the protocol that was chosen are fields of the form, too."""

    name = forms.CharField(label=_("name"), max_length=120)
    protocol = forms.ChoiceField(label=_("What is asked"), widget=forms.RadioSelect)
    pairs = forms.ChoiceField(
        label=_("source"),
        required=False,
        choices=[(MINED, _("mined from feedback")), (CANDIDATES, _("regenerated and edited answers"))],
        help_text=_("A protocol of single answers asks about each answer of these pairs once."),
    )
    view = forms.ChoiceField(label=_("of the conversations in"), required=False, choices=[("", _("all"))])
    second = forms.ChoiceField(
        label=_("the same again under a second protocol"),
        required=False,
        choices=[("", _("no"))],
        help_text=_(
            "Each person meets each of the two first on half of the items, and the other one after the gap."
        ),
    )
    wash_out_hours = forms.FloatField(
        label=_("hours between the two for a person"),
        min_value=0,
        max_value=LONGEST_GAP_HOURS,
        required=False,
        initial=24,
    )
    field_order = ("name", "protocol", "pairs", "view")

    def __init__(
        self,
        *arguments: Any,
        sources: Iterable[tuple[str, str]] = (),
        views: Iterable[SavedView] = (),
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.offered = [load_protocol(name) for name in PROTOCOLS]
        self.fields["protocol"].choices = [(each.name, each.title) for each in self.offered]  # type: ignore[attr-defined]
        self.fields["view"].choices += [(str(each.uuid), each.name) for each in views]  # type: ignore[attr-defined]
        self.fields["pairs"].choices += list(sources)  # type: ignore[attr-defined]
        self.fields["second"].choices += [(each.name, each.title) for each in self.offered]  # type: ignore[attr-defined]
        self.chosen = load_protocol(self._chosen_name())
        self.fields.update({PREFIX + each.name: _form_field(each) for each in self.chosen.fields})

    def _chosen_name(self) -> str:
        named = self.data.get("protocol") or self.initial.get("protocol")
        return named if named in PROTOCOLS else DEFAULT_PROTOCOL

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        """The fields of the protocol's settings, but for the ways of asking."""
        return [self[PREFIX + each.name] for each in self.chosen.fields if not each.is_way]

    @property
    def way_fields(self) -> list[forms.BoundField]:
        """The fields that offer ways of asking."""
        return [self[PREFIX + each.name] for each in self.chosen.fields if each.is_way]

    @property
    def opens_ways(self) -> bool:
        """Whether a field that offers ways of asking is filled in, or refused."""
        return any(field.errors or field.value() for field in self.way_fields)

    @property
    def rule_fields(self) -> list[forms.BoundField]:
        """The fields that every queue needs, in their order."""
        return [self[name] for name in FIRST]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """The rules that most queues leave as they are."""
        known = {"protocol", *FIRST}
        return [self[name] for name in self.fields if name not in known and not name.startswith(PREFIX)]

    @property
    def has_further_errors(self) -> bool:
        """Whether a field is refused that stands among the further rules."""
        return any(field.errors for field in self.further_fields)

    @property
    def setting_payload(self) -> Payload:
        """The settings as they were sent; a protocol completes what was not, as it proposes it in a new form."""
        names = [each.name for each in self.chosen.fields]
        return {name: [self.data[PREFIX + name]] for name in names if PREFIX + name in self.data}

    def clean(self) -> dict[str, Any]:
        """Have the protocol check its settings; what it refuses is said beside the field."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("second") == self.chosen.name:
            self.add_error("second", _("Choose another protocol than the first: the two are compared."))
        try:
            self.chosen.settings(self.setting_payload)
        except AnswerError as error:
            named = PREFIX + error.field
            self.add_error(named if named in self.fields else None, str(error))
        return cleaned

    def take(self, error: ValidationError) -> None:
        """Say beside its field what the queue itself refuses; a rule of several fields stands above the form."""
        for name, sentences in error.message_dict.items():
            self.add_error(name if name in self.fields else None, sentences)

    def source(self) -> dict[str, str]:
        """Return what the queue is filled with, as `annotation.services.queues.sources` reads it."""
        if self.chosen.reads is Reads.MESSAGE:
            source = {"signals": "mined"}
        else:
            name, is_written, _rest = (self.cleaned_data["pairs"] or MINED).partition(ONLY_WRITTEN)
            source = {"pairs": name, **({"answers": WRITTEN} if is_written else {})}
        view = self.cleaned_data["view"]
        return {**source, **({"view": view} if view else {})}

    def rules(self) -> QueueRules:
        """Return how the queue asks."""
        return self.queue_rules(self.setting_payload)

    def crossing(self) -> Crossing | None:
        """Return the two protocols and the gap between them, where a second one was asked for."""
        second = self.cleaned_data["second"]
        if not second:
            return None
        return Crossing(
            protocols=(self.chosen.name, second),
            rules=(self.rules(), self.queue_rules({})),
            wash_out_hours=self.cleaned_data["wash_out_hours"] or 0.0,
        )


def _form_field(setting: SettingField) -> forms.Field:
    shared: Mapping[str, Any] = {"label": setting.label, "help_text": setting.help, "required": False}
    if setting.entry is Entry.CHECK:
        return forms.BooleanField(initial=bool(setting.default), **shared)
    rows = {"rows": min(12, 2 + setting.default.count("\n"))}
    return forms.CharField(initial=setting.default, widget=forms.Textarea(attrs=rows), **shared)
