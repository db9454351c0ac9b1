"""Who opens a task to decide it keeps its order and what they filled in; a withdrawal takes their words too."""

from typing import Any, ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLES = ["annotation_decisiondraft"]
RELATIONS = [
    ("annotation_decisiondraft", "task_id", "annotation_task"),
    ("annotation_decisiondraft", "membership_id", "curation_membership"),
]

FORGET_DRAFTS = """
CREATE OR REPLACE FUNCTION harken_forget_drafts() RETURNS trigger
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
    UPDATE annotation_lease SET draft = '{}' WHERE draft <> '{}' AND task_id = ANY (withdrawn);
    UPDATE annotation_decisiondraft SET draft = '{}' WHERE draft <> '{}' AND task_id = ANY (withdrawn);
    RETURN NEW;
END $$
"""
FORGET_LEASES_ALONE = """
CREATE OR REPLACE FUNCTION harken_forget_drafts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_lease SET draft = '{}' WHERE draft <> '{}' AND task_id IN (
        SELECT t.id FROM annotation_task t WHERE t.conversation_id = NEW.id
        UNION
        SELECT asked.task_id FROM annotation_taskresponse asked
            JOIN curation_response r ON r.id = asked.response_id
            JOIN curation_prompt p ON p.id = r.prompt_id
            WHERE p.conversation_id = NEW.id);
    RETURN NEW;
END $$
"""


def _key(to: str, *, related_name: str = "+", db_index: bool = True) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, to=to, related_name=related_name, db_index=db_index
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0021_judge_gates")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="DecisionDraft",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("project", _key("curation.project", db_index=False)),
                ("order_shown", models.JSONField(default=list)),
                ("draft", models.JSONField(blank=True, default=dict)),
                ("membership", _key("curation.membership")),
                ("task", _key("annotation.task", related_name="decision_drafts")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "membership"), name="decisiondraft_once_per_person"
                    )
                ]
            },
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
        migrations.RunSQL(FORGET_DRAFTS, FORGET_LEASES_ALONE),
    ]
