"""Who leaves a project keeps the membership's row, because judgements hang on its pseudonym."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0003_guarded_rows")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("membership", "removed_at", models.DateTimeField(blank=True, null=True)),
    ]
