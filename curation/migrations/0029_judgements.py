"""Judges at work: a run over a response set, the pairs that it compares, and every word that the judge answered.

A judgement is never changed, but deleted with its pair: an undone import takes it along. A withdrawal empties it.
"""

from typing import Any, ClassVar

import django.utils.timezone
import uuid6
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.deletion import CASCADE, PROTECT, SET_NULL

from curation.domain.work.isolation import isolation_sql

TABLES = ["curation_judgerun", "curation_judgedpair", "curation_judgement"]
RELATIONS = [
    ("curation_judgerun", "response_set_id", "curation_responseset"),
    ("curation_judgerun", "endpoint_id", "curation_modelendpoint"),
    ("curation_judgerun", "model_a_id", "curation_modelversion"),
    ("curation_judgerun", "model_b_id", "curation_modelversion"),
    ("curation_judgerun", "job_id", "curation_job"),
    ("curation_judgedpair", "run_id", "curation_judgerun"),
    ("curation_judgedpair", "prompt_id", "curation_prompt"),
    ("curation_judgedpair", "response_a_id", "curation_response"),
    ("curation_judgedpair", "response_b_id", "curation_response"),
    ("curation_judgement", "pair_id", "curation_judgedpair"),
]
UNCHANGED = """
CREATE TRIGGER curation_judgement_unchanged BEFORE UPDATE ON curation_judgement
FOR EACH ROW EXECUTE FUNCTION harken_refuse_change()
"""
# Runs inside the function of withdrawal, which has unlocked what is guarded.
FORGET = """
CREATE FUNCTION harken_forget_judgements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE curation_judgement SET raw_text = '', error_sentence = '' WHERE pair_id IN (
        SELECT j.id FROM curation_judgedpair j JOIN curation_prompt p ON p.id = j.prompt_id
        WHERE p.conversation_id = NEW.id);
    UPDATE curation_judgedpair SET checklist = '[]' WHERE prompt_id IN (
        SELECT id FROM curation_prompt WHERE conversation_id = NEW.id);
    RETURN NEW;
END $$
"""
FORGET_TRIGGER = """
CREATE TRIGGER curation_conversation_forget_judgements AFTER UPDATE OF withdrawn_at ON curation_conversation
FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION harken_forget_judgements()
"""


def row_of(*fields: tuple[str, Any]) -> list[tuple[str, Any]]:
    """Return the columns of a project's row, then these."""
    return [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
        (
            "project",
            models.ForeignKey(db_index=False, on_delete=CASCADE, related_name="+", to="curation.project"),
        ),
        *fields,
    ]


