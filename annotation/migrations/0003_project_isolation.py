"""Rows of annotation cannot cross projects: composite keys, checked by the database."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "annotation_annotation",
    "annotation_assertion",
    "annotation_assertionresult",
    "annotation_criteriaset",
    "annotation_criterion",
    "annotation_grade",
    "annotation_guideline",
    "annotation_lease",
    "annotation_queue",
    "annotation_task",
]
RELATIONS = [
    ("annotation_annotation", "guideline_id", "annotation_guideline"),
    ("annotation_annotation", "membership_id", "curation_membership"),
    ("annotation_annotation", "task_id", "annotation_task"),
    ("annotation_assertion", "criterion_id", "annotation_criterion"),
    ("annotation_assertionresult", "assertion_id", "annotation_assertion"),
    ("annotation_assertionresult", "response_id", "curation_response"),
    ("annotation_criterion", "criteria_set_id", "annotation_criteriaset"),
    ("annotation_grade", "criteria_set_id", "annotation_criteriaset"),
    ("annotation_grade", "criterion_id", "annotation_criterion"),
    ("annotation_grade", "membership_id", "curation_membership"),
    ("annotation_grade", "response_id", "curation_response"),
    ("annotation_guideline", "queue_id", "annotation_queue"),
    ("annotation_lease", "membership_id", "curation_membership"),
    ("annotation_lease", "task_id", "annotation_task"),
    ("annotation_task", "pair_id", "curation_preferencepair"),
    ("annotation_task", "queue_id", "annotation_queue"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0002_initial"), ("curation", "0002_project_isolation")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
