"""A version remembers what its recipe left out, and why; frozen with it, for versions are compared by it."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models

from curation.domain.work.guards import frozen_sql
from curation.domain.work.isolation import isolation_sql

RELATIONS = [("curation_leftoutrow", "version_id", "curation_datasetversion")]
STATEMENTS = [
    *isolation_sql(["curation_leftoutrow"], RELATIONS),
    *frozen_sql(table="curation_leftoutrow", version_of_row="ROW.version_id"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0014_bulk_tables")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="LeftOutRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("chosen_id", models.BigIntegerField(blank=True, null=True)),
                ("rejected_id", models.BigIntegerField(blank=True, null=True)),
                ("step", models.CharField(max_length=30)),
                ("reason", models.CharField(max_length=60)),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.project",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="left_out_rows",
                        to="curation.datasetversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["version", "chosen_id", "rejected_id"], name="leftoutrow_by_answers"
                    ),
                    models.Index(fields=["version", "reason", "id"], name="leftoutrow_by_reason"),
                ]
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in STATEMENTS],
    ]
