"""Judgements and grades are only ever added."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.guards import append_only_sql

STATEMENTS = [*append_only_sql("annotation_annotation"), *append_only_sql("annotation_grade")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0003_project_isolation"), ("curation", "0003_guarded_rows")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in STATEMENTS],
    ]
