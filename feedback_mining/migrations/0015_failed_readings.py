"""A conversation that gave no readable answer is left alone until its user says more, and no longer."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback_mining", "0014_written_rewrites")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "checklistreading",
            "failed_at_message_id",
            models.BigIntegerField(null=True, blank=True),
        ),
    ]
