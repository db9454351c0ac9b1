"""People ask about tasks, rulings are numbered, and a changed guideline is read before the next task."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.guards import append_only_sql
from curation.domain.work.isolation import isolation_sql

TABLES = ["annotation_question", "annotation_precedent", "annotation_guidelinereading"]
RELATIONS = [
    ("annotation_question", "task_id", "annotation_task"),
    ("annotation_question", "membership_id", "curation_membership"),
    ("annotation_precedent", "queue_id", "annotation_queue"),
    ("annotation_precedent", "question_id", "annotation_question"),
    ("annotation_guidelinereading", "guideline_id", "annotation_guideline"),
    ("annotation_guidelinereading", "membership_id", "curation_membership"),
]

# A question may quote the conversation that it is about, and a ruling the question.
FORGET_QUESTIONS = """
CREATE FUNCTION harken_forget_questions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_precedent p SET body = '' FROM annotation_question q JOIN annotation_task t ON t.id = q.task_id
        WHERE p.question_id = q.id AND t.conversation_id = NEW.id;
    UPDATE annotation_question q SET body = '' FROM annotation_task t
        WHERE q.task_id = t.id AND t.conversation_id = NEW.id;
    RETURN NEW;
END $$
"""

FORGET_QUESTIONS_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_questions AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_questions()
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


def _person(to: str, **options: object) -> models.Field:
    return models.ForeignKey(  # type: ignore[misc]
        on_delete=django.db.models.deletion.PROTECT, to=to, related_name="+", **options
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0013_people_wanted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Question",
            fields=_row(
                body=models.TextField(max_length=4000, verbose_name="question"),
                membership=_person("curation.membership"),
                task=_key("annotation.task", related_name="questions"),
            ),
            options={"indexes": [models.Index(fields=["task", "id"], name="question_by_task")]},
        ),
        migrations.CreateModel(
            name="Precedent",
            fields=_row(
                number=models.PositiveIntegerField(),
                body=models.TextField(max_length=4000, verbose_name="ruling"),
                created_by=_person(settings.AUTH_USER_MODEL, null=True, blank=True),
                queue=_key("annotation.queue", related_name="precedents"),
                question=models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="precedent",
                    to="annotation.question",
                ),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "number"), name="precedent_number_unique")
                ]
            },
        ),
        migrations.CreateModel(
            name="GuidelineReading",
            fields=_row(
                guideline=_key("annotation.guideline", related_name="readings"),
                membership=_person("curation.membership"),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("guideline", "membership"), name="guidelinereading_once")
                ]
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
        *[migrations.RunSQL(*pair) for pair in append_only_sql("annotation_precedent")],
        migrations.RunSQL(FORGET_QUESTIONS, "DROP FUNCTION harken_forget_questions()"),
        migrations.RunSQL(
            FORGET_QUESTIONS_TRIGGER,
            "DROP TRIGGER curation_conversation_forget_questions ON curation_conversation",
        ),
    ]
