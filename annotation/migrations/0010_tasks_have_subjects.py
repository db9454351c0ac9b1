"""Every task has a conversation and a subject, and need not have a pair; withdrawal follows the conversation."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

# Codes, ids and numbers of an answer stay: agreement is computed from them. Longer texts are somebody's words.
FORGET_NOTES = """
CREATE OR REPLACE FUNCTION harken_forget_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_grade g SET note = ''
        FROM curation_response r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE g.response_id = r.id AND p.conversation_id = NEW.id AND g.note <> '';
    UPDATE annotation_annotation a
        SET answer = (SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(a.answer)
                      WHERE jsonb_typeof(value) <> 'string' OR length(value #>> '{}') <= 40)
        WHERE length(a.answer::text) > 40 AND a.task_id IN (
            SELECT t.id FROM annotation_task t WHERE t.conversation_id = NEW.id
            UNION
            SELECT asked.task_id FROM annotation_taskresponse asked
                JOIN curation_response r ON r.id = asked.response_id
                JOIN curation_prompt p ON p.id = r.prompt_id
                WHERE p.conversation_id = NEW.id);
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0009_answers_of_tasks")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RemoveConstraint("task", "task_once_per_queue"),
        migrations.AlterField(
            "task",
            "pair",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.preferencepair",
            ),
        ),
        migrations.AlterField(
            "task",
            "conversation",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.conversation"
            ),
        ),
        migrations.AlterField("task", "subject", models.CharField(max_length=60)),
        migrations.AddConstraint(
            "task", models.UniqueConstraint(fields=("queue", "subject"), name="task_once_per_queue")
        ),
        migrations.RunSQL(FORGET_NOTES, migrations.RunSQL.noop),
    ]
