"""An endpoint's key may be stored, encrypted."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0031_judges_of_several_steps")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "modelendpoint",
            "sealed_key",
            models.TextField(blank=True, default="", editable=False),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "modelendpoint",
            models.CheckConstraint(
                condition=Q(key_variable="") | Q(sealed_key=""), name="modelendpoint_one_key"
            ),
        ),
    ]
