"""The rules of a queue as a form: in what order and of how many people, who they are, and what becomes of skips."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import Payload
from annotation.domain.queues.ordering import Order
from annotation.domain.queues.overlap import OverlapPolicy
from annotation.models import Queue, QueueMember
from annotation.models.queues import ORDERS, OVERLAP_POLICIES
from annotation.services.queues.setup import QueueRules
from curation.models import Project
from curation.queries.access.people import members_of

# HelpSteer2 asks three people, and five where three differ by more than two.
GAP = 2.0
# Three who agree and nobody who does not: see `chance_of_majority`.
CHANCE = 0.9
RULES = (
    "overlap",
    "overlap_policy",
    "most_overlap",
    "overlap_bound",
    "key_attribute",
    "order",
    "audit_share",
    "language",
    "retire_after",
    "keeps_together",
    "sending",
    "is_restricted",
)


class QueueRulesForm(forms.Form):
    """What every queue is told beside its protocol; a field that is left out keeps its usual value."""

    overlap = forms.IntegerField(label=_("people per task"), min_value=1, max_value=20, initial=1)
    overlap_policy = forms.ChoiceField(
        label=_("and more people"),
        required=False,
        choices=[(name, _("never") if name == "fixed" else title) for name, title in OVERLAP_POLICIES],
        help_text=_(
            "Where they disagree: as soon as all have judged and two are further apart than the bound, up to the "
            "most. Until the majority is sure: one at a time, until the chance that the leading answer is truly "
            "the more frequent of the first two reaches the bound (three who agree: 94 %)."
        ),
    )
    most_overlap = forms.IntegerField(label=_("at most"), min_value=1, max_value=50, required=False)
    overlap_bound = forms.FloatField(
        label=_("bound"),
        min_value=0,
        required=False,
        help_text=_("A gap, such as 2 points, or a chance, such as 0.9."),
    )
    key_attribute = forms.CharField(
        label=_("by the attribute"),
        max_length=60,
        required=False,
        help_text=_("Where several are rated; the first one otherwise."),
    )
    order = forms.ChoiceField(
        label=_("order"),
        required=False,
        choices=ORDERS,
        help_text=_(
            "The most telling first: unsure and strong signals, over the minutes that reading takes."
        ),
    )
    audit_share = forms.FloatField(
        label=_("share drawn by chance alone"),
        min_value=0,
        max_value=1,
        required=False,
        help_text=_(
            "From 0 to 1. These are spread over the whole queue, and what they show holds for all of it."
        ),
    )
    language = forms.CharField(
        label=_("language"), max_length=20, required=False, help_text=_("A code such as en; empty: any.")
    )
    retire_after = forms.IntegerField(
        label=_("retire a task after so many skips"),
        min_value=1,
        max_value=50,
        required=False,
        help_text=_("Empty: it always goes to somebody else."),
    )
    keeps_together = forms.BooleanField(
        label=_("tasks of one conversation in succession"), required=False, initial=True
    )
    sending = forms.ChoiceField(
        label=_("a choice is sent"),
        required=False,
        choices=Queue.Sending.choices,
        help_text=_("Where a button or a key decides; a form is always sent by its own button."),
    )
    is_restricted = forms.BooleanField(
        label=_("only for people who are named on the queue's page"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what the policy needs, and fill in its usual bound."""
        cleaned = super().clean() or self.cleaned_data
        policy = cleaned.get("overlap_policy") or OverlapPolicy.FIXED.value
        least, most = cleaned.get("overlap") or 1, cleaned.get("most_overlap")
        if policy == OverlapPolicy.FIXED:
            cleaned["most_overlap"] = cleaned["overlap_bound"] = None
        elif not most or most < least:
            self.add_error("most_overlap", _("Say how many people at most, and no fewer than per task."))
        elif cleaned.get("overlap_bound") is None:
            cleaned["overlap_bound"] = GAP if policy == OverlapPolicy.DISAGREEMENT else CHANCE
        bound = cleaned.get("overlap_bound")
        if policy == OverlapPolicy.CONFIDENT and bound is not None and not bound < 1:
            self.add_error("overlap_bound", _("A chance lies below 1: nobody is ever entirely sure."))
        return cleaned

    def queue_rules(self, settings: Payload) -> QueueRules:
        """Return the rules, with the settings of the protocol."""
        usual = {
            "overlap_policy": OverlapPolicy.FIXED.value,
            "order": Order.GIVEN.value,
            "audit_share": 0.0,
            "sending": Queue.Sending.AT_ONCE,
        }
        told: dict[str, Any] = {}
        for name in RULES:
            value = self.cleaned_data.get(name)
            told[name] = usual.get(name, value) if value in ("", None) else value
        return QueueRules(settings=settings, **told)


def rules_form(queue: Queue, **options: Any) -> QueueRulesForm:
    """Return the form with what a queue is told now."""
    return QueueRulesForm(initial={name: getattr(queue, name) for name in RULES}, **options)


class QueueMemberForm(forms.Form):
    """Somebody who works on a queue."""

    membership = forms.UUIDField(label=_("person"), widget=forms.Select)
    expertise = forms.ChoiceField(label=_("as"), choices=QueueMember.Expertise.choices)
    languages = forms.CharField(
        label=_("languages"), max_length=80, required=False, help_text=_("Codes such as en, de; empty: any.")
    )

    def __init__(self, *arguments: Any, project: Project, **options: Any) -> None:
        super().__init__(*arguments, **options)
        people = [(str(each.uuid), str(each.user)) for each in members_of(project)]
        self.fields["membership"].widget.choices = people

    def clean_languages(self) -> list[str]:
        """Return the codes, each once."""
        return list(dict.fromkeys(self.cleaned_data["languages"].replace(",", " ").split()))
