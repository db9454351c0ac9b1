"""What annotators wrote in words about a conversation may quote it, so it goes where that is withdrawn."""

from typing import ClassVar

from django.db import migrations

# Codes, ids and numbers of an answer stay: agreement is computed from them. Longer texts are somebody's words.
FORGET_NOTES = """
CREATE FUNCTION harken_forget_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_grade g SET note = ''
        FROM curation_response r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE g.response_id = r.id AND p.conversation_id = NEW.id AND g.note <> '';
    UPDATE annotation_annotation a
        SET answer = (SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(a.answer)
                      WHERE jsonb_typeof(value) <> 'string' OR length(value #>> '{}') <= 40)
        FROM annotation_task t JOIN curation_preferencepair pair ON pair.id = t.pair_id
            JOIN curation_prompt p ON p.id = pair.prompt_id
        WHERE a.task_id = t.id AND p.conversation_id = NEW.id AND length(a.answer::text) > 40;
    RETURN NEW;
END $$
"""

FORGET_NOTES_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_notes AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_notes()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0006_queue_screening"),
        ("curation", "0018_withdraw_what_was_added"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(FORGET_NOTES, "DROP FUNCTION harken_forget_notes()"),
        migrations.RunSQL(
            FORGET_NOTES_TRIGGER, "DROP TRIGGER curation_conversation_forget_notes ON curation_conversation"
        ),
    ]
