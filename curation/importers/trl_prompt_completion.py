"""Prompts with one answer, or with none, as TRL's SFT and its trainers that write answers themselves read them."""

from collections.abc import Iterator

from curation.domain.corpus.records import ConversationRecord, MessageRecord, Position, RefusalReason
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    required,
)
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import accepted_turns
from curation.importers.trl_preference import messages_of
from curation.importers.trl_unpaired import completed

_KNOWN = ("id", "decided_by", "source", "split", "language", "lang", "user", "user_id", "model", "tools")
# With any of these beside the prompt, the record is of a format that says more.
_SAYS_MORE = {
    "chosen",
    "rejected",
    "label",
    "labels",
    "completions",
    "responses",
    "response_list",
    "messages",
}


class TrlPromptCompletionImporter:
    """One conversation a record: the prompt, as text or messages, and the completion where there is one."""

    name = "trl_prompt_completion"
    title = "TRL prompt and completion"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with a prompt and no more than a completion."""
        completed_share = head.share_of(lambda record: _fits(record) and "completion" in record)
        return max(0.93 * completed_share, 0.85 * head.share_of(_is_prompt_alone))

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    has_answer = record.get("completion") is not None
    messages = completed(record, key="completion", files=files) if has_answer else _prompt_of(record, files)
    return described(record, messages=messages, position=position, files=files)


def _prompt_of(record: JsonObject, files: Files) -> tuple[MessageRecord, ...]:
    messages = accepted_turns(messages_of(required(record, "prompt"), key="prompt", role="user", files=files))
    if messages[-1].role == "assistant":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER, "The prompt ends with an answer, so nothing is asked."
        )
    return messages


def _is_prompt_alone(record: JsonObject) -> bool:
    """A prompt beside fields that are not known here is most likely one with its answer under another name."""
    return _fits(record) and set(record) <= {"prompt", *_KNOWN}


def _fits(record: JsonObject) -> bool:
    return isinstance(record.get("prompt"), str | list) and not _SAYS_MORE & set(record)
