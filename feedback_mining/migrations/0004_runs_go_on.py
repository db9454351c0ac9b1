"""A run says from which message it reads, and through which conversation it has come."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback_mining", "0003_append_only")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("miningrun", "after_message_id", models.BigIntegerField(default=0)),
        migrations.AddField("miningrun", "done_through", models.BigIntegerField(default=0)),
    ]
