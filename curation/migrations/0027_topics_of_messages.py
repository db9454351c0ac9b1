"""The topic of a message has a table of its own: a vector whose row is changed is indexed anew, which takes long."""

from typing import Any, ClassVar

import django.utils.timezone
import uuid6
from django.db import migrations, models
from django.db.models.deletion import CASCADE

from curation.domain.work.isolation import isolation_sql, same_project_sql

RELATIONS = [
    ("curation_messagetopic", "conversation_id", "curation_conversation"),
    ("curation_messagetopic", "message_id", "curation_message"),
    ("curation_messagetopic", "topic_id", "curation_topic"),
]
KEY_BESIDE_VECTORS = same_project_sql("curation_messageembedding", "topic_id", "curation_topic")
# A message that was embedded by several models stays with the topic of its newest vector.
MOVE = """
INSERT INTO curation_messagetopic (uuid, created_at, project_id, conversation_id, message_id, topic_id)
SELECT DISTINCT ON (message_id) gen_random_uuid(), now(), project_id, conversation_id, message_id, topic_id
FROM curation_messageembedding WHERE topic_id IS NOT NULL ORDER BY message_id, id DESC
"""
MOVE_BACK = """
UPDATE curation_messageembedding e SET topic_id = t.topic_id FROM curation_messagetopic t
WHERE t.message_id = e.message_id
"""
NAME_MODELS = """
UPDATE curation_topic t SET model = COALESCE(
    (SELECT e.model FROM curation_messageembedding e WHERE e.topic_id = t.id ORDER BY e.id DESC LIMIT 1), '')
"""
# A withdrawal takes the topic of a message along, as it does fingerprints.
FORGET = """
CREATE OR REPLACE FUNCTION harken_forget_fingerprints() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM curation_fingerprint WHERE conversation_id = NEW.id;
    DELETE FROM curation_messagetopic WHERE conversation_id = NEW.id;
    RETURN NEW;
END $$
"""
FORGET_BEFORE = FORGET.replace("    DELETE FROM curation_messagetopic WHERE conversation_id = NEW.id;\n", "")
FREE: dict[str, Any] = {"on_delete": CASCADE, "db_constraint": False, "related_name": "+"}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0026_screened_answers")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("topic", "model", models.CharField(blank=True, max_length=80)),
        migrations.CreateModel(
            name="MessageTopic",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("project", models.ForeignKey("curation.project", db_index=False, **FREE)),
                ("conversation", models.ForeignKey("curation.conversation", db_index=False, **FREE)),
                ("message", models.OneToOneField("curation.message", **FREE)),
                ("topic", models.ForeignKey("curation.topic", db_index=False, **FREE)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["conversation"], name="messagetopic_conversation"),
                    models.Index(fields=["topic", "-conversation"], name="messagetopic_by_topic"),
                ]
            },
        ),
        migrations.RunSQL(NAME_MODELS, migrations.RunSQL.noop),
        migrations.RunSQL(MOVE, MOVE_BACK),
        # The checks of what was moved are done before the table is changed further.
        *[
            migrations.RunSQL(forward, reverse)
            for forward, reverse in isolation_sql(["curation_messagetopic"], RELATIONS)
        ],
        migrations.RunSQL(FORGET, FORGET_BEFORE),
        migrations.RunSQL(KEY_BESIDE_VECTORS[1], KEY_BESIDE_VECTORS[0]),
        migrations.RemoveIndex("messageembedding", "messageembedding_by_topic"),
        migrations.RemoveField("messageembedding", "topic"),
    ]
