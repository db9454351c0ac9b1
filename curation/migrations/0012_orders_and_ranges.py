"""The list of conversations can be ordered by start, length and score, and narrowed to a range of each."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


def _ordered(column: str, name: str) -> migrations.AddIndex:
    return migrations.AddIndex("conversation", models.Index(fields=["project", column, "id"], name=name))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0011_refresh_statistics")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        _ordered("started_at", "conversation_by_start"),
        _ordered("word_count", "conversation_by_words"),
        _ordered("message_count", "conversation_by_turns"),
        migrations.RemoveIndex("score", "score_by_value"),
        migrations.AddIndex(
            "score", models.Index(fields=["scorer", "value", "id"], name="score_by_value_and_id")
        ),
        migrations.AddIndex(
            "messageembedding",
            models.Index(fields=["topic", "-conversation"], name="messageembedding_by_topic"),
        ),
        migrations.AlterField(
            "messageembedding",
            "topic",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="embeddings",
                to="curation.topic",
            ),
        ),
    ]
