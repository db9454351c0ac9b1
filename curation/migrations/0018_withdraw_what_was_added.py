"""A withdrawal takes what came with finding, attachments and generation along, and both prompts of a joint pair."""

from typing import ClassVar

from django.db import migrations

from curation.domain.work.guards import app_role_only_sql

WITHDRAW = """
CREATE OR REPLACE FUNCTION harken_withdraw_conversation(the_project bigint, the_conversation bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('harken.unlocked', 'on', true);
    CREATE TEMPORARY TABLE withdrawn_prompt ON COMMIT DROP AS
        SELECT id FROM curation_prompt WHERE project_id = the_project AND conversation_id = the_conversation;
    CREATE TEMPORARY TABLE withdrawn_response ON COMMIT DROP AS
        SELECT id FROM curation_response WHERE prompt_id IN (SELECT id FROM withdrawn_prompt);
    CREATE TEMPORARY TABLE withdrawn_row ON COMMIT DROP AS
        SELECT id, version_id FROM curation_datasetrow WHERE project_id = the_project AND (
            prompt_id IN (SELECT id FROM withdrawn_prompt)
            OR rejected_prompt_id IN (SELECT id FROM withdrawn_prompt)
            OR chosen_id IN (SELECT id FROM withdrawn_response)
            OR rejected_id IN (SELECT id FROM withdrawn_response));

    UPDATE curation_datasetrowtext
        SET prompt = '[]', rejected_prompt = '[]', chosen = '[]', rejected = '[]',
            withdrawn_at = COALESCE(withdrawn_at, now())
        WHERE row_id IN (SELECT id FROM withdrawn_row);
    UPDATE curation_datasetrow
        SET "values" = "values" #- '{chosen,judgement}' #- '{rejected,judgement}'
                                #- '{chosen,steps}' #- '{rejected,steps}'
        WHERE id IN (SELECT id FROM withdrawn_row);
    UPDATE curation_datasetversion SET withdrawn_in_part_at = COALESCE(withdrawn_in_part_at, now())
        WHERE id IN (SELECT version_id FROM withdrawn_row);
    UPDATE curation_modelversion SET withdrawn_in_part_at = COALESCE(withdrawn_in_part_at, now())
        WHERE trained_on_id IN (SELECT version_id FROM withdrawn_row);

    UPDATE curation_evidence e SET quote = '' FROM curation_message m
        WHERE e.message_id = m.id AND m.project_id = the_project AND m.conversation_id = the_conversation;
    UPDATE curation_evidence SET quote = '' WHERE response_id IN (SELECT id FROM withdrawn_response);
    UPDATE curation_evidence e SET quote = '' FROM curation_preferencepair p
        WHERE e.pair_id = p.id AND p.prompt_id IN (SELECT id FROM withdrawn_prompt);
    UPDATE curation_response SET body = '[]', body_text = ''
        WHERE id IN (SELECT id FROM withdrawn_response) AND message_id IS NULL;
    UPDATE curation_responsesetentry SET error_sentence = ''
        WHERE prompt_id IN (SELECT id FROM withdrawn_prompt) AND error_sentence <> '';

    DELETE FROM curation_messageembedding WHERE conversation_id = the_conversation;
    DELETE FROM curation_messagewords WHERE conversation_id = the_conversation;
    UPDATE curation_tag SET detail = '{}' WHERE conversation_id = the_conversation AND detail <> '{}';
    UPDATE curation_attachment a SET file = '', withdrawn_at = COALESCE(withdrawn_at, now())
        WHERE a.project_id = the_project
          AND EXISTS (SELECT 1 FROM curation_messageattachment c JOIN curation_message m ON m.id = c.message_id
                      WHERE c.attachment_id = a.id AND m.conversation_id = the_conversation)
          AND NOT EXISTS (SELECT 1 FROM curation_messageattachment c
                          JOIN curation_message m ON m.id = c.message_id
                          JOIN curation_conversation v ON v.id = m.conversation_id
                          WHERE c.attachment_id = a.id AND v.id <> the_conversation AND v.withdrawn_at IS NULL);

    UPDATE curation_message SET parts = '[]', text = ''
        WHERE project_id = the_project AND conversation_id = the_conversation;
    UPDATE curation_conversation SET title = '', withdrawn_at = COALESCE(withdrawn_at, now())
        WHERE project_id = the_project AND id = the_conversation;
    DROP TABLE withdrawn_row, withdrawn_response, withdrawn_prompt;
    PERFORM set_config('harken.unlocked', 'off', true);
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("curation", "0017_how_verdicts_were_asked")]
    operations: ClassVar = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        # Backwards it stays: the earlier function would leave texts behind.
        migrations.RunSQL(WITHDRAW, migrations.RunSQL.noop),
        migrations.RunSQL(*app_role_only_sql("harken_withdraw_conversation(bigint, bigint)")),
    ]
