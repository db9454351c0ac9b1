"""How far a language model has read each conversation for its user's wishes."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_checklistreading"
RELATIONS = [(TABLE, "conversation_id", "curation_conversation")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0012_trained_heads"),
        ("curation", "0027_topics_of_messages"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ChecklistReading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.CharField(max_length=220)),
                ("through_message_id", models.BigIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.conversation",
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
                    models.UniqueConstraint(fields=("conversation", "version"), name="checklistreading_once")
                ],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([TABLE], RELATIONS)],
    ]
