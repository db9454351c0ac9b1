"""Reasons of skips are words, however short; questions about a joint pair go with either of its conversations."""

from typing import ClassVar

from django.db import migrations

CODES_OF = """
CREATE OR REPLACE FUNCTION harken_codes_of(answer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(answer)
    WHERE (jsonb_typeof(value) <> 'string' OR length(value #>> '{}') <= 40)
        AND key NOT IN ('fix', 'correction', 'reason')
        OR key = 'reason' AND value #>> '{}' IN ('accuracy', 'completeness', 'style', 'safety')
$$
"""

FORGET_QUESTIONS = """
CREATE OR REPLACE FUNCTION harken_forget_questions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE withdrawn bigint[];
BEGIN
    SELECT array_agg(id) INTO withdrawn FROM (
        SELECT t.id FROM annotation_task t WHERE t.conversation_id = NEW.id
        UNION
        SELECT asked.task_id FROM annotation_taskresponse asked
            JOIN curation_response r ON r.id = asked.response_id
            JOIN curation_prompt p ON p.id = r.prompt_id
            WHERE p.conversation_id = NEW.id) tasks;
    UPDATE annotation_precedent p SET body = '' FROM annotation_question q
        WHERE p.question_id = q.id AND q.task_id = ANY (withdrawn);
    UPDATE annotation_question q SET body = '' WHERE q.task_id = ANY (withdrawn);
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0017_questions_of_answers")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(CODES_OF, migrations.RunSQL.noop),
        migrations.RunSQL(FORGET_QUESTIONS, migrations.RunSQL.noop),
    ]
