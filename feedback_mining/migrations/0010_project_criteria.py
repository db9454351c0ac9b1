"""A project may add criteria of its own."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_projectcriterion"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0009_run_expense"),
        ("curation", "0008_found_and_generated_isolation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ProjectCriterion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.SlugField(max_length=48, verbose_name="name")),
                (
                    "polarity",
                    models.CharField(
                        choices=[("sat", "satisfaction"), ("dsat", "dissatisfaction")],
                        max_length=4,
                        verbose_name="speaks",
                    ),
                ),
                ("definition", models.TextField(max_length=500, verbose_name="fires when the user …")),
                ("example", models.TextField(blank=True, max_length=500, verbose_name="for example")),
                ("counter_example", models.TextField(blank=True, max_length=500, verbose_name="but not")),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
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
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("project", "name"),
                        name="projectcriterion_name_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("polarity__in", ["sat", "dsat"])),
                        name="projectcriterion_polarity_known",
                    ),
                ],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([TABLE], [])],
    ]
