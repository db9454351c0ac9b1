"""Reports of figures that a worker computed, and tournaments game by game; within their project."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLES = ["annotation_figurereport", "annotation_tournament", "annotation_tournamentgame"]
RELATIONS = [
    ("annotation_figurereport", "job_id", "curation_job"),
    ("annotation_tournament", "response_set_id", "curation_responseset"),
    ("annotation_tournament", "queue_id", "annotation_queue"),
    ("annotation_tournament", "endpoint_id", "curation_modelendpoint"),
    ("annotation_tournament", "job_id", "curation_job"),
    ("annotation_tournamentgame", "tournament_id", "annotation_tournament"),
    ("annotation_tournamentgame", "prompt_id", "curation_prompt"),
    ("annotation_tournamentgame", "first_id", "curation_response"),
    ("annotation_tournamentgame", "second_id", "curation_response"),
    ("annotation_tournamentgame", "task_id", "annotation_task"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0019_criteria_proposals"),
        ("curation", "0030_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Tournament",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("contestants", models.JSONField(default=list)),
                ("seed", models.PositiveIntegerField(default=0)),
                ("third_opinion", models.BooleanField(default=True)),
                ("judge", models.CharField(blank=True, max_length=60)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="curation.modelendpoint",
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tournament",
                        to="curation.job",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tournament",
                        to="annotation.queue",
                    ),
                ),
                (
                    "response_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.responseset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TournamentGame",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("is_deciding", models.BooleanField(default=False)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("first", "the one shown first"),
                            ("second", "the one shown second"),
                            ("tie", "a tie"),
                        ],
                        max_length=6,
                    ),
                ),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.response"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.prompt"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.response"
                    ),
                ),
                (
                    "task",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tournament_game",
                        to="annotation.task",
                    ),
                ),
                (
                    "tournament",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="games",
                        to="annotation.tournament",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FigureReport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("figure", models.CharField(max_length=40)),
                ("question", models.JSONField(default=dict)),
                ("question_hash", models.CharField(max_length=80)),
                ("result", models.JSONField(blank=True, null=True)),
                ("computed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="figure_report",
                        to="curation.job",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "figure", "question_hash"), name="figurereport_once_per_question"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("computed_at__isnull", True), ("result__isnull", True)),
                            models.Q(("computed_at__isnull", False), ("result__isnull", False)),
                            _connector="OR",
                        ),
                        name="figurereport_result_has_time",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="tournament",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="tournament_name_unique"),
        ),
        migrations.AddConstraint(
            model_name="tournament",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("endpoint__isnull", True), ("judge", "")),
                    models.Q(models.Q(("judge", ""), _negated=True), ("endpoint__isnull", False)),
                    _connector="OR",
                ),
                name="tournament_judge_has_endpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="tournamentgame",
            constraint=models.UniqueConstraint(
                fields=("tournament", "prompt", "first", "second", "is_deciding"), name="tournamentgame_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tournamentgame",
            constraint=models.CheckConstraint(
                condition=models.Q(("first", models.F("second")), _negated=True),
                name="tournamentgame_two_answers",
            ),
        ),
        migrations.AddConstraint(
            model_name="tournamentgame",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("judged_at__isnull", True), ("verdict", "")),
                    models.Q(("verdict__in", ["first", "second", "tie"]), ("judged_at__isnull", False)),
                    _connector="OR",
                ),
                name="tournamentgame_judged_at_once",
            ),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
