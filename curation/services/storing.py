"""Write a chunk of imported conversations: few statements, no duplicates, every record accounted for."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from uuid6 import uuid7

from curation.domain.hashing import content_hash
from curation.domain.records import (
    ConversationRecord,
    JointRecord,
    MessageRecord,
    Refusal,
    RefusalReason,
    parts_as_json,
)
from curation.domain.tokens import pseudonym_of
from curation.models import Conversation, ImportBatch, Message, QuarantinedRecord, SourceUser
from curation.services.attachments import store_attachments
from curation.services.continuing import continued_records
from curation.services.copying import copy_rows, reserve_ids
from curation.services.joint import split_joint, store_joint_verdicts
from curation.services.replies import store_reply_groups
from curation.services.responses import ensure_model_versions
from curation.services.source_marks import scored_answers, store_source_marks
from curation.services.turns import take_turns_with_withdrawals

TITLE_LENGTH = 120
MESSAGE_COLUMNS = (
    *("uuid", "created_at", "project_id", "conversation_id", "position", "role", "parts", "text"),
    *("source_id", "sent_at", "is_repeat"),
)
ConversationKey = tuple[str, int | None]
KeyedRecord = tuple[ConversationRecord, ConversationKey]
StoredRecord = tuple[ConversationRecord, Conversation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Records of one file that are stored together; `source_name` is what their verdicts are credited to."""

    records: Sequence[ConversationRecord | JointRecord]
    refusals: Sequence[Refusal]
    source_name: str

    @property
    def record_count(self) -> int:
        """How many records the importer yielded."""
        return len(self.records) + len(self.refusals)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the records so far, counted in the source's own units."""

    imported: int = 0
    duplicates: int = 0
    quarantined: int = 0
    conversations: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: ImportBatch) -> "Tally":
        """Return what a batch counted until now: a resumed import goes on from there."""
        reasons = (
            batch.quarantined_records.values_list("reason").annotate(Sum("unit_count")).order_by("reason")
        )
        return cls(
            imported=batch.imported_count,
            duplicates=batch.duplicate_count,
            quarantined=batch.quarantined_count,
            conversations=batch.conversation_count,
            reasons=dict(reasons),
        )

    @property
    def read(self) -> int:
        """Every record read: imported, duplicate or quarantined."""
        return self.imported + self.duplicates + self.quarantined


@transaction.atomic
def store_chunk(*, batch: ImportBatch, chunk: Chunk, tally: Tally) -> None:
    """Store what is new, count what is known, quarantine what was refused, and save the batch's counts.

    A record of a known conversation is a duplicate, unless it brings answers or verdicts that are new.
    """
    _one_import_at_a_time(batch)
    take_turns_with_withdrawals(batch.project)
    continued, withdrawn = continued_records(batch.project, chunk.records)
    _store_refusals(batch, [*chunk.refusals, *withdrawn], tally)
    records, pairs = split_joint(map(scored_answers, continued))
    keyed = _keyed(batch, records)
    known = _known_conversations(batch, keyed)
    fresh = _store_conversations(batch, keyed, known)
    _store_messages(fresh)
    # What was withdrawn does not come back, and its tombstone takes no answers.
    stored = [(record, known[key]) for record, key in keyed if known[key].withdrawn_at is None]
    brought = store_reply_groups(stored=stored, source_name=chunk.source_name)
    brought |= store_joint_verdicts(pairs=pairs, stored=stored, source_name=chunk.source_name)
    brought |= store_source_marks(stored=stored, source_name=chunk.source_name)
    store_attachments(stored=stored)
    _count(tally, records, fresh=fresh, enriched=[stored[number][0] for number in brought])
    _save_counts(batch, tally)


def _count(
    tally: Tally,
    records: Sequence[ConversationRecord],
    *,
    fresh: Sequence[StoredRecord],
    enriched: Sequence[ConversationRecord],
) -> None:
    imported = {id(record) for record, _ in fresh} | {id(record) for record in enriched}
    for record in records:
        if id(record) in imported:
            tally.imported += record.units
        else:
            tally.duplicates += record.units
    tally.conversations += len(fresh)


