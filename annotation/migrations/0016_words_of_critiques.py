"""What a person would fix or write instead are words, however short: they go where the conversation is withdrawn."""

from typing import ClassVar

from django.db import migrations

# Codes, ids and numbers of an answer stay: agreement is computed from them.
CODES_OF = """
CREATE OR REPLACE FUNCTION harken_codes_of(answer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(answer)
    WHERE (jsonb_typeof(value) <> 'string' OR length(value #>> '{}') <= 40) AND key NOT IN ('fix', 'correction')
$$
"""

FORGET_NOTES = """
CREATE OR REPLACE FUNCTION harken_forget_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_grade g SET note = ''
        FROM curation_response r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE g.response_id = r.id AND p.conversation_id = NEW.id AND g.note <> '';
    UPDATE annotation_annotation a SET answer = harken_codes_of(a.answer)
        WHERE harken_codes_of(a.answer) <> a.answer AND a.task_id IN (
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
    dependencies: ClassVar = [("annotation", "0015_known_answers_and_review")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(CODES_OF, migrations.RunSQL.noop),
        migrations.RunSQL(FORGET_NOTES, migrations.RunSQL.noop),
    ]
