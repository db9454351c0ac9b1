"""A queue may wait for the screening for personal data, and show pseudonyms in its place."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0005_withdrawn_sentences")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "queue",
            "requires_pii_screening",
            models.BooleanField(default=False, verbose_name="ask only what was screened for personal data"),
        ),
        migrations.AddField(
            "queue",
            "masks_pii",
            models.BooleanField(default=False, verbose_name="show personal data as pseudonyms"),
        ),
    ]
