"""Frozen versions and the audit trail refuse change, and withdrawal and purge go through one function each."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.guards import APPEND_ONLY_FUNCTION, app_role_only_sql, append_only_sql, frozen_sql

WITHDRAW = """
CREATE FUNCTION harken_withdraw_conversation(the_project bigint, the_conversation bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('harken.unlocked', 'on', true);
    CREATE TEMPORARY TABLE withdrawn_version ON COMMIT DROP AS
        SELECT DISTINCT r.version_id AS id FROM curation_datasetrow r
        JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE p.project_id = the_project AND p.conversation_id = the_conversation;
    UPDATE curation_datasetrowtext t SET prompt = '[]', chosen = '[]', rejected = '[]', withdrawn_at = now()
        FROM curation_datasetrow r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE t.row_id = r.id AND p.project_id = the_project AND p.conversation_id = the_conversation;
    UPDATE curation_datasetversion SET withdrawn_in_part_at = COALESCE(withdrawn_in_part_at, now())
        WHERE id IN (SELECT id FROM withdrawn_version);
    UPDATE curation_modelversion SET withdrawn_in_part_at = COALESCE(withdrawn_in_part_at, now())
        WHERE trained_on_id IN (SELECT id FROM withdrawn_version);
    UPDATE curation_evidence e SET quote = '' FROM curation_message m
        WHERE e.message_id = m.id AND m.project_id = the_project AND m.conversation_id = the_conversation;
    UPDATE curation_response r SET body = '[]', body_text = '' FROM curation_prompt p
        WHERE r.prompt_id = p.id AND r.message_id IS NULL
          AND p.project_id = the_project AND p.conversation_id = the_conversation;
    UPDATE curation_message SET parts = '[]', text = ''
        WHERE project_id = the_project AND conversation_id = the_conversation;
    UPDATE curation_conversation SET title = '', withdrawn_at = COALESCE(withdrawn_at, now())
        WHERE project_id = the_project AND id = the_conversation;
    DROP TABLE withdrawn_version;
    PERFORM set_config('harken.unlocked', 'off', true);
END $$
"""

# Every key is deferred to the end of the transaction, so the order of the tables does not matter.
PURGE = """
CREATE FUNCTION harken_purge_project(the_project bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE the_table text;
BEGIN
    PERFORM set_config('harken.unlocked', 'on', true);
    FOR the_table IN
        SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = 'project_id' AND t.table_type = 'BASE TABLE'
    LOOP
        EXECUTE format('DELETE FROM %I WHERE project_id = $1', the_table) USING the_project;
    END LOOP;
    DELETE FROM curation_project WHERE id = the_project;
    PERFORM set_config('harken.unlocked', 'off', true);
END $$
"""

STATEMENTS = [
    APPEND_ONLY_FUNCTION,
    *append_only_sql("curation_auditevent"),
    # The version itself may be frozen, which is an update of an unfrozen row; a frozen one may not change.
    *frozen_sql(
        table="curation_datasetversion",
        version_of_row="CASE WHEN ROW.frozen_at IS NULL THEN NULL ELSE ROW.id END",
    ),
    *frozen_sql(table="curation_datasetrow", version_of_row="ROW.version_id"),
    *frozen_sql(
        table="curation_datasetrowtext",
        version_of_row="SELECT r.version_id FROM curation_datasetrow r WHERE r.id = ROW.row_id",
    ),
    (WITHDRAW, "DROP FUNCTION harken_withdraw_conversation(bigint, bigint)"),
    app_role_only_sql("harken_withdraw_conversation(bigint, bigint)"),
    (PURGE, "DROP FUNCTION harken_purge_project(bigint)"),
    app_role_only_sql("harken_purge_project(bigint)"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0002_project_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in STATEMENTS],
    ]
