"""Uploaded texts of evaluation sets, from which recipes keep their rows apart."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0015_left_out_rows")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="EvaluationText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.SlugField(max_length=80, verbose_name="name")),
                ("texts", models.JSONField(default=list)),
                ("sha256", models.CharField(max_length=64)),
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
                    models.UniqueConstraint(fields=("project", "name"), name="evaluationtext_name_unique")
                ]
            },
        ),
        *[
            migrations.RunSQL(forward, reverse)
            for forward, reverse in isolation_sql(["curation_evaluationtext"], [])
        ],
    ]
