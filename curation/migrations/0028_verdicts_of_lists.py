"""One judgement may publish a verdict for each pair of the answers that it is about."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0027_topics_of_messages")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RemoveConstraint("comparison", "comparison_once_per_source"),
        migrations.AddConstraint(
            "comparison",
            models.UniqueConstraint(
                condition=models.Q(source_uuid__isnull=False, retracted_at__isnull=True),
                fields=("source_uuid", "response_a", "response_b"),
                name="comparison_once_per_source",
            ),
        ),
    ]
