"""The tasks that there are ask about the two answers of their pair; queues know their newest guideline."""

from typing import ClassVar

from django.db import migrations

TASKS = """
UPDATE annotation_task t SET conversation_id = p.conversation_id, subject = 'pair:' || pair.uuid
FROM curation_preferencepair pair JOIN curation_prompt p ON p.id = pair.prompt_id
WHERE pair.id = t.pair_id AND t.conversation_id IS NULL
"""

ANSWERS = """
INSERT INTO annotation_taskresponse (uuid, created_at, project_id, task_id, response_id, position)
SELECT gen_random_uuid(), t.created_at, t.project_id, t.id, side.response_id, side.position
FROM annotation_task t JOIN curation_preferencepair pair ON pair.id = t.pair_id
CROSS JOIN LATERAL (VALUES (pair.chosen_id, 0), (pair.rejected_id, 1)) AS side (response_id, position)
ON CONFLICT DO NOTHING
"""

GUIDELINES = """
UPDATE annotation_queue q SET guideline_id = (
    SELECT g.id FROM annotation_guideline g WHERE g.queue_id = q.id ORDER BY g.version DESC LIMIT 1
)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0008_tasks_of_answers")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RunSQL(TASKS, migrations.RunSQL.noop),
        migrations.RunSQL(ANSWERS, "DELETE FROM annotation_taskresponse"),
        migrations.RunSQL(GUIDELINES, "UPDATE annotation_queue SET guideline_id = NULL"),
        # Keys that wait for the end of the transaction are asked now, so that a later step may alter the tables.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
    ]
