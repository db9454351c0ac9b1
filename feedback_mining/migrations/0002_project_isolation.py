"""Rows of feedback_mining cannot cross projects: composite keys, checked by the database."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "feedback_mining_miningrun",
    "feedback_mining_signal",
    "feedback_mining_signalreview",
    "feedback_mining_userwish",
]
RELATIONS = [
    ("feedback_mining_miningrun", "job_id", "curation_job"),
    ("feedback_mining_signal", "message_id", "curation_message"),
    ("feedback_mining_signal", "response_message_id", "curation_message"),
    ("feedback_mining_signal", "run_id", "feedback_mining_miningrun"),
    ("feedback_mining_signalreview", "signal_id", "feedback_mining_signal"),
    ("feedback_mining_userwish", "message_id", "curation_message"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback_mining", "0001_initial"), ("curation", "0002_project_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
