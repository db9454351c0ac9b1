"""What is asked of a page of figures: which verdicts, of whom, under which conditions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Queue
from annotation.queries.figures.computing import Question
from annotation.queries.figures.scorer_chances import CONFIDENCE, MINER, fair_scorers
from annotation.queries.ranking.stored_preferences import scorer_choices
from curation.models import Project

PEOPLE, JUDGES, UNSTATED, MINED = "people", "judges", "unstated", "mined"
SOURCES = [
    (PEOPLE, _("people, ours and those of imports")),
    (JUDGES, _("judge models")),
    (MINED, _("pairs mined from feedback")),
    (UNSTATED, _("imports that do not say who judged")),
]
MOST_QUEUES = 200
# What an address of a chart names beside the question.
CHART_FIELDS = frozenset({"chart", "as"})


def queue_choices(project: Project) -> list[tuple[str, str]]:
    """Return (id, name) of the project's queues, the newest first."""
    queues = Queue.objects.for_project(project).order_by("-id")[:MOST_QUEUES]
    return [(str(queue.uuid), queue.name) for queue in queues]


class QuestionForm(forms.Form):
    """A question about a project; a page that is opened without one asks the usual one."""

    def __init__(self, sent: Any = None, *, project: Project) -> None:
        asked = sent if sent is not None and set(sent) - CHART_FIELDS - {"csrfmiddlewaretoken"} else None
        super().__init__(asked)
        self.project = project
        self.offer(project)

    def offer(self, project: Project) -> None:
        """Fill the choices that the project gives."""

    @property
    def sent(self) -> list[tuple[str, str]]:
        """The fields as they were sent, so that another form can carry them on."""
        if not self.is_bound:
            return []
        return [(name, value) for name in self.fields for value in self.data.getlist(name)]  # type: ignore[attr-defined]

    def question(self) -> Question:
        """Return what was asked; the usual question where nothing was, or nothing sensible."""
        if self.is_bound and self.is_valid():
            return dict(self.cleaned_data)
        return {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}


class RankingForm(QuestionForm):
    """Whose verdicts rank the models, and whether at equal style."""

    sources = forms.MultipleChoiceField(
        label=_("verdicts of"), choices=SOURCES, widget=forms.CheckboxSelectMultiple, initial=[PEOPLE, JUDGES]
    )
    equal_style = forms.BooleanField(
        label=_("also at equal length, lists, headers and bold"), required=False, initial=False
    )


class FactorsForm(QuestionForm):
    """How people are grouped, and which scorers stand beside them."""

    by = forms.ChoiceField(
        label=_("people as"),
        choices=[
            ("source", _("one group")),
            ("person", _("each person")),
            ("queue", _("each queue")),
            ("alike", _("groups that choose alike")),
        ],
        initial="source",
    )
    embedded = forms.BooleanField(
        label=_("also what an embedding model reads: nearness to the prompt, repetition, focus"),
        required=False,
        initial=False,
    )
    scorers = forms.MultipleChoiceField(
        label=_("scorers beside them"), widget=forms.CheckboxSelectMultiple, required=False, initial=[]
    )

    def offer(self, project: Project) -> None:
        """Offer the scorers that have values on answers."""
        self.fields["scorers"].choices = scorer_choices(project)  # type: ignore[attr-defined]
        if not self.fields["scorers"].choices:  # type: ignore[attr-defined]
            del self.fields["scorers"]


class CalibrationForm(QuestionForm):
    """Which scorer is held against people, and by what its claims are grouped."""

    scorer = forms.ChoiceField(label=_("claims of"), initial=CONFIDENCE)
    by = forms.ChoiceField(
        label=_("apart by"),
        choices=[
            ("queue", _("where people were asked")),
            ("person", _("person")),
            ("recipe", _("pair recipe")),
        ],
        initial="queue",
    )

    def offer(self, project: Project) -> None:
        """Offer the confidence of mined pairs, and the scorers that have values on pairs or answers."""
        scorers = [*scorer_choices(project, target="pair"), *scorer_choices(project)]
        self.fields["scorer"].choices = [MINER, *dict.fromkeys(scorers)]  # type: ignore[attr-defined]


class QueueForm(QuestionForm):
    """Which queue is asked about, the newest where none is named, and whose doubts about its labels are told."""

    queue = forms.ChoiceField(label=_("queue"), initial="")
    scorer = forms.ChoiceField(label=_("labels doubted by"), required=False, initial="")

    def offer(self, project: Project) -> None:
        """Offer the project's queues, the newest first, which is the usual one, and the first scorer that there is."""
        choices = queue_choices(project)
        self.fields["queue"].choices = choices  # type: ignore[attr-defined]
        self.fields["queue"].initial = choices[0][0] if choices else ""
        scorers = fair_scorers(project)
        self.fields["scorer"].choices = [("", _("nobody")), *scorers]  # type: ignore[attr-defined]
        self.fields["scorer"].initial = scorers[0][0] if scorers else ""


class AskAgainForm(forms.Form):
    """How many of the most telling tasks, or of those with the most doubted labels, are asked again, and where."""

    about = forms.CharField(max_length=120)
    count = forms.IntegerField(min_value=1, max_value=1000)
    where = forms.ChoiceField(choices=[("same_queue", ""), ("new_queue", "")])
    # By whom labels are doubted, and whether the tasks of those are meant.
    scorer = forms.ChoiceField(required=False)
    doubted = forms.BooleanField(required=False)

    def __init__(self, sent: Any, *, project: Project) -> None:
        super().__init__(sent)
        self.fields["scorer"].choices = [("", ""), *fair_scorers(project)]  # type: ignore[attr-defined]


class RobustnessForm(QuestionForm):
    """Of which queues, and which ways of asking are told apart."""

    queues = forms.MultipleChoiceField(label=_("queues"), widget=forms.CheckboxSelectMultiple)
    by = forms.MultipleChoiceField(
        label=_("ways of asking"),
        choices=[
            ("order", _("the order in which answers stood")),
            ("guideline", _("the version of the guideline")),
            ("queue", _("the queue: its protocol, scale and wording")),
            ("scale", _("the scale that was drawn")),
            ("anchors", _("the words on the scale that were drawn")),
            ("wording", _("the wording that was drawn")),
            ("neutral", _("whether a neutral option was drawn")),
        ],
        widget=forms.CheckboxSelectMultiple,
        initial=["order"],
    )

    def offer(self, project: Project) -> None:
        """Offer the project's queues, the newest first, which is the usual one."""
        choices = queue_choices(project)
        self.fields["queues"].choices = choices  # type: ignore[attr-defined]
        self.fields["queues"].initial = [choices[0][0]] if choices else []
