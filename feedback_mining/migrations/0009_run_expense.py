"""A run says whom it asked, and what that took."""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from curation.domain.work.isolation import same_project_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0008_pair_rewrites"),
        ("curation", "0008_found_and_generated_isolation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="miningrun",
            name="endpoint",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="curation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="miningrun",
            name="expense",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.RunSQL(
            *same_project_sql("feedback_mining_miningrun", "endpoint_id", "curation_modelendpoint")
        ),
    ]
