"""A chosen answer that refers to the complaint waits for a person to rewrite it."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_pairrewrite"
RELATIONS = [
    (TABLE, "complaint_id", "curation_message"),
    (TABLE, "rejected_id", "curation_message"),
    (TABLE, "chosen_id", "curation_message"),
    (TABLE, "pair_id", "curation_preferencepair"),
]


def message_key() -> models.ForeignKey:
    """A key of a message of the conversation."""
    return models.ForeignKey(
        to="curation.message", on_delete=django.db.models.deletion.CASCADE, related_name="+"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0007_checklists"),
        ("curation", "0021_one_index_per_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="PairRewrite",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("recipe", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=40)),
                ("criterion", models.CharField(max_length=60)),
                ("confidence", models.FloatField()),
                ("span_start", models.PositiveIntegerField()),
                ("span_end", models.PositiveIntegerField()),
                ("reference_start", models.PositiveIntegerField()),
                ("reference_end", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        max_length=10,
                        choices=[
                            ("waiting", "waits for a person"),
                            ("rewritten", "rewritten"),
                            ("dropped", "dropped"),
                        ],
                        default="waiting",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, blank=True)),
                ("complaint", message_key()),
                ("rejected", message_key()),
                ("chosen", message_key()),
                (
                    "pair",
                    models.ForeignKey(
                        to="curation.preferencepair",
                        null=True,
                        blank=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        to=settings.AUTH_USER_MODEL,
                        null=True,
                        blank=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        to="curation.project",
                        on_delete=django.db.models.deletion.CASCADE,
                        db_index=False,
                        related_name="+",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["recipe", "rejected", "chosen"], name="pairrewrite_once"),
                    models.CheckConstraint(
                        condition=Q(state="waiting", decided_at__isnull=True, decided_by__isnull=True)
                        | (~Q(state="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                        name="pairrewrite_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=Q(span_end__gte=F("span_start"), reference_end__gte=F("reference_start")),
                        name="pairrewrite_spans_ordered",
                    ),
                ],
                "indexes": [models.Index(fields=["project", "state", "-id"], name="pairrewrite_by_state")],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([TABLE], RELATIONS)],
    ]
