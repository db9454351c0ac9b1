"""The app's role, which owns nothing, may refresh the planner's statistics after a bulk load."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.guards import app_role_only_sql

REFRESH = """
CREATE FUNCTION harken_refresh_statistics(the_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE the_index regclass;
BEGIN
    FOR the_index IN
        SELECT x.indexrelid::regclass FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
        WHERE x.indrelid = format('public.%I', the_table)::regclass AND a.amname = 'gin'
    LOOP
        PERFORM gin_clean_pending_list(the_index);
    END LOOP;
    EXECUTE format('ANALYZE public.%I', the_table);
END $$
"""

STATEMENTS = [
    (REFRESH, "DROP FUNCTION harken_refresh_statistics(text)"),
    app_role_only_sql("harken_refresh_statistics(text)"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0010_fingerprints")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in STATEMENTS],
    ]
