#!/bin/sh
# Runs once, when the volume of the database is new: the two roles of docs/decisions/0004-database-roles.md.
# Names of roles are fixed (migrations grant to harken_app); passwords come from the environment.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname template1 \
    --set owner_password="$HARKEN_OWNER_PASSWORD" --set app_password="$HARKEN_APP_PASSWORD" <<'SQL'
CREATE ROLE harken_owner LOGIN CREATEDB PASSWORD :'owner_password';
CREATE ROLE harken_app LOGIN PASSWORD :'app_password';

CREATE EXTENSION IF NOT EXISTS vector;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, harken_app;
GRANT USAGE ON SCHEMA public TO harken_app;
ALTER DEFAULT PRIVILEGES FOR ROLE harken_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO harken_app;
ALTER DEFAULT PRIVILEGES FOR ROLE harken_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO harken_app;
SQL

# A copy of template1, so it has the extension and the rights.
createdb --username "$POSTGRES_USER" --owner harken_owner harken
