"""A rubric that a project learned from its users' thumbs."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_learnedrubric"
RELATIONS = [(TABLE, "endpoint_id", "curation_modelendpoint")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0010_project_criteria"),
        ("curation", "0008_found_and_generated_isolation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="LearnedRubric",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.PositiveIntegerField()),
                ("rubric_items", models.JSONField()),
                ("threshold", models.FloatField(default=0.0)),
                ("steepness", models.FloatField(default=0.5)),
                ("learned_from", models.JSONField(default=dict)),
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
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.modelendpoint",
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
                        fields=("project", "version"), name="learnedrubric_version_unique"
                    )
                ],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([TABLE], RELATIONS)],
    ]
