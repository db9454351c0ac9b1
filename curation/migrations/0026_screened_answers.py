"""Answers outside the log are screened for personal data, each by itself."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0025_stored_replies")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("response", "screened_as", models.CharField(blank=True, max_length=60)),
        migrations.AddIndex(
            "response",
            models.Index(
                condition=Q(message__isnull=True),
                fields=["project", "screened_as", "id"],
                name="response_by_screening",
            ),
        ),
    ]
