"""Known answers, entry tests and contests; answers sent back; tasks decided after a disagreement."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from curation.domain.work.guards import append_only_sql
from curation.domain.work.isolation import isolation_sql

TABLES = [
    f"annotation_{name}"
    for name in ("goldanswer", "goldresult", "goldcontest", "returnedanswer", "adjudication")
]
RELATIONS = [
    ("annotation_goldanswer", "task_id", "annotation_task"),
    ("annotation_goldresult", "gold_id", "annotation_goldanswer"),
    ("annotation_goldresult", "annotation_id", "annotation_annotation"),
    ("annotation_goldcontest", "gold_id", "annotation_goldanswer"),
    ("annotation_goldcontest", "membership_id", "curation_membership"),
    ("annotation_returnedanswer", "annotation_id", "annotation_annotation"),
    ("annotation_adjudication", "task_id", "annotation_task"),
    ("annotation_adjudication", "membership_id", "curation_membership"),
]

# As with judgements: codes and numbers of an answer stay, longer texts are somebody's words and go.
CODES_OF = """
CREATE FUNCTION harken_codes_of(answer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(answer)
    WHERE jsonb_typeof(value) <> 'string' OR length(value #>> '{}') <= 40
$$
"""

FORGET_REVIEWS = """
CREATE FUNCTION harken_forget_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE withdrawn bigint[];
BEGIN
    SELECT array_agg(id) INTO withdrawn FROM (
        SELECT t.id FROM annotation_task t WHERE t.conversation_id = NEW.id
        UNION
        SELECT asked.task_id FROM annotation_taskresponse asked
            JOIN curation_response r ON r.id = asked.response_id
            JOIN curation_prompt p ON p.id = r.prompt_id
            WHERE p.conversation_id = NEW.id) tasks;
    UPDATE annotation_goldanswer g SET explanation = '', answer = harken_codes_of(g.answer)
        WHERE g.task_id = ANY (withdrawn);
    UPDATE annotation_goldcontest c SET reason = '' FROM annotation_goldanswer g
        WHERE c.gold_id = g.id AND g.task_id = ANY (withdrawn);
    UPDATE annotation_returnedanswer r SET note = '' FROM annotation_annotation a
        WHERE r.annotation_id = a.id AND a.task_id = ANY (withdrawn);
    UPDATE annotation_adjudication j SET note = '', answer = harken_codes_of(j.answer)
        WHERE j.task_id = ANY (withdrawn);
    RETURN NEW;
END $$
"""

FORGET_REVIEWS_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_reviews AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_reviews()
"""


def _row(**fields: models.Field) -> list[tuple[str, models.Field]]:
    return [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
        ("project", _key("curation.project", db_index=False)),
        *fields.items(),
    ]


def _key(to: str, *, related_name: str = "+", **options: object) -> models.Field:
    return models.ForeignKey(  # type: ignore[misc]
        on_delete=django.db.models.deletion.CASCADE, to=to, related_name=related_name, **options
    )


def _one(to: str, *, related_name: str) -> models.Field:
    return models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to=to, related_name=related_name)


def _person(to: str, **options: object) -> models.Field:
    return models.ForeignKey(  # type: ignore[misc]
        on_delete=django.db.models.deletion.PROTECT, to=to, related_name="+", **options
    )


def _words(label: str, **options: object) -> models.Field:
    return models.TextField(max_length=4000, verbose_name=label, **options)  # type: ignore[arg-type]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0014_questions_and_precedents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("task", "is_gold", models.BooleanField(default=False)),
        migrations.AddField(
            "queue",
            "gold_share",
            models.FloatField(default=0.0, verbose_name="share of tasks with a known answer"),
        ),
        migrations.AddField(
            "queue",
            "entry_test_size",
            models.PositiveSmallIntegerField(default=0, verbose_name="known answers in the entry test"),
        ),
        migrations.AddField(
            "queue",
            "entry_test_pass",
            models.FloatField(default=0.8, verbose_name="share that must be right"),
        ),
        migrations.AddConstraint(
            "queue",
            models.CheckConstraint(
                condition=Q(
                    gold_share__gte=0, gold_share__lte=0.5, entry_test_pass__gte=0, entry_test_pass__lte=1
                ),
                name="queue_gold_shares_are_shares",
            ),
        ),
        migrations.CreateModel(
            name="GoldAnswer",
            fields=_row(
                answer=models.JSONField(),
                order_shown=models.JSONField(default=list),
                tolerance=models.FloatField(default=1.0),
                explanation=_words("why this is right", blank=True),
                suspended_at=models.DateTimeField(blank=True, null=True),
                created_by=_person(settings.AUTH_USER_MODEL, null=True, blank=True),
                task=_one("annotation.task", related_name="gold"),
            ),
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(tolerance__gte=0), name="goldanswer_tolerance_not_negative"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="GoldResult",
            fields=_row(
                is_right=models.BooleanField(),
                annotation=_one("annotation.annotation", related_name="gold_result"),
                gold=_key("annotation.goldanswer", related_name="results"),
            ),
        ),
        migrations.CreateModel(
            name="GoldContest",
            fields=_row(
                reason=_words("reason"),
                resolved_at=models.DateTimeField(blank=True, null=True),
                is_upheld=models.BooleanField(blank=True, null=True),
                gold=_key("annotation.goldanswer", related_name="contests"),
                membership=_person("curation.membership"),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(resolved_at__isnull=True),
                        fields=("gold", "membership"),
                        name="goldcontest_one_open_each",
                    ),
                    models.CheckConstraint(
                        condition=Q(resolved_at__isnull=True, is_upheld__isnull=True)
                        | Q(resolved_at__isnull=False, is_upheld__isnull=False),
                        name="goldcontest_resolved_both_or_neither",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ReturnedAnswer",
            fields=_row(
                note=_words("note"),
                annotation=_key("annotation.annotation", related_name="returns"),
                created_by=_person(settings.AUTH_USER_MODEL, null=True, blank=True),
            ),
        ),
        migrations.CreateModel(
            name="Adjudication",
            fields=_row(
                answer=models.JSONField(),
                order_shown=models.JSONField(default=list),
                note=_words("note", blank=True),
                membership=_person("curation.membership"),
                task=_one("annotation.task", related_name="adjudication"),
            ),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
        *[
            migrations.RunSQL(*pair)
            for table in ("annotation_goldresult", "annotation_returnedanswer", "annotation_adjudication")
            for pair in append_only_sql(table)
        ],
        migrations.RunSQL(CODES_OF, "DROP FUNCTION harken_codes_of(jsonb)"),
        migrations.RunSQL(FORGET_REVIEWS, "DROP FUNCTION harken_forget_reviews()"),
        migrations.RunSQL(
            FORGET_REVIEWS_TRIGGER,
            "DROP TRIGGER curation_conversation_forget_reviews ON curation_conversation",
        ),
    ]
