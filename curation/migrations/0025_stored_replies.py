"""Replies of models are stored until what they are about is withdrawn, and what is under way is set aside."""

from importlib import import_module
from typing import ClassVar

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models import Q

WITHDRAW_BEFORE = import_module("curation.migrations.0020_text_once").WITHDRAW
ERASE = """    UPDATE curation_modelcall SET reply = NULL, conversation_ids = '{}'
        WHERE project_id = the_project AND conversation_ids @> ARRAY[the_conversation];

    UPDATE curation_message SET"""
WITHDRAW = WITHDRAW_BEFORE.replace("    UPDATE curation_message SET", ERASE)
COUNTED = """
UPDATE curation_modelcall SET answered_at = created_at;
UPDATE curation_modelendpoint e SET spent = c.spent
    FROM (SELECT endpoint_id, sum(cost) AS spent FROM curation_modelcall GROUP BY endpoint_id) c
    WHERE c.endpoint_id = e.id AND c.spent IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0024_regroup_asked")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "modelcall",
            "reserved",
            models.DecimalField(decimal_places=8, default=0, max_digits=14),
        ),
        migrations.AddField("modelcall", "answered_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "modelcall",
            "conversation_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            "modelendpoint", "spent", models.DecimalField(decimal_places=8, default=0, max_digits=16)
        ),
        migrations.AddIndex(
            "modelcall",
            django.contrib.postgres.indexes.GinIndex(
                fields=["conversation_ids"], name="modelcall_by_conversation"
            ),
        ),
        migrations.AddIndex(
            "modelcall",
            models.Index(
                condition=Q(reply__isnull=False),
                fields=["project", "answered_at"],
                name="modelcall_with_reply",
            ),
        ),
        migrations.AddIndex(
            "modelcall",
            models.Index(condition=Q(reserved__gt=0), fields=["endpoint"], name="modelcall_under_way"),
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.RunSQL(WITHDRAW, WITHDRAW_BEFORE),
    ]