def _one_import_at_a_time(batch: ImportBatch) -> None:
    """Two imports into one project take turns by chunk, so that neither stores what the other just stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [batch.project_id % 2**31])


def _store_refusals(batch: ImportBatch, refusals: Sequence[Refusal], tally: Tally) -> None:
    QuarantinedRecord.objects.bulk_create(
        QuarantinedRecord(
            project_id=batch.project_id,
            batch=batch,
            reason=refusal.reason,
            sentence=refusal.sentence,
            file_name=refusal.position.file[:255],
            line=refusal.position.line,
            record=refusal.position.record,
            # What the source deleted is named, and not kept.
            excerpt="" if refusal.reason == RefusalReason.DELETED else refusal.excerpt,
            unit_count=refusal.units,
        )
        for refusal in refusals
    )
    for refusal in refusals:
        tally.quarantined += refusal.units
        tally.reasons[refusal.reason] = tally.reasons.get(refusal.reason, 0) + refusal.units


def _keyed(batch: ImportBatch, records: Sequence[ConversationRecord]) -> list[KeyedRecord]:
    """Return each record with what makes its conversation the same: content and source user."""
    users = _source_users(batch, records)
    return [(record, (content_hash(record.messages), users.get(record.source_user))) for record in records]


def _known_conversations(
    batch: ImportBatch, keyed: Sequence[KeyedRecord]
) -> dict[ConversationKey, Conversation]:
    hashes = {content for _, (content, _) in keyed}
    known = Conversation.objects.filter(project_id=batch.project_id, content_hash__in=hashes)
    return {(row.content_hash, row.source_user_id): row for row in known}


def _source_users(batch: ImportBatch, records: Iterable[ConversationRecord]) -> dict[str, int]:
    """Return the id of each source user by the name the source gave; only the pseudonym is stored."""
    names = {record.source_user for record in records if record.source_user}
    if not names:
        return {}
    scope = str(batch.project.uuid)
    pseudonyms = {name: pseudonym_of(name, key=settings.HARKEN_PSEUDONYM_KEY, scope=scope) for name in names}
    rows = SourceUser.objects.filter(project_id=batch.project_id, pseudonym__in=pseudonyms.values())
    ids = dict(rows.values_list("pseudonym", "id"))
    made = SourceUser.objects.bulk_create(
        SourceUser(project_id=batch.project_id, pseudonym=pseudonym)
        for pseudonym in sorted(set(pseudonyms.values()) - set(ids))
    )
    ids |= {user.pseudonym: user.pk for user in made}
    return {name: ids[pseudonym] for name, pseudonym in pseudonyms.items()}


def _store_conversations(
    batch: ImportBatch, keyed: Sequence[KeyedRecord], known: dict[ConversationKey, Conversation]
) -> list[StoredRecord]:
    """Store each conversation that is not known, once, and add it to what is known."""
    models = ensure_model_versions(project_id=batch.project_id, names={record.model for record, _ in keyed})
    fresh = []
    for record, key in keyed:
        if key not in known:
            known[key] = _conversation_row(batch, record, key, models.get(record.model[:200]))
            fresh.append((record, known[key]))
    for (_, row), number in zip(fresh, reserve_ids(Conversation, count=len(fresh)), strict=True):
        row.pk = number
    names = [field.attname for field in Conversation._meta.concrete_fields]
    copy_rows(Conversation, columns=names, rows=([getattr(row, name) for name in names] for _, row in fresh))
    return fresh


def _conversation_row(
    batch: ImportBatch, record: ConversationRecord, key: ConversationKey, model_id: int | None
) -> Conversation:
    return Conversation(
        project=batch.project,
        batch=batch,
        source_user_id=key[1],
        model_version_id=model_id,
        source_id=record.source_id[:255],
        content_hash=key[0],
        language=record.language[:16],
        title=title_of(record.messages),
        started_at=record.started_at,
        message_count=len(record.messages),
        user_message_count=sum(message.role == "user" for message in record.messages),
        word_count=sum(len(message.text.split()) for message in record.messages),
    )


def title_of(messages: Sequence[MessageRecord]) -> str:
    """Return the first words of the first user message, for lists that never touch bodies."""
    first = next((message.text for message in messages if message.role == "user"), "")
    # Only a beginning is looked at, since a message may hold megabytes.
    return " ".join(first[: 10 * TITLE_LENGTH].split())[:TITLE_LENGTH]


def _store_messages(stored: Sequence[StoredRecord]) -> None:
    copy_rows(Message, columns=MESSAGE_COLUMNS, rows=_message_rows(stored))


def _message_rows(stored: Sequence[StoredRecord]) -> Iterator[tuple[Any, ...]]:
    """Yield plain rows: an import makes too many messages to make a model of each."""
    now = timezone.now()
    for record, conversation in stored:
        for position, message in enumerate(record.messages):
            yield (
                uuid7(),
                now,
                conversation.project_id,
                conversation.pk,
                position,
                message.role,
                json.dumps(parts_as_json(message.parts), ensure_ascii=False),
                message.text,
                message.source_id[:255],
                message.sent_at,
                message.is_repeat,
            )


def _save_counts(batch: ImportBatch, tally: Tally) -> None:
    batch.read_count, batch.imported_count = tally.read, tally.imported
    batch.duplicate_count, batch.quarantined_count = tally.duplicates, tally.quarantined
    batch.conversation_count = tally.conversations
    batch.save(
        update_fields=[
            "read_count",
            "imported_count",
            "duplicate_count",
            "quarantined_count",
            "conversation_count",
            "files",
        ]
    )
