"""What the confidences that detectors state are worth, by a project's reviews."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_fittedconfidence"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0015_failed_readings"),
        ("curation", "0008_found_and_generated_isolation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="FittedConfidence",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("detector", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField()),
                ("stating_version", models.CharField(max_length=60)),
                ("fitted_version", models.CharField(max_length=60)),
                ("curves", models.JSONField()),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("is_used", models.BooleanField(default=True)),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "detector", "version"), name="fittedconfidence_version_unique"
                    )
                ],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([TABLE], [])],
    ]
