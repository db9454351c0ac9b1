"""Tables that grow by the million check their composite keys alone, and keep texts of a page in the row.

The composite keys lead to a row of the same project, so the single keys beside them said nothing more. Texts are
compressed and moved aside beyond 8 kB rather than 2 kB: compressing most messages a little took more time than
everything else that the server does for an import.
"""

from typing import ClassVar

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

TABLES = ["curation_message", "curation_messagewords"]


def _unchecked(model: str, name: str, to: str, **options: object) -> migrations.AlterField:
    field = models.ForeignKey(to, **{"on_delete": CASCADE, "db_constraint": False, **options})
    return migrations.AlterField(model, name, field)


def _project(model: str) -> migrations.AlterField:
    return _unchecked(model, "project", "curation.project", db_index=False, related_name="+")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0013_evaluation_barred")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        _project("conversation"),
        _unchecked("conversation", "batch", "curation.importbatch", related_name="conversations"),
        _unchecked(
            "conversation",
            "model_version",
            "curation.modelversion",
            on_delete=PROTECT,
            null=True,
            blank=True,
            related_name="+",
        ),
        _unchecked(
            "conversation",
            "source_user",
            "curation.sourceuser",
            on_delete=PROTECT,
            null=True,
            blank=True,
            related_name="+",
        ),
        _project("message"),
        _unchecked(
            "message", "conversation", "curation.conversation", db_index=False, related_name="messages"
        ),
        _project("messageembedding"),
        _unchecked(
            "messageembedding", "conversation", "curation.conversation", db_index=False, related_name="+"
        ),
        _unchecked("messageembedding", "message", "curation.message", related_name="embeddings"),
        _project("messagewords"),
        _unchecked("messagewords", "conversation", "curation.conversation", db_index=False, related_name="+"),
        migrations.AlterField(
            "messagewords",
            "message",
            models.OneToOneField(
                "curation.message", on_delete=CASCADE, db_constraint=False, related_name="words"
            ),
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} SET (toast_tuple_target = 8160)",
                f"ALTER TABLE {table} RESET (toast_tuple_target)",
            )
            for table in TABLES
        ],
    ]
