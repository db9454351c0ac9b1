"""A task asks about answers, or about a user's message, and no longer about pairs alone."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

ANSWERS = "annotation_taskresponse"
RELATIONS = [
    ("annotation_queue", "guideline_id", "annotation_guideline"),
    ("annotation_task", "conversation_id", "curation_conversation"),
    ("annotation_task", "message_id", "curation_message"),
    (ANSWERS, "task_id", "annotation_task"),
    (ANSWERS, "response_id", "curation_response"),
]


def _key(to: str, **options: object) -> models.Field:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=to, **options)  # type: ignore[arg-type]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0007_withdrawn_notes"), ("curation", "0027_topics_of_messages")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("queue", "settings", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "queue",
            "guideline",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotation.guideline",
            ),
        ),
        migrations.AddField(
            "task", "conversation", _key("curation.conversation", null=True, related_name="+")
        ),
        migrations.AddField(
            "task", "message", _key("curation.message", null=True, blank=True, related_name="+")
        ),
        migrations.AddField("task", "subject", models.CharField(max_length=60, default="")),
        migrations.CreateModel(
            name="TaskResponse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("project", _key("curation.project", db_index=False, related_name="+")),
                ("response", _key("curation.response", related_name="+")),
                ("task", _key("annotation.task", related_name="asked")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("task", "position"), name="taskresponse_position_unique"),
                    models.UniqueConstraint(fields=("task", "response"), name="taskresponse_once_per_task"),
                ],
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([ANSWERS], RELATIONS)],
    ]
