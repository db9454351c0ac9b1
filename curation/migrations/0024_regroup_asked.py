"""An enricher that groups conversations notes that the first of a group may be gone."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0023_response_batch")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("enrichment", "regroup_asked_at", models.DateTimeField(blank=True, null=True)),
    ]
