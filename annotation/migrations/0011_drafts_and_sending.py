"""A lease keeps what its holder has written so far; a queue says when a choice is sent."""

from typing import ClassVar

from django.db import migrations, models

# Nothing but what was typed is in a draft, so all of it goes with the conversation.
FORGET_DRAFTS = """
CREATE FUNCTION harken_forget_drafts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_lease SET draft = '{}' WHERE draft <> '{}' AND task_id IN (
        SELECT t.id FROM annotation_task t WHERE t.conversation_id = NEW.id
        UNION
        SELECT asked.task_id FROM annotation_taskresponse asked
            JOIN curation_response r ON r.id = asked.response_id
            JOIN curation_prompt p ON p.id = r.prompt_id
            WHERE p.conversation_id = NEW.id);
    RETURN NEW;
END $$
"""

FORGET_DRAFTS_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_drafts AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_drafts()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0010_tasks_have_subjects")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("lease", "draft", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "queue",
            "sending",
            models.CharField(
                choices=[
                    ("at_once", "at once"),
                    ("after_window", "two seconds later, unless it is taken back"),
                    ("confirmed", "when it is confirmed"),
                ],
                default="at_once",
                max_length=12,
                verbose_name="a choice is sent",
            ),
        ),
        migrations.RunSQL(FORGET_DRAFTS, "DROP FUNCTION harken_forget_drafts()"),
        migrations.RunSQL(
            FORGET_DRAFTS_TRIGGER,
            "DROP TRIGGER curation_conversation_forget_drafts ON curation_conversation",
        ),
    ]
