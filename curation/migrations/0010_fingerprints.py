"""Fingerprints of conversations, by which duplicates are found; a withdrawal takes them along."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

RELATIONS = [("curation_fingerprint", "conversation_id", "curation_conversation")]

FORGET = """
CREATE FUNCTION harken_forget_fingerprints() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM curation_fingerprint WHERE conversation_id = NEW.id;
    RETURN NEW;
END $$
"""

FORGET_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_fingerprints AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_fingerprints()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0009_enrichment_settings")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("enricher", models.CharField(max_length=60)),
                ("keys", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ("signature", models.BinaryField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.conversation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="fingerprint_keys")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("conversation", "enricher"), name="fingerprint_once")
                ],
            },
        ),
        *[
            migrations.RunSQL(forward, reverse)
            for forward, reverse in isolation_sql(["curation_fingerprint"], RELATIONS)
        ],
        migrations.RunSQL(FORGET, "DROP FUNCTION harken_forget_fingerprints()"),
        migrations.RunSQL(
            FORGET_TRIGGER, "DROP TRIGGER curation_conversation_forget_fingerprints ON curation_conversation"
        ),
    ]
