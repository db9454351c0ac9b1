"""Records of a file that are stored together, and what is worked out of them before the database is asked.

This runs in a process of its own beside a large import, so nothing here knows of Django.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from curation.domain.corpus.records import ConversationRecord, JointRecord, Refusal
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Imported, or_refused
from curation.domain.importers.joint_sides import JointPair, split_joint
from curation.domain.importers.preparing import PreparedConversation, prepare_conversation
from curation.domain.importers.reading import BrokenSourceError, Source, broken_source_refusal
from curation.importers import read_conversations

Prepared: TypeAlias = tuple[list[PreparedConversation], list[JointPair]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Records of one file that are stored together; `source_name` is what their verdicts are credited to."""

    records: Sequence[ConversationRecord | JointRecord]
    refusals: Sequence[Refusal]
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChunk:
    """A chunk of which only the database's share is left to do.

    `record_count` is what the importer yielded, `bytes_read` how far into the file it has come.
    """

    conversations: Sequence[PreparedConversation]
    pairs: Sequence[JointPair]
    refusals: Sequence[Refusal]
    source_name: str
    record_count: int
    bytes_read: int = 0

    @property
    def weight(self) -> int:
        """About how many characters and bytes there are to store."""
        return sum(
            each.record.weight if each.record else len(each.message_lines) for each in self.conversations
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read: a file in a format, from behind the records that are `done`; a chunk ends at either limit."""

    source: Source
    format_name: str
    mapping: Mapping[str, Any] | None
    done: int
    records_per_chunk: int
    characters_per_chunk: int


def prepared_chunks(reading: Reading) -> Iterator[PreparedChunk]:
    """Yield the chunks of a file, ready to be stored."""
    records = islice(_records(reading), reading.done, None)
    for chunk in _chunks(records, reading=reading):
        yield prepare_chunk(chunk, bytes_read=reading.source.bytes_read.count)


def joined_chunks(chunks: Sequence[PreparedChunk]) -> PreparedChunk:
    """Return chunks of one format as one, which counts what all of them hold."""
    if len(chunks) == 1:
        return chunks[0]
    return PreparedChunk(
        conversations=[each for chunk in chunks for each in chunk.conversations],
        pairs=[pair for chunk in chunks for pair in chunk.pairs],
        refusals=[refusal for chunk in chunks for refusal in chunk.refusals],
        source_name=chunks[0].source_name,
        record_count=sum(chunk.record_count for chunk in chunks),
    )


def prepare_chunk(chunk: Chunk, *, bytes_read: int = 0) -> PreparedChunk:
    """Work out what is stored of a chunk's records."""
    refused: list[Refusal] = []
    try:
        conversations, pairs = _prepared(chunk.records)
    except Exception:  # noqa: BLE001 - the records that raise it are found, and refused alone
        conversations, pairs, refused = _prepared_one_by_one(chunk.records)
    return PreparedChunk(
        conversations=conversations,
        pairs=pairs,
        refusals=[*chunk.refusals, *refused],
        source_name=chunk.source_name,
        record_count=len(chunk.records) + len(chunk.refusals),
        bytes_read=bytes_read,
    )


def _prepared(records: Sequence[ConversationRecord | JointRecord]) -> Prepared:
    conversations, pairs = split_joint(records)
    return [prepare_conversation(record) for record in conversations], pairs


def _prepared_one_by_one(
    records: Sequence[ConversationRecord | JointRecord],
) -> tuple[list[PreparedConversation], list[JointPair], list[Refusal]]:
    conversations: list[PreparedConversation] = []
    pairs: list[JointPair] = []
    refused: list[Refusal] = []
    for record in records:
        found = or_refused(partial(_prepared, [record]), position=record.position, units=record.units)
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            conversations += found[0]
            pairs += found[1]
    return conversations, pairs, refused


def _records(reading: Reading) -> Iterator[Imported]:
    """Yield the records of a file; one that stops being readable on the way keeps what came before."""
    mapping = ColumnMapping.from_json(dict(reading.mapping)) if reading.mapping else None
    try:
        yield from read_conversations(reading.source, name=reading.format_name, mapping=mapping)
    except BrokenSourceError as error:
        yield broken_source_refusal(error, source=reading.source)


def _chunks(records: Iterable[Imported], *, reading: Reading) -> Iterator[Chunk]:
    conversations: list[ConversationRecord | JointRecord] = []
    refusals: list[Refusal] = []
    characters = 0
    for record in records:
        if isinstance(record, Refusal):
            refusals.append(record)
        else:
            conversations.append(record)
            characters += record.weight
        count = len(conversations) + len(refusals)
        if count >= reading.records_per_chunk or characters >= reading.characters_per_chunk:
            yield Chunk(records=conversations, refusals=refusals, source_name=reading.format_name)
            conversations, refusals, characters = [], [], 0
    if conversations or refusals:
        yield Chunk(records=conversations, refusals=refusals, source_name=reading.format_name)
