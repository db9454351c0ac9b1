"""A judge that earned it scores single answers."""

from typing import ClassVar

from django.db import migrations, models

KINDS = [
    ("detector", "detector"),
    ("checks", "checks"),
    ("consensus", "consensus"),
    ("source", "given by the source"),
    ("reward_model", "reward model"),
    ("judge", "a judge that earned it"),
    ("enrichment", "enrichment"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0032_sealed_endpoint_keys")]
    operations: ClassVar = [
        migrations.AlterField("scorer", "kind", models.CharField(choices=KINDS, max_length=14))
    ]
