"""An answer may be shown under another question than its own: the later answer of a mined pair, under the first."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from curation.domain.work.isolation import isolation_sql

RELATIONS = [("annotation_taskresponse", "prompt_id", "curation_prompt")]

# Both sides of a pair within one conversation are shown under the pair's question.
QUESTIONS = """
UPDATE annotation_taskresponse asked SET prompt_id = pair.prompt_id
FROM annotation_task t
    JOIN curation_preferencepair pair ON pair.id = t.pair_id
    JOIN curation_prompt question ON question.id = pair.prompt_id,
    curation_response r JOIN curation_prompt own ON own.id = r.prompt_id
WHERE asked.task_id = t.id AND asked.response_id = r.id
    AND own.id <> question.id AND own.conversation_id = question.conversation_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0016_words_of_critiques")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            "taskresponse",
            "prompt",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.prompt",
            ),
        ),
        *[migrations.RunSQL(forward, reverse) for forward, reverse in isolation_sql([], RELATIONS)],
        migrations.RunSQL(QUESTIONS, "UPDATE annotation_taskresponse SET prompt_id = NULL"),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
    ]
