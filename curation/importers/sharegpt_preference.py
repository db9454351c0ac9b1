"""Preferences in the ShareGPT layout: "conversations", and beside it "chosen" and "rejected", or a "kto_tag"."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    RefusalReason,
    ReplyGroup,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required,
    required_text,
    truth_of,
    wrong_type,
)
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import accepted_turns, text_message
from curation.importers.sharegpt import message_of, turns_of
from curation.importers.trl_preference import judge_of
from curation.importers.trl_unpaired import LABEL, rated_answer

KTO_TAG = "kto_tag"
# A file's description may name the column of the tag as it likes; ours has "label".
_TAGS = (KTO_TAG, LABEL)

Judged = tuple[tuple[MessageRecord, ...], ReplyGroup]


class ShareGptPreferenceImporter:
    """One preference a record, or one answer that is good or bad by itself; LLaMA-Factory reads both."""

    name = "sharegpt_preference"
    title = "ShareGPT preferences (LLaMA-Factory)"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with turns and two sides, or a label."""
        return 0.97 * head.share_of(fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=conversation_of)


def conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    """Read one record."""
    messages, group = _labelled(record) if "chosen" not in record else _compared(record)
    return described(record, messages=messages, position=position, groups=(group,))


def fits(record: JsonObject) -> bool:
    """Say whether a record holds turns, and two sides or a label."""
    turns = record.get("conversations")
    has_turns = isinstance(turns, list) and all(
        isinstance(turn, Mapping) and "from" in turn for turn in turns
    )
    is_labelled = any(isinstance(record.get(key), bool) for key in _TAGS)
    return has_turns and ({"chosen", "rejected"} <= set(record) or is_labelled)


def kto_label(record: JsonObject) -> float:
    """Return the label of a good answer, 1, or of a bad one, 0."""
    key = next((key for key in _TAGS if key in record), KTO_TAG)
    return float(truth_of(record, key))


def _labelled(record: JsonObject) -> Judged:
    messages = accepted_turns(turns_of(record))
    if messages[-1].role != "assistant":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER, "The conversation does not end with an answer to label."
        )
    return messages, rated_answer(messages, ratings={LABEL: kto_label(record)}, judged_by=judge_of(record))


def _compared(record: JsonObject) -> Judged:
    prompt = [message for message in turns_of(record) if message.role != "system" or message.text.strip()]
    chosen, rejected = (_answer_of(required(record, key), key=key) for key in ("chosen", "rejected"))
    return preference_of(
        Side(messages=[*prompt, chosen], model=label_of(record, "model_chosen", "chosen_model")),
        Side(messages=[*prompt, rejected], model=label_of(record, "model_rejected", "rejected_model")),
        judged_by=judge_of(record),
    )


def _answer_of(value: JsonValue, *, key: str) -> MessageRecord:
    if isinstance(value, str):
        return text_message("assistant", value)
    if not isinstance(value, Mapping):
        raise wrong_type(key, value=value, wanted="an object with a value")
    # WildFeedback leaves out who says it.
    if "from" in value:
        return message_of(value, number=1)
    return text_message("assistant", required_text(value, "value"))
