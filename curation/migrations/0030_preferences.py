"""What a person chose for the pages they work in is kept with their account."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0029_judgements")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("user", "preferences", models.JSONField(blank=True, default=dict)),
    ]
