"""Rules of queues: overlap by policy, order, audit, retirement, people, crossed protocols, and tasks fetched ahead."""

from typing import Any, ClassVar

import django.utils.timezone
import uuid6
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.deletion import CASCADE, SET_NULL

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "annotation_queuemember",
    "annotation_crosseditem",
    "annotation_crossedreading",
    "annotation_modelannotator",
]
RELATIONS = [
    ("annotation_queue", "partner_id", "annotation_queue"),
    ("annotation_queuemember", "queue_id", "annotation_queue"),
    ("annotation_queuemember", "membership_id", "curation_membership"),
    ("annotation_crosseditem", "queue_id", "annotation_queue"),
    ("annotation_crosseditem", "conversation_id", "curation_conversation"),
    ("annotation_crossedreading", "item_id", "annotation_crosseditem"),
    ("annotation_crossedreading", "membership_id", "curation_membership"),
    ("annotation_modelannotator", "membership_id", "curation_membership"),
]
POLICIES = [
    ("fixed", "this many"),
    ("disagreement", "more where they disagree"),
    ("confident", "until the majority is sure"),
]
ORDERS = [("given", "as they come"), ("random", "by chance"), ("value", "the most telling first")]


def _key(to: str, **options: Any) -> Any:
    options.setdefault("related_name", "+")
    return models.ForeignKey(to=to, **{"on_delete": CASCADE, **options})


def _row_of(*fields: tuple[str, Any]) -> list[tuple[str, Any]]:
    """Return the columns of a project's row, then these."""
    return [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
        ("project", _key("curation.project", db_index=False)),
        *fields,
    ]


QUEUE: list[tuple[str, Any]] = [
    (
        "overlap_policy",
        models.CharField("how many people judge a task", max_length=12, choices=POLICIES, default="fixed"),
    ),
    ("most_overlap", models.PositiveSmallIntegerField("at most", null=True, blank=True)),
    ("overlap_bound", models.FloatField(null=True, blank=True)),
    ("key_attribute", models.CharField("by this attribute", max_length=60, blank=True)),
    ("order", models.CharField("order", max_length=8, choices=ORDERS, default="given")),
    ("audit_share", models.FloatField("share drawn by chance alone", default=0.0)),
    ("language", models.CharField("language", max_length=20, blank=True)),
    (
        "retire_after",
        models.PositiveSmallIntegerField("skips until a task is retired", null=True, blank=True),
    ),
    ("keeps_together", models.BooleanField("tasks of one conversation in succession", default=True)),
    ("has_threads", models.BooleanField(default=False)),
    ("is_restricted", models.BooleanField("only the people listed", default=False)),
    ("partner", _key("annotation.queue", null=True, blank=True, on_delete=SET_NULL)),
    ("is_second", models.BooleanField(default=False)),
    ("wash_out_hours", models.FloatField("hours between the protocols", default=0.0)),
]
TASK: list[tuple[str, Any]] = [
    ("is_audit", models.BooleanField(default=False)),
    ("wanted", models.PositiveSmallIntegerField(default=1)),
    ("skips", models.PositiveSmallIntegerField(default=0)),
    ("retired_at", models.DateTimeField(null=True, blank=True)),
]
PEOPLE = _row_of(
    ("queue", _key("annotation.queue", related_name="people")),
    ("membership", _key("curation.membership")),
    (
        "expertise",
        models.CharField("as", max_length=8, choices=[("lay", "lay"), ("expert", "expert")], default="lay"),
    ),
    ("languages", models.JSONField(default=list, blank=True)),
)
ITEMS = _row_of(
    ("queue", _key("annotation.queue", related_name="crossed_items")),
    ("conversation", _key("curation.conversation")),
    ("arm", models.PositiveSmallIntegerField()),
    ("open_places", models.PositiveSmallIntegerField()),
)
READINGS = _row_of(
    ("item", _key("annotation.crosseditem", related_name="readings")),
    ("membership", _key("curation.membership")),
    ("ended_at", models.DateTimeField(null=True, blank=True)),
)
MODELS = _row_of(
    ("name", models.CharField(max_length=120)),
    ("configuration", models.JSONField(default=dict, blank=True)),
    (
        "membership",
        models.OneToOneField(to="curation.membership", on_delete=CASCADE, related_name="model_annotator"),
    ),
)


def _once(name: str, *fields: str) -> dict[str, Any]:
    return {"constraints": [models.UniqueConstraint(fields=fields, name=name)]}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0011_drafts_and_sending"), ("curation", "0029_judgements")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.AddField("queue", name, field) for name, field in QUEUE],
        *[migrations.AddField("task", name, field) for name, field in TASK],
        migrations.AddField("lease", "is_ahead", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "queue",
            models.CheckConstraint(
                condition=Q(most_overlap__isnull=True) | Q(most_overlap__gte=F("overlap")),
                name="queue_most_overlap_at_least_overlap",
            ),
        ),
        migrations.AddConstraint(
            "queue",
            models.CheckConstraint(
                condition=Q(audit_share__gte=0, audit_share__lte=1), name="queue_audit_share_is_a_share"
            ),
        ),
        migrations.CreateModel(
            "QueueMember", PEOPLE, _once("queuemember_once_per_queue", "queue", "membership")
        ),
        migrations.CreateModel(
            "CrossedItem", ITEMS, _once("crosseditem_once_per_queue", "queue", "conversation")
        ),
        migrations.AddConstraint(
            "crosseditem",
            models.CheckConstraint(condition=Q(arm__in=[0, 1]), name="crosseditem_arm_known"),
        ),
        migrations.CreateModel(
            "CrossedReading", READINGS, _once("crossedreading_once_per_person", "item", "membership")
        ),
        migrations.CreateModel(
            "ModelAnnotator", MODELS, _once("modelannotator_name_unique", "project", "name")
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
