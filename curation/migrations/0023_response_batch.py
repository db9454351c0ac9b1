"""An answer names the import that brought it to a conversation of another import: its rights are that import's."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models.deletion import CASCADE

from curation.domain.work.isolation import isolation_sql

RELATIONS = [("curation_response", "batch_id", "curation_importbatch")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0022_undo_asked")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "response",
            "batch",
            models.ForeignKey(
                "curation.importbatch",
                on_delete=CASCADE,
                null=True,
                blank=True,
                db_index=False,
                db_constraint=False,
                related_name="+",
            ),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([], RELATIONS)],
    ]
