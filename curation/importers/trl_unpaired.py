"""Answers that are good or bad by themselves, as TRL's KTO reads them: prompt, completion and label."""

from collections.abc import Iterator

from curation.domain.corpus.records import (
    ConversationRecord,
    JudgedBy,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
)
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    required,
    truth_of,
)
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import accepted_turns
from curation.importers.trl_preference import judge_of, messages_of

LABEL = "label"


class TrlUnpairedImporter:
    """One answer a record, with the label as its rating: 1 for a good answer, 0 for a bad one.

    A record with "rejected" and no "chosen" is a bad answer alone, as objectives that unlearn read it.
    """

    name = "trl_unpaired"
    title = "TRL unpaired (KTO)"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with a prompt, a completion and a label."""
        return 0.94 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def completed(record: JsonObject, *, key: str, files: Files) -> tuple[MessageRecord, ...]:
    """Return prompt and answer as messages; raises RecordError where the last one is not the assistant's."""
    prompt = messages_of(required(record, "prompt"), key="prompt", role="user", files=files)
    answer = messages_of(required(record, key), key=key, role="assistant", files=files)
    messages = accepted_turns([*prompt, *answer])
    if not answer or messages[-1].role != "assistant":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER,
            f'The record ends with a message of the {messages[-1].role}, so "{key}" is no answer.',
        )
    return messages


def rated_answer(
    messages: tuple[MessageRecord, ...], *, ratings: dict[str, float], judged_by: JudgedBy, critique: str = ""
) -> ReplyGroup:
    """Return the group of one answer, the last message, with what was said of it."""
    last = len(messages) - 1
    reply = Reply(parts=messages[last].parts, ratings=ratings, message_index=last, critique=critique)
    return ReplyGroup(prompt_length=last, replies=(reply,), judged_by=judged_by)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    is_bad_alone = "completion" not in record and "rejected" in record
    messages = completed(record, key="rejected" if is_bad_alone else "completion", files=files)
    label = 0.0 if is_bad_alone else float(truth_of(record, LABEL))
    group = rated_answer(messages, ratings={LABEL: label}, judged_by=judge_of(record))
    return described(record, messages=messages, position=position, groups=(group,), files=files)


def _fits(record: JsonObject) -> bool:
    fields = set(record)
    if not isinstance(record.get("prompt"), str | list):
        return False
    return {"completion", LABEL} <= fields or ("rejected" in fields and "chosen" not in fields)
