"""Leases, judgements and known answers say in which of a queue's ways somebody was asked."""

from typing import ClassVar

from django.db import migrations, models

TOLD_BY = ("lease", "annotation", "goldanswer")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0022_decision_drafts")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.AddField(name, "way", models.JSONField(blank=True, default=dict)) for name in TOLD_BY],
    ]
