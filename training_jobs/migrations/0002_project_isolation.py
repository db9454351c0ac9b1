"""Rows of training_jobs cannot cross projects: composite keys, checked by the database."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "training_jobs_checkpoint",
    "training_jobs_evaluation",
    "training_jobs_measurement",
    "training_jobs_runattempt",
    "training_jobs_trainingrun",
]
RELATIONS = [
    ("training_jobs_checkpoint", "attempt_id", "training_jobs_runattempt"),
    ("training_jobs_checkpoint", "run_id", "training_jobs_trainingrun"),
    ("training_jobs_evaluation", "run_id", "training_jobs_trainingrun"),
    ("training_jobs_measurement", "attempt_id", "training_jobs_runattempt"),
    ("training_jobs_measurement", "run_id", "training_jobs_trainingrun"),
    ("training_jobs_runattempt", "run_id", "training_jobs_trainingrun"),
    ("training_jobs_trainingrun", "adapter_id", "curation_modelversion"),
    ("training_jobs_trainingrun", "base_model_id", "curation_modelversion"),
    ("training_jobs_trainingrun", "version_id", "curation_datasetversion"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("training_jobs", "0001_initial"), ("curation", "0002_project_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
