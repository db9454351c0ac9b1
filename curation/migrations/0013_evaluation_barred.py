"""What was generated for an evaluation never becomes a row to train on: the database refuses it."""

from typing import ClassVar

from django.db import migrations

FUNCTION = """
CREATE FUNCTION harken_bar_evaluation_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM curation_responsesetentry e JOIN curation_responseset s ON s.id = e.response_set_id
        WHERE e.response_id IN (NEW.chosen_id, NEW.rejected_id) AND s.purpose = 'evaluation'
    ) THEN
        RAISE EXCEPTION 'An answer that was generated for an evaluation cannot be a row of a dataset.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER curation_datasetrow_no_evaluation BEFORE INSERT OR UPDATE OF chosen_id, rejected_id
    ON curation_datasetrow FOR EACH ROW EXECUTE FUNCTION harken_bar_evaluation_rows()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0012_orders_and_ranges")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION harken_bar_evaluation_rows()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER curation_datasetrow_no_evaluation ON curation_datasetrow"),
    ]
