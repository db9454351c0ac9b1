"""Reviews are only ever added, and a withdrawn conversation takes its users' wishes with it."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.guards import append_only_sql

FORGET_WISHES = """
CREATE FUNCTION harken_forget_wishes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE feedback_mining_userwish w SET text = '' FROM curation_message m
        WHERE w.message_id = m.id AND m.conversation_id = NEW.id;
    RETURN NEW;
END $$
"""

FORGET_WISHES_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_wishes AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_wishes()
"""

STATEMENTS = [
    *append_only_sql("feedback_mining_signalreview"),
    (FORGET_WISHES, "DROP FUNCTION harken_forget_wishes()"),
    (FORGET_WISHES_TRIGGER, "DROP TRIGGER curation_conversation_forget_wishes ON curation_conversation"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0002_project_isolation"),
        ("curation", "0003_guarded_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in STATEMENTS],
    ]