RUN_FIELDS = row_of(
    ("judge", models.CharField(max_length=60)),
    ("prompt_version", models.CharField(max_length=80)),
    ("left_out", models.JSONField(default=dict)),
    (
        "response_set",
        models.ForeignKey(on_delete=CASCADE, related_name="judge_runs", to="curation.responseset"),
    ),
    ("endpoint", models.ForeignKey(on_delete=PROTECT, related_name="+", to="curation.modelendpoint")),
    ("model_a", models.ForeignKey(on_delete=PROTECT, related_name="+", to="curation.modelversion")),
    ("model_b", models.ForeignKey(on_delete=PROTECT, related_name="+", to="curation.modelversion")),
    (
        "job",
        models.OneToOneField(
            blank=True, null=True, on_delete=SET_NULL, related_name="judge_run", to="curation.job"
        ),
    ),
    (
        "created_by",
        models.ForeignKey(
            blank=True, null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
        ),
    ),
)
PAIR_FIELDS = row_of(
    (
        "run",
        models.ForeignKey(db_index=False, on_delete=CASCADE, related_name="pairs", to="curation.judgerun"),
    ),
    ("prompt", models.ForeignKey(on_delete=CASCADE, related_name="+", to="curation.prompt")),
    ("response_a", models.ForeignKey(on_delete=CASCADE, related_name="+", to="curation.response")),
    ("response_b", models.ForeignKey(on_delete=CASCADE, related_name="+", to="curation.response")),
    ("checklist", models.JSONField(default=list)),
    (
        "outcome",
        models.CharField(
            blank=True,
            choices=[
                ("a", "A is better"),
                ("b", "B is better"),
                ("tie", "equally good"),
                ("inconsistent", "the orders disagree"),
                ("unreadable", "no readable answer"),
            ],
            max_length=12,
        ),
    ),
    ("strength", models.FloatField(blank=True, null=True)),
    ("judged_at", models.DateTimeField(blank=True, null=True)),
)
JUDGEMENT_FIELDS = row_of(
    (
        "pair",
        models.ForeignKey(
            db_index=False, on_delete=CASCADE, related_name="judgements", to="curation.judgedpair"
        ),
    ),
    (
        "order_shown",
        models.CharField(choices=[("a_first", "A first"), ("b_first", "B first")], max_length=8),
    ),
    ("raw_text", models.TextField(blank=True)),
    ("value", models.CharField(blank=True, max_length=4)),
    ("strength", models.FloatField(blank=True, null=True)),
    ("error_sentence", models.TextField(blank=True)),
    ("model", models.CharField(blank=True, max_length=200)),
    ("prompt_tokens", models.PositiveIntegerField(default=0)),
    ("completion_tokens", models.PositiveIntegerField(default=0)),
    ("cost", models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True)),
    ("seconds", models.FloatField(default=0.0)),
    ("is_cached", models.BooleanField(default=False)),
)
PAIR_OPTIONS = {
    "constraints": [
        models.UniqueConstraint(fields=("run", "response_a", "response_b"), name="judgedpair_once_per_run"),
        models.CheckConstraint(
            condition=Q(outcome="", judged_at__isnull=True) | (~Q(outcome="") & Q(judged_at__isnull=False)),
            name="judgedpair_judged_at_once",
        ),
        models.CheckConstraint(
            condition=Q(outcome__in=["", "a", "b", "tie", "inconsistent", "unreadable"]),
            name="judgedpair_outcome_known",
        ),
        models.CheckConstraint(
            condition=Q(strength__isnull=True) | Q(strength__gte=-3, strength__lte=3),
            name="judgedpair_strength_scale",
        ),
    ],
    "indexes": [
        models.Index(fields=["run", "id"], name="judgedpair_waiting", condition=Q(outcome="")),
        models.Index(fields=["run", "outcome", "id"], name="judgedpair_by_outcome"),
    ],
}
JUDGEMENT_OPTIONS = {
    "constraints": [
        models.UniqueConstraint(fields=("pair", "order_shown"), name="judgement_once_per_order"),
        models.CheckConstraint(
            condition=Q(order_shown__in=["a_first", "b_first"]), name="judgement_order_known"
        ),
        models.CheckConstraint(condition=Q(value__in=["", "a", "b", "tie"]), name="judgement_value_known"),
    ],
}
RUN_OPTIONS = {
    "constraints": [
        models.CheckConstraint(condition=~Q(model_a=F("model_b")), name="judgerun_two_models"),
    ],
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("curation", "0028_verdicts_of_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(name="JudgeRun", fields=RUN_FIELDS, options=RUN_OPTIONS),
        migrations.CreateModel(name="JudgedPair", fields=PAIR_FIELDS, options=PAIR_OPTIONS),
        migrations.CreateModel(name="Judgement", fields=JUDGEMENT_FIELDS, options=JUDGEMENT_OPTIONS),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
        migrations.RunSQL(UNCHANGED, "DROP TRIGGER curation_judgement_unchanged ON curation_judgement"),
        migrations.RunSQL(FORGET, "DROP FUNCTION harken_forget_judgements()"),
        migrations.RunSQL(
            FORGET_TRIGGER, "DROP TRIGGER curation_conversation_forget_judgements ON curation_conversation"
        ),
    ]
