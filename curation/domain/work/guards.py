"""SQL of the rows that nobody may change: append-only tables and frozen dataset versions.

The guards let only the owner of the tables pass, and only while `harken.unlocked` is on: that is the case inside
the SECURITY DEFINER functions of withdrawal and purge. The app's role owns nothing, so it never passes.
"""

# Statements of migrations: only constants of this module and of the migrations enter them.
# ruff: noqa: S608
OWNER_UNLOCKED = """
    (current_setting('harken.unlocked', true) = 'on'
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID))
"""

APPEND_ONLY_FUNCTION = (
    f"""
CREATE FUNCTION harken_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {OWNER_UNLOCKED} THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are only ever added, never changed or removed.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
""",
    "DROP FUNCTION harken_refuse_change()",
)


def append_only_sql(table: str) -> list[tuple[str, str]]:
    """Return (forward, reverse) statements that refuse UPDATE, DELETE and TRUNCATE on `table`."""
    return [
        (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION harken_refuse_change()",
            f"DROP TRIGGER {table}_append_only ON {table}",
        ),
        (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION harken_refuse_change()",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
        ),
    ]


def frozen_sql(*, table: str, version_of_row: str) -> list[tuple[str, str]]:
    """Return statements that refuse every change to a row whose version is frozen, TRUNCATE included.

    `version_of_row` is an SQL expression giving the version's id, with ROW standing for OLD or NEW.
    """
    old, new = version_of_row.replace("ROW", "OLD"), version_of_row.replace("ROW", "NEW")
    function = f"harken_guard_{table}"
    body = f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE frozen boolean := false;
BEGIN
    IF NOT {OWNER_UNLOCKED} THEN
        IF TG_OP = 'TRUNCATE' THEN
            frozen := EXISTS (SELECT 1 FROM curation_datasetversion WHERE frozen_at IS NOT NULL);
        ELSE
            IF TG_OP <> 'INSERT' THEN
                frozen := EXISTS (SELECT 1 FROM curation_datasetversion v
                                  WHERE v.id = ({old}) AND v.frozen_at IS NOT NULL);
            END IF;
            IF TG_OP <> 'DELETE' AND NOT frozen THEN
                frozen := EXISTS (SELECT 1 FROM curation_datasetversion v
                                  WHERE v.id = ({new}) AND v.frozen_at IS NOT NULL);
            END IF;
        END IF;
        IF frozen THEN
            RAISE EXCEPTION 'This dataset version is frozen, so it cannot change. Make a new version to edit it.'
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$"""
    return [
        (body, f"DROP FUNCTION {function}()"),
        (
            f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()",
            f"DROP TRIGGER {table}_frozen ON {table}",
        ),
        (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
        ),
    ]


def app_role_only_sql(function: str) -> tuple[str, str]:
    """Return statements that let the app's role alone run a SECURITY DEFINER function, where that role exists."""
    return (
        f"""
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'harken_app') THEN
        REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {function} TO harken_app;
    END IF;
END $$""",
        "SELECT 1",
    )
