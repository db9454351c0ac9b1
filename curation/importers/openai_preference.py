"""Preferences as OpenAI fine-tuning takes them: {"input", "preferred_output", "non_preferred_output"}."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import ConversationRecord, Position
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    convert_records,
    label_of,
    required,
    required_list,
    wrong_type,
)
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import marks_of
from curation.importers.trl_preference import judge_of, messages_of

_SIDES = ("preferred_output", "non_preferred_output")


class OpenAIPreferenceImporter:
    """One preference a record: the input's messages and the preferred output are the conversation."""

    name = "openai_preference"
    title = "OpenAI preference fine-tuning"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with an input and both outputs."""
        return 0.98 * head.share_of(lambda record: {"input", *_SIDES} <= set(record))

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    asked = required(record, "input")
    if not isinstance(asked, Mapping):
        raise wrong_type("input", value=asked, wanted="an object with messages")
    prompt = messages_of(required_list(asked, "messages"), key="messages", role="user", files=files)
    chosen, rejected = (
        Side(
            messages=[
                *prompt,
                *messages_of(required_list(record, side), key=side, role="assistant", files=files),
            ]
        )
        for side in _SIDES
    )
    messages, group = preference_of(chosen, rejected, judged_by=judge_of(record))
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id"),
        reply_groups=(group,),
        tags=marks_of(record),
        attached_files=tuple(files),
        position=position,
    )
