"""What an assertion said of an answer may quote it, so it goes where the conversation is withdrawn."""

from typing import ClassVar

from django.db import migrations

FORGET_SENTENCES = """
CREATE FUNCTION harken_forget_sentences() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_assertionresult a SET sentence = ''
        FROM curation_response r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE a.response_id = r.id AND p.conversation_id = NEW.id;
    RETURN NEW;
END $$
"""

FORGET_SENTENCES_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_sentences AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_sentences()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0004_append_only"),
        ("curation", "0003_guarded_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(FORGET_SENTENCES, "DROP FUNCTION harken_forget_sentences()"),
        migrations.RunSQL(
            FORGET_SENTENCES_TRIGGER,
            "DROP TRIGGER curation_conversation_forget_sentences ON curation_conversation",
        ),
    ]
