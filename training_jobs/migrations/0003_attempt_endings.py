"""An attempt knows how it ended and which process supervised it."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

ENDINGS = [
    ("finished", "finished"),
    ("lost", "lost"),
    ("moved", "moved"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("training_jobs", "0002_project_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "runattempt",
            "ending",
            models.CharField(blank=True, choices=ENDINGS, max_length=12, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "runattempt",
            "ending_reason",
            models.CharField(blank=True, max_length=300, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "runattempt", "supervisor_id", models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.AddField(
            "runattempt", "supervisor_started_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddConstraint(
            "runattempt",
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="runattempt_ended_both_or_neither",
            ),
        ),
    ]
