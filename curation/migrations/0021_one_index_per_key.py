"""One index serves both the key to a batch or a model and the lists of its conversations: an import writes less."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

FREE = {"db_index": False, "db_constraint": False}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0020_text_once")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RemoveIndex("conversation", "conversation_by_batch"),
        migrations.RemoveIndex("conversation", "conversation_by_model"),
        migrations.AddIndex(
            "conversation", models.Index(fields=["batch", "-id"], name="conversation_by_batch_and_id")
        ),
        migrations.AddIndex(
            "conversation", models.Index(fields=["model_version", "-id"], name="conversation_by_model_and_id")
        ),
        migrations.AlterField(
            "conversation",
            "batch",
            models.ForeignKey(
                "curation.importbatch", on_delete=CASCADE, related_name="conversations", **FREE
            ),
        ),
        migrations.AlterField(
            "conversation",
            "model_version",
            models.ForeignKey(
                "curation.modelversion", on_delete=PROTECT, null=True, blank=True, related_name="+", **FREE
            ),
        ),
    ]
