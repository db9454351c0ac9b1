"""What a project asks of its judges, how each did beside people, and what those that passed label."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLES = ["annotation_judgethresholds", "annotation_judgevalidation", "annotation_judgelabelling"]
RELATIONS = [
    ("annotation_judgevalidation", "run_id", "curation_judgerun"),
    ("annotation_judgelabelling", "run_id", "curation_judgerun"),
    ("annotation_judgelabelling", "validation_id", "annotation_judgevalidation"),
    ("annotation_judgelabelling", "queue_id", "annotation_queue"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0020_figure_reports"),
        ("curation", "0031_judges_of_several_steps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="JudgeValidation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("slice", models.CharField(max_length=60)),
                ("report", models.JSONField(blank=True, default=dict)),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
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
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="validation",
                        to="curation.judgerun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JudgeLabelling",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.queue"
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labelling",
                        to="curation.judgerun",
                    ),
                ),
                (
                    "validation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labellings",
                        to="annotation.judgevalidation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="JudgeThresholds",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "kappa",
                    models.FloatField(
                        default=0.6,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="least Cohen's κ",
                    ),
                ),
                (
                    "pi",
                    models.FloatField(
                        default=0.6,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="least Scott's π",
                    ),
                ),
                (
                    "pairs",
                    models.PositiveIntegerField(
                        default=200,
                        validators=[django.core.validators.MinValueValidator(10)],
                        verbose_name="over at least so many pairs",
                    ),
                ),
                (
                    "dummies",
                    models.FloatField(
                        default=0.9,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="least share of control answers judged right",
                    ),
                ),
                (
                    "rank",
                    models.FloatField(
                        default=0.8,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="least rank correlation",
                    ),
                ),
                (
                    "systems",
                    models.PositiveIntegerField(
                        default=3,
                        validators=[django.core.validators.MinValueValidator(3)],
                        verbose_name="over at least so many models",
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
                    models.UniqueConstraint(fields=("project",), name="judgethresholds_one_per_project"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kappa__gte", 0),
                            ("kappa__lte", 1),
                            ("pi__gte", 0),
                            ("pi__lte", 1),
                            ("dummies__gte", 0),
                            ("dummies__lte", 1),
                            ("rank__gte", 0),
                            ("rank__lte", 1),
                        ),
                        name="judgethresholds_are_shares",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="judgevalidation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("report", {}), ("reported_at__isnull", True)),
                    models.Q(models.Q(("report", {}), _negated=True), ("reported_at__isnull", False)),
                    _connector="OR",
                ),
                name="judgevalidation_reported_at_once",
            ),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
