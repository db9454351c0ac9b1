"""Each filter that the list of conversations offers has an index: the model, and what is archived."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0005_sign_in_attempts")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            "conversation",
            models.Index(fields=["project", "model_version", "-id"], name="conversation_by_model"),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(
                fields=["project", "-id"],
                name="conversation_archived",
                condition=Q(archived_at__isnull=False),
            ),
        ),
    ]
