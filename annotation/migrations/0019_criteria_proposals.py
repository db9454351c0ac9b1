"""Criteria are proposed, ordered, split and merged; answers that drew complaints wait for a grade; judge questions."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

TABLES = ["annotation_criterionproposal", "annotation_suspectoutput"]
RELATIONS = [
    ("annotation_assertion", "endpoint_id", "curation_modelendpoint"),
    ("annotation_criterion", "quoted_response_id", "curation_response"),
    ("annotation_criterionproposal", "criteria_set_id", "annotation_criteriaset"),
    ("annotation_criterionproposal", "criterion_id", "annotation_criterion"),
    ("annotation_suspectoutput", "criteria_set_id", "annotation_criteriaset"),
    ("annotation_suspectoutput", "response_id", "curation_response"),
]

# A criterion that is a user's or a grader's sentence goes with the conversation; so does a proposal in such words.
FORGET_CRITERIA = """
CREATE FUNCTION harken_forget_criteria() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE annotation_criterion c SET name = '(withdrawn)', text = '(withdrawn)'
        FROM curation_response r JOIN curation_prompt p ON p.id = r.prompt_id
        WHERE c.quoted_response_id = r.id AND p.conversation_id = NEW.id;
    DELETE FROM annotation_criterionproposal
        WHERE project_id = NEW.project_id AND conversation_ids @> ARRAY[NEW.id];
    RETURN NEW;
END $$
"""

FORGET_CRITERIA_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_criteria AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_criteria()
"""
# Criteria were listed by their keys, which are in the order of their making.
NUMBER_CRITERIA = """
UPDATE annotation_criterion c SET position = numbered.place FROM (
    SELECT key, row_number() OVER (PARTITION BY criteria_set_id ORDER BY key) - 1 AS place
    FROM (SELECT DISTINCT criteria_set_id, key FROM annotation_criterion) keys) numbered
WHERE numbered.key = c.key
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("annotation", "0018_words_of_skips"),
        ("curation", "0030_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="CriterionProposal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("written", "written"),
                            ("library", "from the library"),
                            ("model", "proposed by a model"),
                            ("complaints", "from complaints"),
                            ("wishes", "from wishes"),
                            ("note", "from a grader's note"),
                            ("split", "split off"),
                            ("merged", "merged"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=80)),
                ("text", models.TextField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("code", "code"), ("judge", "judge")], default="judge", max_length=8
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "response_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "conversation_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("assertion", models.JSONField(blank=True, default=dict)),
                ("asked", models.JSONField(blank=True, default=dict)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SuspectOutput",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("count", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="assertion",
            name="assertion_check_or_code",
        ),
        migrations.AddField(
            model_name="assertion",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="assertion",
            name="endpoint",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="curation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="assertion",
            name="origin",
            field=models.CharField(
                choices=[
                    ("written", "written"),
                    ("library", "from the library"),
                    ("model", "proposed by a model"),
                ],
                default="written",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="assertion",
            name="prompt_version",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="criteriaset",
            name="graders_wanted",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="people per output"),
        ),
        migrations.AddField(
            model_name="criteriaset",
            name="order",
            field=models.CharField(
                choices=[
                    ("selectivity", "what assertions fail and what they pass, in turns"),
                    ("uncertainty", "where the assertions are divided most"),
                    ("random", "by chance"),
                ],
                default="selectivity",
                max_length=12,
                verbose_name="what comes next",
            ),
        ),
        migrations.AddField(
            model_name="criterion",
            name="made_from",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="criterion",
            name="origin",
            field=models.CharField(
                choices=[
                    ("written", "written"),
                    ("library", "from the library"),
                    ("model", "proposed by a model"),
                    ("complaints", "from complaints"),
                    ("wishes", "from wishes"),
                    ("note", "from a grader's note"),
                    ("split", "split off"),
                    ("merged", "merged"),
                ],
                default="written",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="criterion",
            name="position",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="criterion",
            name="quoted_response",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="curation.response",
            ),
        ),
        migrations.AlterField(
            model_name="assertion",
            name="kind",
            field=models.CharField(
                choices=[("check", "library check"), ("code", "written code"), ("judge", "judge question")],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="assertion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "check"), ("source", ""), models.Q(("check_name", ""), _negated=True)),
                    models.Q(
                        ("check_name", ""),
                        ("kind__in", ["code", "judge"]),
                        models.Q(("source", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assertion_check_or_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="assertion",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "judge"), ("endpoint__isnull", True), _connector="OR"),
                name="assertion_asks_for_judge_alone",
            ),
        ),
        migrations.AddConstraint(
            model_name="criteriaset",
            constraint=models.CheckConstraint(
                condition=models.Q(("graders_wanted__gte", 1)), name="criteriaset_graded_by_somebody"
            ),
        ),
        migrations.AddConstraint(
            model_name="criteriaset",
            constraint=models.CheckConstraint(
                condition=models.Q(("order__in", ["selectivity", "uncertainty", "random"])),
                name="criteriaset_order_known",
            ),
        ),
        migrations.AddField(
            model_name="criterionproposal",
            name="criteria_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="proposals",
                to="annotation.criteriaset",
            ),
        ),
        migrations.AddField(
            model_name="criterionproposal",
            name="criterion",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="annotation.criterion",
            ),
        ),
        migrations.AddField(
            model_name="criterionproposal",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="suspectoutput",
            name="criteria_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="suspects",
                to="annotation.criteriaset",
            ),
        ),
        migrations.AddField(
            model_name="suspectoutput",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="suspectoutput",
            name="response",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.response"
            ),
        ),
        migrations.AddConstraint(
            model_name="criterionproposal",
            constraint=models.UniqueConstraint(
                fields=("criteria_set", "origin", "subject"), name="proposal_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspectoutput",
            constraint=models.UniqueConstraint(fields=("criteria_set", "response"), name="suspect_once"),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
        migrations.RunSQL(NUMBER_CRITERIA, migrations.RunSQL.noop),
        migrations.RunSQL(FORGET_CRITERIA, "DROP FUNCTION harken_forget_criteria()"),
        migrations.RunSQL(
            FORGET_CRITERIA_TRIGGER,
            "DROP TRIGGER curation_conversation_forget_criteria ON curation_conversation",
        ),
    ]
