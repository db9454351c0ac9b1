"""Write a chunk of imported conversations: few statements, no duplicates, every record accounted for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from curation.domain.access.tokens import pseudonym_of
from curation.domain.corpus.records import ConversationRecord, Refusal, RefusalReason
from curation.domain.importers.preparing import (
    CONVERSATION_FIELDS,
    MESSAGE_FIELDS,
    PreparedConversation,
    prepare_conversation,
)
from curation.domain.work.copy_text import number_field, text_field, with_last_fields
from curation.models import Conversation, ImportBatch, Message, QuarantinedRecord, SourceUser
from curation.services.corpus.responses import ensure_model_versions
from curation.services.importers.attachments import store_attachments
from curation.services.importers.chunks import Chunk, PreparedChunk, prepare_chunk
from curation.services.importers.continuing import continued_records
from curation.services.importers.joint import store_joint_verdicts
from curation.services.importers.replies import store_reply_groups
from curation.services.importers.source_marks import scored_answers, store_source_marks
from curation.services.work.copying import copy_lines, reserve_ids
from curation.services.work.turns import take_turns_with_imports, take_turns_with_withdrawals

MESSAGE_COLUMNS = (*MESSAGE_FIELDS, "conversation_id", "project_id", "created_at")
CONVERSATION_COLUMNS = (
    *CONVERSATION_FIELDS,
    *("id", "source_user_id", "model_version_id", "project_id", "batch_id", "created_at"),
)
KNOWN_CONVERSATIONS = """
    SELECT content_hash, source_user_id, id, withdrawn_at IS NOT NULL FROM curation_conversation
    WHERE project_id = %s AND content_hash = ANY(%s)
"""
# What the source deleted is named, and not kept; and of a message that is stored too, a withdrawal reaches no excerpt.
NAMED_ONLY = {RefusalReason.DELETED, RefusalReason.REPEATED_ID}
ConversationKey = tuple[str, int | None]
Keyed = tuple[PreparedConversation, ConversationKey]
Fresh = tuple[PreparedConversation, ConversationKey, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A conversation that is stored: its id, and whether it was withdrawn since."""

    id: int
    is_withdrawn: bool = False


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
def store_chunk(*, batch: ImportBatch, chunk: Chunk | PreparedChunk, tally: Tally) -> None:
    """Store what is new, count what is known, quarantine what was refused, and save the batch's counts.

    A record of a known conversation is a duplicate, unless it brings answers or verdicts that are new.
    """
    if isinstance(chunk, Chunk):
        chunk = prepare_chunk(chunk)
    take_turns_with_imports(project_id=batch.project_id)
    take_turns_with_withdrawals(batch.project)
    conversations, withdrawn = _continued(batch, chunk.conversations)
    _store_refusals(batch, [*chunk.refusals, *withdrawn], tally)
    keyed = _keyed(batch, conversations)
    known = _known_conversations(batch, keyed)
    fresh = _store_conversations(batch, keyed, known)
    _store_messages(batch, fresh)
    bringing = _bringing_more(batch, keyed, known)
    sides = {id(side) for pair in chunk.pairs for side in (pair.chosen, pair.rejected)}
    stored = [
        (record if id(record) in sides else scored_answers(record), conversation)
        for _, record, conversation in bringing
    ]
    brought = store_reply_groups(batch=batch, stored=stored, source_name=chunk.source_name)
    brought |= store_joint_verdicts(pairs=chunk.pairs, stored=stored, source_name=chunk.source_name)
    brought |= store_source_marks(stored=stored, source_name=chunk.source_name)
    store_attachments(stored=stored)
    imported = {id(prepared) for prepared, _, _ in fresh} | {id(bringing[at][0]) for at in brought}
    _count(tally, (prepared for prepared, _ in keyed), imported=imported)
    tally.conversations += len(fresh)
    _save_counts(batch, tally)


def _continued(
    batch: ImportBatch, conversations: Sequence[PreparedConversation]
) -> tuple[Sequence[PreparedConversation], list[Refusal]]:
    """Prepare anew what goes on from stored conversations, and refuse what goes on from withdrawn ones."""
    lasting = [prepared for prepared in conversations if prepared.record and prepared.record.may_continue]
    if not lasting:
        return conversations, []
    ready = {id(prepared.record): prepared for prepared in lasting}
    records, withdrawn = continued_records(
        batch.project, [prepared.record for prepared in lasting if prepared.record]
    )
    others = [prepared for prepared in conversations if id(prepared.record) not in ready]
    return others + [ready.get(id(record)) or prepare_conversation(record) for record in records], withdrawn


