"""What is kept of figures: reports that a worker computed, and tournaments game by game."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models.queues import Queue
from annotation.models.tasks import Task
from curation.models import (
    Job,
    ModelEndpoint,
    ProjectQuerySet,
    ProjectRow,
    Prompt,
    Response,
    ResponseSet,
    User,
)


class FigureReport(ProjectRow):
    """The figures that answer one question, as a worker found them; they hold numbers, names and ids, never texts."""

    figure = models.CharField(max_length=40)
    question = models.JSONField(default=dict)
    question_hash = models.CharField(max_length=80)
    result = models.JSONField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="figure_report"
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "figure", "question_hash"], name="figurereport_once_per_question"
            ),
            models.CheckConstraint(
                condition=Q(result__isnull=True, computed_at__isnull=True)
                | Q(result__isnull=False, computed_at__isnull=False),
                name="figurereport_result_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"report of {self.figure}"


class Tournament(ProjectRow):
    """A single elimination on each prompt of a set; played by people in a queue, or by a judge."""

    name = models.CharField(_("name"), max_length=120)
    response_set = models.ForeignKey(ResponseSet, on_delete=models.CASCADE, related_name="+")
    # The ids of the models that play; on a prompt those play that answered it.
    contestants = models.JSONField(default=list)
    seed = models.PositiveIntegerField(default=0)
    third_opinion = models.BooleanField(default=True)
    queue = models.OneToOneField(
        Queue, null=True, blank=True, on_delete=models.SET_NULL, related_name="tournament"
    )
    judge = models.CharField(max_length=60, blank=True)
    endpoint = models.ForeignKey(
        ModelEndpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="tournament"
    )
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="tournament_name_unique"),
            models.CheckConstraint(
                condition=Q(judge="", endpoint__isnull=True) | (~Q(judge="") & Q(endpoint__isnull=False)),
                name="tournament_judge_has_endpoint",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TournamentGame(ProjectRow):
    """One verdict of a match, on two answers in the order in which they are shown; "" while it waits."""

    class Verdict(models.TextChoices):
        FIRST = "first", _("the one shown first")
        SECOND = "second", _("the one shown second")
        TIE = "tie", _("a tie")

    tournament = models.ForeignKey(Tournament, on_delete=models.CASCADE, db_index=False, related_name="games")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="+")
    first = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    is_deciding = models.BooleanField(default=False)
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    # What asks people for the verdict; a judge needs none.
    task = models.OneToOneField(
        Task, null=True, blank=True, on_delete=models.CASCADE, related_name="tournament_game"
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tournament", "prompt", "first", "second", "is_deciding"],
                name="tournamentgame_once",
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="tournamentgame_two_answers"),
            models.CheckConstraint(
                condition=Q(verdict="", judged_at__isnull=True)
                | (Q(verdict__in=["first", "second", "tie"]) & Q(judged_at__isnull=False)),
                name="tournamentgame_judged_at_once",
            ),
        ]

    def __str__(self) -> str:
        return f"game {self.uuid}"
