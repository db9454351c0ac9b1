"""An import notes that its undo was asked for, so that it neither goes on nor is undone twice meanwhile."""

from typing import ClassVar

from django.db import migrations, models

ASKED = "UPDATE curation_importbatch SET undo_asked_at = undone_at WHERE undone_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0021_one_index_per_key")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("importbatch", "undo_asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL(ASKED, migrations.RunSQL.noop),
    ]
