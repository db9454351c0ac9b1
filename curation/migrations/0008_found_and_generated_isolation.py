"""Rows of finding, attachments and generation cannot cross projects either."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.isolation import isolation_sql

TABLES = [
    "curation_attachment",
    "curation_enrichment",
    "curation_messageattachment",
    "curation_messageembedding",
    "curation_messagewords",
    "curation_modelcall",
    "curation_modelendpoint",
    "curation_responseset",
    "curation_responsesetentry",
    "curation_savedview",
    "curation_tag",
    "curation_topic",
]
RELATIONS = [
    ("curation_datasetrow", "ranked_list_id", "curation_rankedlist"),
    ("curation_datasetrow", "rejected_prompt_id", "curation_prompt"),
    ("curation_enrichment", "job_id", "curation_job"),
    ("curation_messageattachment", "attachment_id", "curation_attachment"),
    ("curation_messageattachment", "message_id", "curation_message"),
    ("curation_messageembedding", "conversation_id", "curation_conversation"),
    ("curation_messageembedding", "message_id", "curation_message"),
    ("curation_messageembedding", "topic_id", "curation_topic"),
    ("curation_messagewords", "conversation_id", "curation_conversation"),
    ("curation_messagewords", "message_id", "curation_message"),
    ("curation_modelcall", "endpoint_id", "curation_modelendpoint"),
    ("curation_modelendpoint", "model_version_id", "curation_modelversion"),
    ("curation_responseset", "job_id", "curation_job"),
    ("curation_responsesetentry", "endpoint_id", "curation_modelendpoint"),
    ("curation_responsesetentry", "model_version_id", "curation_modelversion"),
    ("curation_responsesetentry", "prompt_id", "curation_prompt"),
    ("curation_responsesetentry", "response_id", "curation_response"),
    ("curation_responsesetentry", "response_set_id", "curation_responseset"),
    ("curation_tag", "conversation_id", "curation_conversation"),
    ("curation_tag", "message_id", "curation_message"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0007_found_and_generated")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql(TABLES, RELATIONS)],
    ]
