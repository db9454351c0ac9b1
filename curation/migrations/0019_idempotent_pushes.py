"""A push is stored once under its key."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0018_withdraw_what_was_added")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("importbatch", "push_key", models.CharField(blank=True, max_length=200)),
        migrations.AddConstraint(
            "importbatch",
            models.UniqueConstraint(
                condition=~models.Q(push_key=""),
                fields=("project", "push_key"),
                name="importbatch_once_per_push",
            ),
        ),
    ]
