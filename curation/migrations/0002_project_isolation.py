"""Rows of curation cannot cross projects: composite keys, checked by the database."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "curation_apitoken",
    "curation_comparison",
    "curation_conversation",
    "curation_dataset",
    "curation_datasetrow",
    "curation_datasetrowtext",
    "curation_datasetversion",
    "curation_evidence",
    "curation_importbatch",
    "curation_invitation",
    "curation_job",
    "curation_membership",
    "curation_message",
    "curation_modelversion",
    "curation_preferencepair",
    "curation_prompt",
    "curation_quarantinedrecord",
    "curation_rankedlist",
    "curation_rankedresponse",
    "curation_response",
    "curation_score",
    "curation_scorer",
    "curation_sourceuser",
]
RELATIONS = [
    ("curation_comparison", "pair_id", "curation_preferencepair"),
    ("curation_comparison", "response_a_id", "curation_response"),
    ("curation_comparison", "response_b_id", "curation_response"),
    ("curation_conversation", "batch_id", "curation_importbatch"),
    ("curation_conversation", "model_version_id", "curation_modelversion"),
    ("curation_conversation", "source_user_id", "curation_sourceuser"),
    ("curation_datasetrow", "chosen_id", "curation_response"),
    ("curation_datasetrow", "pair_id", "curation_preferencepair"),
    ("curation_datasetrow", "prompt_id", "curation_prompt"),
    ("curation_datasetrow", "rejected_id", "curation_response"),
    ("curation_datasetrow", "version_id", "curation_datasetversion"),
    ("curation_datasetrowtext", "row_id", "curation_datasetrow"),
    ("curation_datasetversion", "dataset_id", "curation_dataset"),
    ("curation_evidence", "message_id", "curation_message"),
    ("curation_evidence", "pair_id", "curation_preferencepair"),
    ("curation_evidence", "response_id", "curation_response"),
    ("curation_importbatch", "job_id", "curation_job"),
    ("curation_message", "conversation_id", "curation_conversation"),
    ("curation_modelversion", "trained_on_id", "curation_datasetversion"),
    ("curation_preferencepair", "chosen_id", "curation_response"),
    ("curation_preferencepair", "prompt_id", "curation_prompt"),
    ("curation_preferencepair", "rejected_id", "curation_response"),
    ("curation_prompt", "conversation_id", "curation_conversation"),
    ("curation_prompt", "last_message_id", "curation_message"),
    ("curation_quarantinedrecord", "batch_id", "curation_importbatch"),
    ("curation_rankedlist", "prompt_id", "curation_prompt"),
    ("curation_rankedresponse", "ranked_list_id", "curation_rankedlist"),
    ("curation_rankedresponse", "response_id", "curation_response"),
    ("curation_response", "message_id", "curation_message"),
    ("curation_response", "model_version_id", "curation_modelversion"),
    ("curation_response", "prompt_id", "curation_prompt"),
    ("curation_score", "conversation_id", "curation_conversation"),
    ("curation_score", "message_id", "curation_message"),
    ("curation_score", "pair_id", "curation_preferencepair"),
    ("curation_score", "response_id", "curation_response"),
    ("curation_score", "scorer_id", "curation_scorer"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
