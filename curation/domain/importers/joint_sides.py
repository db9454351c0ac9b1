"""The two conversations of a joint record, each to be stored as any other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from curation.domain.corpus.records import ConversationRecord, JointRecord, Reply, ReplyGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPair:
    """Both conversations of a joint record as they are stored; the chosen one counts for the record's units."""

    record: JointRecord
    chosen: ConversationRecord
    rejected: ConversationRecord


def split_joint(
    records: Iterable[ConversationRecord | JointRecord],
) -> tuple[list[ConversationRecord], list[JointPair]]:
    """Return every conversation to store, in order, and which of them belong together."""
    conversations: list[ConversationRecord] = []
    pairs: list[JointPair] = []
    for record in records:
        if isinstance(record, ConversationRecord):
            conversations.append(record)
            continue
        pair = JointPair(
            record=record,
            chosen=_with_last_answer(record.chosen, units=record.units),
            rejected=_with_last_answer(record.rejected, units=0),
        )
        pairs.append(pair)
        conversations += [pair.chosen, pair.rejected]
    return conversations, pairs


def _with_last_answer(record: ConversationRecord, *, units: int) -> ConversationRecord:
    """Name the last message as a reply, so that it is stored as a response."""
    last = len(record.messages) - 1
    answer = Reply(parts=record.messages[last].parts, model=record.model, message_index=last)
    group = ReplyGroup(prompt_length=last, replies=(answer,), judged_by="unknown")
    groups = (*record.reply_groups, group)
    return replace(record, units=units, reply_groups=groups, may_continue=False)
