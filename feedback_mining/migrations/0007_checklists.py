"""A wish is one entry of a checklist: linked to its words, checkable where code can, and editable."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# The settings of a constraint may hold words of the user.
FORGET_WISHES = """
CREATE OR REPLACE FUNCTION harken_forget_wishes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE feedback_mining_userwish w SET text = '', settings = '{}' FROM curation_message m
        WHERE w.message_id = m.id AND m.conversation_id = NEW.id;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("feedback_mining", "0006_reviews_of_messages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField("userwish", "number", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("userwish", "span_start", models.PositiveIntegerField(default=0)),
        migrations.AddField("userwish", "span_end", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "userwish",
            "constraint",
            models.CharField(max_length=40, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField("userwish", "settings", models.JSONField(default=dict)),
        migrations.AddField(
            "userwish",
            "edited_by",
            models.ForeignKey(
                to=settings.AUTH_USER_MODEL,
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
            ),
        ),
        migrations.AddField("userwish", "edited_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("userwish", "removed_at", models.DateTimeField(null=True, blank=True)),
        migrations.RemoveConstraint("userwish", "userwish_once"),
        migrations.AddConstraint(
            "userwish",
            models.UniqueConstraint(fields=["message", "detector", "number"], name="userwish_once"),
        ),
        migrations.AddConstraint(
            "userwish",
            models.CheckConstraint(condition=Q(span_end__gte=F("span_start")), name="userwish_span_ordered"),
        ),
        migrations.AddConstraint(
            "userwish",
            models.CheckConstraint(
                condition=Q(edited_at__isnull=True, edited_by__isnull=True)
                | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="userwish_edited_by_somebody",
            ),
        ),
        migrations.RunSQL(FORGET_WISHES, migrations.RunSQL.noop),
    ]
