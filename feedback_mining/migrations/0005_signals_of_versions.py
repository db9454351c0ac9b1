"""What an earlier version of a detector found stays beside what the newest finds, so that they can be compared."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

FILL = """
UPDATE feedback_mining_signal s SET detector_version = r.detector_version
FROM feedback_mining_miningrun r WHERE r.id = s.run_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback_mining", "0004_runs_go_on")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "signal",
            "detector_version",
            models.CharField(max_length=60, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField("signal", "is_current", models.BooleanField(default=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint("signal", "signal_once_per_criterion"),
        migrations.AddConstraint(
            "signal",
            models.UniqueConstraint(
                fields=["message", "detector", "detector_version", "criterion"],
                name="signal_once_per_criterion",
            ),
        ),
        migrations.AddIndex(
            "signal",
            models.Index(
                fields=["project", "probability"], name="signal_by_doubt", condition=Q(is_current=True)
            ),
        ),
    ]
