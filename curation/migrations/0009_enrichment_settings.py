"""What an enrichment needs to go on: its settings per project, the last message it read, scorers of its kind."""

from typing import ClassVar

from django.db import migrations, models

KINDS = [
    ("detector", "detector"),
    ("checks", "checks"),
    ("consensus", "consensus"),
    ("source", "given by the source"),
    ("reward_model", "reward model"),
    ("enrichment", "enrichment"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0008_found_and_generated_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("project", "enrichment_settings", models.JSONField(blank=True, default=dict)),
        migrations.AddField("enrichment", "message_done_through", models.BigIntegerField(default=0)),
        migrations.AlterField("scorer", "kind", models.CharField(choices=KINDS, max_length=14)),
    ]
