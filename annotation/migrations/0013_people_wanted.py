"""The tasks that there are want as many people as their queue asks for."""

from typing import ClassVar

from django.db import migrations

WANTED = """
UPDATE annotation_task t SET wanted = q.overlap
FROM annotation_queue q WHERE q.id = t.queue_id AND t.wanted <> q.overlap
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0012_queue_rules")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(WANTED, migrations.RunSQL.noop),
    ]
