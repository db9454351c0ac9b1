"""Preferences between two answers with their prompts, which may differ, as DOVE has them."""

from collections.abc import Iterator
from dataclasses import dataclass

from curation.domain.corpus.records import (
    ConversationRecord,
    JointRecord,
    MessageRecord,
    Position,
    RefusalReason,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required_text,
)
from curation.domain.importers.named_prompts import prompt_turns
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import marks_of
from curation.domain.work.turns import accepted_turns, text_message
from curation.importers.trl_preference import judge_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the four texts are called."""

    chosen_prompt: str
    chosen: str
    rejected_prompt: str
    rejected: str

    @property
    def fields(self) -> set[str]:
        """All four names."""
        return {self.chosen_prompt, self.chosen, self.rejected_prompt, self.rejected}


_LAYOUTS = (
    Layout(chosen_prompt="i_chosen", chosen="r_chosen", rejected_prompt="i_reject", rejected="r_reject"),
    Layout(chosen_prompt="i_chosen", chosen="r_chosen", rejected_prompt="i_rejected", rejected="r_rejected"),
    Layout(
        chosen_prompt="chosen_prompt", chosen="chosen", rejected_prompt="rejected_prompt", rejected="rejected"
    ),
)


class JointPairsImporter:
    """Where both prompts are equal, a record is an ordinary preference; else two conversations and a verdict."""

    name = "joint_pairs"
    title = "Joint pairs with two prompts (DOVE)"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with two prompts and two answers."""
        return 0.97 * head.share_of(lambda record: _layout_of(record) is not None)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation, or two joined by a verdict, a record."""
        return convert_records(source, convert=_imported_of)


def _layout_of(record: JsonObject) -> Layout | None:
    return next((layout for layout in _LAYOUTS if layout.fields <= set(record)), None)


def _imported_of(record: JsonObject, position: Position) -> ConversationRecord | JointRecord:
    layout = _layout_of(record) or _LAYOUTS[0]
    chosen = _side(record, prompt=layout.chosen_prompt, answer=layout.chosen)
    rejected = _side(record, prompt=layout.rejected_prompt, answer=layout.rejected)
    if record[layout.chosen_prompt] == record[layout.rejected_prompt]:
        return _common_prompt(record, chosen, rejected, position)
    return JointRecord(
        chosen=_conversation(record, accepted_turns(chosen), position),
        rejected=_conversation(record, accepted_turns(rejected), position),
        judged_by=judge_of(record),
        position=position,
    )


def _side(record: JsonObject, *, prompt: str, answer: str) -> list[MessageRecord]:
    text = required_text(record, answer)
    if not text.strip():
        raise RecordError(RefusalReason.EMPTY_MESSAGE, f'The answer in "{answer}" is empty.')
    return [*prompt_turns(required_text(record, prompt)), text_message("assistant", text)]


def _common_prompt(
    record: JsonObject, chosen: list[MessageRecord], rejected: list[MessageRecord], position: Position
) -> ConversationRecord:
    messages, group = preference_of(
        Side(messages=chosen), Side(messages=rejected), judged_by=judge_of(record)
    )
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id"),
        reply_groups=(group,),
        tags=marks_of(record),
        position=position,
    )


def _conversation(
    record: JsonObject, messages: tuple[MessageRecord, ...], position: Position
) -> ConversationRecord:
    return ConversationRecord(
        messages=messages, source_id=label_of(record, "id"), tags=marks_of(record), position=position
    )
