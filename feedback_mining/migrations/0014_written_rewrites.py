"""An answer that a model wrote for a pair may wait for a person too."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from curation.domain.work.isolation import isolation_sql

TABLE = "feedback_mining_pairrewrite"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0013_checklist_readings"),
        ("curation", "0027_topics_of_messages"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AlterField(
            "pairrewrite",
            "chosen",
            models.ForeignKey(
                to="curation.message",
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
            ),
        ),
        migrations.AddField(
            "pairrewrite",
            "written",
            models.ForeignKey(
                to="curation.response",
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
            ),
        ),
        migrations.AddConstraint(
            "pairrewrite",
            models.UniqueConstraint(fields=["recipe", "written"], name="pairrewrite_once_written"),
        ),
        migrations.AddConstraint(
            "pairrewrite",
            models.CheckConstraint(
                condition=Q(chosen__isnull=False, written__isnull=True)
                | Q(chosen__isnull=True, written__isnull=False),
                name="pairrewrite_one_answer",
            ),
        ),
        *[
            migrations.RunSQL(forward, reverse)
            for forward, reverse in isolation_sql([], [(TABLE, "written_id", "curation_response")])
        ],
    ]
