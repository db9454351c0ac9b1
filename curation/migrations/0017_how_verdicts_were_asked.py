"""A verdict carries a copy of how the person was asked: protocol, order shown, guideline."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0016_evaluation_texts")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("comparison", "protocol", models.CharField(blank=True, max_length=40)),
        migrations.AddField("comparison", "order_shown", models.CharField(blank=True, max_length=10)),
        migrations.AddField("comparison", "guideline_version", models.CharField(blank=True, max_length=40)),
    ]
