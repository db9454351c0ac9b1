"""A message that is one text stores it once: as `text`, and no second time among its parts (decision 0008)."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations, models

ONCE = """
UPDATE curation_message SET rich_parts = NULL
    WHERE rich_parts = jsonb_build_array(jsonb_build_object('type', 'text', 'text', text))
"""
TWICE = """
UPDATE curation_message SET rich_parts = jsonb_build_array(jsonb_build_object('type', 'text', 'text', text))
    WHERE rich_parts IS NULL
"""
WITHDRAW_BEFORE = import_module("curation.migrations.0018_withdraw_what_was_added").WITHDRAW
WITHDRAW = WITHDRAW_BEFORE.replace("SET parts = '[]', text = ''", "SET rich_parts = NULL, text = ''")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0019_idempotent_pushes")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RenameField("message", "parts", "rich_parts"),
        migrations.AlterField("message", "rich_parts", models.JSONField(null=True, blank=True)),
        migrations.RunSQL(ONCE, TWICE),
        migrations.RunSQL(WITHDRAW, WITHDRAW_BEFORE),
    ]
