"""A review is of a criterion in a message, whichever version claims it, and says how it was drawn."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from curation.domain.work.isolation import same_project_sql

TABLE = "feedback_mining_signalreview"
FILL = f"""
ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_append_only;
UPDATE {TABLE} r SET message_id = s.message_id, criterion = s.criterion
FROM feedback_mining_signal s WHERE s.id = r.signal_id;
ALTER TABLE {TABLE} ENABLE TRIGGER {TABLE}_append_only;
SET CONSTRAINTS ALL IMMEDIATE;
"""  # noqa: S608 - a constant


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback_mining", "0005_signals_of_versions")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "signalreview",
            "message",
            models.ForeignKey(
                to="curation.message",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                db_index=False,
                related_name="reviews",
            ),
        ),
        migrations.AddField(
            "signalreview",
            "criterion",
            models.CharField(max_length=60, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "signalreview",
            "message",
            models.ForeignKey(
                to="curation.message",
                on_delete=django.db.models.deletion.CASCADE,
                db_index=False,
                related_name="reviews",
            ),
        ),
        migrations.RemoveField("signalreview", "signal"),
        migrations.AddField("signalreview", "span_start", models.PositiveIntegerField(null=True, blank=True)),
        migrations.AddField("signalreview", "span_end", models.PositiveIntegerField(null=True, blank=True)),
        migrations.AddField(
            "signalreview",
            "arm",
            models.CharField(
                max_length=6,
                choices=[
                    ("free", "chosen by the reviewer"),
                    ("value", "most worth knowing"),
                    ("audit", "drawn at random"),
                ],
                default="free",
            ),
        ),
        migrations.AddField("signalreview", "weight", models.FloatField(default=1.0)),
        migrations.AddField("signalreview", "value", models.FloatField(default=0.0)),
        migrations.AlterField(
            "signalreview",
            "verdict",
            models.CharField(
                max_length=10,
                choices=[
                    ("confirmed", "confirmed"),
                    ("corrected", "corrected"),
                    ("rejected", "rejected"),
                    ("missed", "missed by the detectors"),
                    ("nothing", "rightly silent"),
                ],
            ),
        ),
        migrations.AddConstraint(
            "signalreview",
            models.CheckConstraint(
                condition=Q(verdict="nothing", criterion="") | (~Q(verdict="nothing") & ~Q(criterion="")),
                name="signalreview_criterion_named",
            ),
        ),
        migrations.AddConstraint(
            "signalreview",
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_end__gte=F("span_start")),
                name="signalreview_span_ordered",
            ),
        ),
        migrations.AddConstraint(
            "signalreview",
            models.CheckConstraint(condition=Q(weight__gte=1), name="signalreview_weight_stands"),
        ),
        migrations.AddConstraint(
            "signalreview",
            models.CheckConstraint(
                condition=Q(arm__in=["free", "value", "audit"]), name="signalreview_arm_known"
            ),
        ),
        migrations.AddIndex(
            "signalreview",
            models.Index(fields=["message", "criterion", "-id"], name="signalreview_of_message"),
        ),
        migrations.AddIndex(
            "signalreview", models.Index(fields=["project", "arm", "-id"], name="signalreview_by_arm")
        ),
        migrations.RunSQL(*same_project_sql(TABLE, "message_id", "curation_message")),
    ]
