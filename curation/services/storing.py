"""Write a chunk of imported conversations: few statements, no duplicates, every record accounted for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction

from curation.domain.hashing import content_hash
from curation.domain.records import ConversationRecord, MessageRecord, Refusal, parts_as_json
from curation.domain.tokens import pseudonym_of
from curation.models import Conversation, ImportBatch, Message, ModelVersion, QuarantinedRecord, SourceUser
from curation.services.replies import store_reply_groups

TITLE_LENGTH = 120
ConversationKey = tuple[str, int | None]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the records so far, counted in the source's own units."""

    imported: int = 0
    duplicates: int = 0
    quarantined: int = 0
    conversations: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Every record read: imported, duplicate or quarantined."""
        return self.imported + self.duplicates + self.quarantined


@transaction.atomic
def store_chunk(
    *, batch: ImportBatch, records: Sequence[ConversationRecord], refusals: Sequence[Refusal], tally: Tally
) -> None:
    """Store what is new, count what is known, quarantine what was refused, and save the batch's counts."""
    _one_import_at_a_time(batch)
    _store_refusals(batch, refusals, tally)
    fresh = _without_known(batch, records, tally)
    stored = _store_conversations(batch, fresh)
    _store_messages(stored)
    store_reply_groups(stored=stored)
    tally.conversations += len(stored)
    _save_counts(batch, tally)


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
            excerpt=refusal.excerpt,
            unit_count=refusal.units,
        )
        for refusal in refusals
    )
    for refusal in refusals:
        tally.quarantined += refusal.units
        tally.reasons[refusal.reason] = tally.reasons.get(refusal.reason, 0) + refusal.units


def _without_known(
    batch: ImportBatch, records: Sequence[ConversationRecord], tally: Tally
) -> list[tuple[ConversationRecord, ConversationKey]]:
    """Return the records that are new, each with its key; the others are counted."""
    users = _source_users(batch, records)
    keyed = [(record, (content_hash(record.messages), users.get(record.source_user))) for record in records]
    known = _known_keys(batch, [key for _, key in keyed])
    fresh = []
    for record, key in keyed:
        if key not in known:
            fresh.append((record, key))
            tally.imported += record.units
        elif known[key] == batch.pk and not _is_repeat_within(fresh, key):
            tally.imported += record.units  # a resumed import meets what it stored before it was interrupted
        else:
            tally.duplicates += record.units
        known.setdefault(key, 0)
    return fresh


def _is_repeat_within(fresh: Sequence[tuple[ConversationRecord, ConversationKey]], key: ConversationKey) -> bool:
    return any(other == key for _, other in fresh)


def _known_keys(batch: ImportBatch, keys: Sequence[ConversationKey]) -> dict[ConversationKey, int]:
    rows = Conversation.objects.filter(
        project_id=batch.project_id, content_hash__in={content for content, _ in keys}
    ).values_list("content_hash", "source_user_id", "batch_id")
    return {(content, user): batch_id for content, user, batch_id in rows}


def _source_users(batch: ImportBatch, records: Iterable[ConversationRecord]) -> dict[str, int]:
    """Return the id of each source user by the name the source gave; only the pseudonym is stored."""
    names = {record.source_user for record in records if record.source_user}
    scope = str(batch.project.uuid)
    pseudonyms = {name: pseudonym_of(name, key=settings.HARKEN_PSEUDONYM_KEY, scope=scope) for name in names}
    SourceUser.objects.bulk_create(
        [SourceUser(project_id=batch.project_id, pseudonym=pseudonym) for pseudonym in pseudonyms.values()],
        ignore_conflicts=True,
    )
    rows = SourceUser.objects.filter(project_id=batch.project_id, pseudonym__in=pseudonyms.values())
    ids = dict(rows.values_list("pseudonym", "id"))
    return {name: ids[pseudonym] for name, pseudonym in pseudonyms.items()}


def _store_conversations(
    batch: ImportBatch, fresh: Sequence[tuple[ConversationRecord, ConversationKey]]
) -> list[tuple[ConversationRecord, Conversation]]:
    models = model_ids(batch, {record.model for record, _ in fresh})
    rows = [_conversation_row(batch, record, key, models.get(record.model)) for record, key in fresh]
    Conversation.objects.bulk_create(rows)
    return [(record, row) for (record, _), row in zip(fresh, rows, strict=True)]


def model_ids(batch: ImportBatch, names: set[str]) -> dict[str, int]:
    """Return the id of each named model, made where it is new."""
    wanted = {name[:200] for name in names if name}
    ModelVersion.objects.bulk_create(
        [ModelVersion(project_id=batch.project_id, name=name) for name in sorted(wanted)], ignore_conflicts=True
    )
    rows = ModelVersion.objects.filter(
        project_id=batch.project_id, name__in=wanted, kind=ModelVersion.Kind.UNKNOWN, revision=""
    )
    return dict(rows.values_list("name", "id"))


def _conversation_row(
    batch: ImportBatch, record: ConversationRecord, key: ConversationKey, model_id: int | None
) -> Conversation:
    return Conversation(
        project_id=batch.project_id,
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
    return " ".join(first.split())[:TITLE_LENGTH]


def _store_messages(stored: Sequence[tuple[ConversationRecord, Conversation]]) -> None:
    Message.objects.bulk_create(
        (
            Message(
                project_id=conversation.project_id,
                conversation=conversation,
                position=position,
                role=message.role,
                parts=parts_as_json(message.parts),
                text=message.text,
                source_id=message.source_id[:255],
                sent_at=message.sent_at,
                is_repeat=message.is_repeat,
            )
            for record, conversation in stored
            for position, message in enumerate(record.messages)
        ),
        batch_size=2000,
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
        ]
    )