def _count(tally: Tally, conversations: Iterable[PreparedConversation], *, imported: set[int]) -> None:
    for prepared in conversations:
        if id(prepared) in imported:
            tally.imported += prepared.units
        else:
            tally.duplicates += prepared.units


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
            excerpt="" if refusal.reason in NAMED_ONLY else refusal.excerpt,
            unit_count=refusal.units,
        )
        for refusal in refusals
    )
    for refusal in refusals:
        tally.quarantined += refusal.units
        tally.reasons[refusal.reason] = tally.reasons.get(refusal.reason, 0) + refusal.units


def _keyed(batch: ImportBatch, conversations: Sequence[PreparedConversation]) -> list[Keyed]:
    """Return each conversation with what makes it the same as another: content and source user."""
    users = _source_users(batch, {prepared.source_user for prepared in conversations})
    return [
        (prepared, (prepared.content_hash, users.get(prepared.source_user))) for prepared in conversations
    ]


def _known_conversations(batch: ImportBatch, keyed: Sequence[Keyed]) -> dict[ConversationKey, Known]:
    # One array instead of a thousand parameters: writing and reading those took longer than finding the rows.
    with connection.cursor() as cursor:
        hashes = [content for _, (content, _) in keyed]
        cursor.execute(KNOWN_CONVERSATIONS, [batch.project_id, hashes])
        return {
            (content, user): Known(id=number, is_withdrawn=is_withdrawn)
            for content, user, number, is_withdrawn in cursor.fetchall()
        }


def _bringing_more(
    batch: ImportBatch, keyed: Sequence[Keyed], known: dict[ConversationKey, Known]
) -> list[tuple[PreparedConversation, ConversationRecord, Conversation]]:
    """Return what brings more than messages, with its record and the conversation that it is stored as.

    What was withdrawn does not come back, and its tombstone takes no answers.
    """
    bringing = [
        (prepared, prepared.record, known[key].id)
        for prepared, key in keyed
        if prepared.record and not known[key].is_withdrawn
    ]
    if not bringing:
        return []
    conversations = Conversation.objects.in_bulk({number for _, _, number in bringing})
    for conversation in conversations.values():
        conversation.project = batch.project
    return [(prepared, record, conversations[number]) for prepared, record, number in bringing]


def _source_users(batch: ImportBatch, names: set[str]) -> dict[str, int]:
    """Return the id of each source user by the name the source gave; only the pseudonym is stored."""
    names = names - {""}
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
    batch: ImportBatch, keyed: Sequence[Keyed], known: dict[ConversationKey, Known]
) -> list[Fresh]:
    """Store each conversation that is not known, once, and add it to what is known."""
    new = {key: prepared for prepared, key in reversed(keyed) if key not in known}
    ids = reserve_ids(Conversation, count=len(new))
    fresh = [(new[key], key, number) for key, number in zip(reversed(new), ids, strict=True)]
    known |= {key: Known(id=number) for _, key, number in fresh}
    models = ensure_model_versions(
        project_id=batch.project_id, names={prepared.model for prepared in new.values()}
    )
    ends = (*map(number_field, (batch.project_id, batch.pk)), text_field(timezone.now().isoformat()))
    lines = (
        with_last_fields(
            prepared.line, (*map(number_field, (number, user, models.get(prepared.model[:200]))), *ends)
        )
        for prepared, (_content, user), number in fresh
    )
    copy_lines(Conversation, columns=CONVERSATION_COLUMNS, lines=lines)
    return fresh


def _store_messages(batch: ImportBatch, fresh: Sequence[Fresh]) -> None:
    ends = (number_field(batch.project_id), text_field(timezone.now().isoformat()))
    lines = (
        with_last_fields(prepared.message_lines, (number_field(number), *ends))
        for prepared, _, number in fresh
    )
    copy_lines(Message, columns=MESSAGE_COLUMNS, lines=lines)


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
