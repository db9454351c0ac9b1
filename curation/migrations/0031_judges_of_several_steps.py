"""Judges ask in several steps and of several models, and are validated on pairs of any source before they label."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q
from django.db.models.deletion import CASCADE, PROTECT

from curation.domain.work.isolation import isolation_sql

PURPOSES = [("evaluation", "evaluation"), ("validation", "validation"), ("labelling", "labelling")]
ORDERS = [("a_first", "A first"), ("b_first", "B first")]
DECIDERS = [
    ("people", "people"),
    ("miner", "the miner"),
    ("imported", "the source"),
    ("judge", "a judge that earned it"),
]
RUN_FIELDS = [
    ("purpose", models.CharField(choices=PURPOSES, default="evaluation", max_length=10)),
    ("source_name", models.CharField(blank=True, default="", max_length=200)),
    ("configuration", models.JSONField(blank=True, default=dict)),
]
PAIR_FIELDS = [
    ("strength_from", models.CharField(blank=True, default="", max_length=12)),
    ("method", models.CharField(blank=True, default="", max_length=20)),
    ("votes", models.JSONField(blank=True, default=dict)),
]
JUDGEMENT_FIELDS = [
    ("step", models.CharField(blank=True, default="", max_length=40)),
    ("shown", models.JSONField(blank=True, default=list)),
    ("scores", models.JSONField(blank=True, default=dict)),
    ("log_odds", models.FloatField(blank=True, null=True)),
]
# Columns of text have a default for the rows that are there, and none in the model.
KEPT_DEFAULTS = {"purpose", "configuration", "votes", "shown", "scores", "log_odds"}


def added(model: str, fields: "list[tuple[str, models.Field[object, object]]]") -> list[migrations.AddField]:
    """Return the operations that add columns to a table."""
    return [
        migrations.AddField(model, name, field, preserve_default=name in KEPT_DEFAULTS)
        for name, field in fields
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0030_preferences")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *added("judgerun", RUN_FIELDS),
        *added("judgedpair", PAIR_FIELDS),
        *added("judgement", JUDGEMENT_FIELDS),
        migrations.AddField(
            "judgedpair",
            "preference_pair",
            models.ForeignKey(
                blank=True, null=True, on_delete=CASCADE, related_name="+", to="curation.preferencepair"
            ),
        ),
        *[
            migrations.RunSQL(forward, reverse)
            for forward, reverse in isolation_sql(
                [], [("curation_judgedpair", "preference_pair_id", "curation_preferencepair")]
            )
        ],
        migrations.AlterField(
            "judgerun",
            "response_set",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=CASCADE,
                related_name="judge_runs",
                to="curation.responseset",
            ),
        ),
        *[
            migrations.AlterField(
                "judgerun",
                side,
                models.ForeignKey(
                    blank=True, null=True, on_delete=PROTECT, related_name="+", to="curation.modelversion"
                ),
            )
            for side in ("model_a", "model_b")
        ],
        migrations.AlterField(
            "judgement", "order_shown", models.CharField(blank=True, choices=ORDERS, max_length=8)
        ),
        migrations.AlterField("datasetrow", "decided_by", models.CharField(choices=DECIDERS, max_length=8)),
        migrations.RemoveConstraint("judgement", "judgement_once_per_order"),
        migrations.RemoveConstraint("judgement", "judgement_order_known"),
        migrations.AddConstraint(
            "judgement",
            models.UniqueConstraint(
                fields=("pair", "step", "order_shown"), name="judgement_once_per_step_and_order"
            ),
        ),
        migrations.AddConstraint(
            "judgement",
            models.CheckConstraint(
                condition=Q(order_shown__in=["", "a_first", "b_first"]), name="judgement_order_known"
            ),
        ),
        migrations.AddConstraint(
            "judgerun",
            models.CheckConstraint(
                condition=Q(purpose__in=["validation", "labelling"])
                | Q(
                    purpose="evaluation",
                    response_set__isnull=False,
                    model_a__isnull=False,
                    model_b__isnull=False,
                ),
                name="judgerun_evaluates_a_set",
            ),
        ),
    ]
