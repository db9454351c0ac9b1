"""Conversations that a source gives again, longer than they are stored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.conf import settings

from curation.domain.access.tokens import pseudonym_of
from curation.domain.corpus.records import ConversationRecord, Refusal, RefusalReason
from curation.domain.importers.known_beginnings import beginning_hashes, split_at
from curation.models import Conversation, Project


class _Known(NamedTuple):
    """A stored conversation, as far as it tells whether another one goes on from it."""

    source_id: str
    pseudonym: str
    is_withdrawn: bool


def continued_records(
    project: Project, records: Sequence[ConversationRecord]
) -> tuple[list[ConversationRecord], list[Refusal]]:
    """Return the records, those that go on from stored conversations with their repeats marked, and refusals.

    A record goes on from the conversation of the same source id and user whose messages it begins with; the longest
    counts. One whose beginning was withdrawn is refused, so that what was withdrawn does not come back.
    """
    lasting = {
        number: beginning_hashes(record.messages)
        for number, record in enumerate(records)
        if record.may_continue and record.source_id
    }
    if not lasting:
        return list(records), []
    known = _known_conversations(project, {each for hashes in lasting.values() for each in hashes})
    kept: list[ConversationRecord] = []
    refused: list[Refusal] = []
    for number, record in enumerate(records):
        if number not in lasting:
            kept.append(record)
            continue
        length = _known_length(project, record, hashes=lasting[number], known=known)
        if length is None:
            refused.append(_withdrawn(record))
        else:
            kept += _marked(record, length=length)
    return kept, refused


def _known_conversations(project: Project, hashes: set[str]) -> Mapping[str, list[_Known]]:
    rows = Conversation.objects.for_project(project).filter(content_hash__in=hashes)
    found: dict[str, list[_Known]] = {}
    columns = ("content_hash", "source_id", "source_user__pseudonym", "withdrawn_at")
    for content, source_id, pseudonym, withdrawn in rows.values_list(*columns):
        found.setdefault(content, []).append(_Known(source_id, pseudonym or "", withdrawn is not None))
    return found


def _known_length(
    project: Project,
    record: ConversationRecord,
    *,
    hashes: Sequence[str],
    known: Mapping[str, list[_Known]],
) -> int | None:
    """Return how many messages of a record are stored, 0 for none, None where they were withdrawn."""
    user = _pseudonym(project, record.source_user)
    for length in range(len(hashes), 0, -1):
        for one in known.get(hashes[length - 1], ()):
            if one.source_id == record.source_id[:255] and one.pseudonym == user:
                return None if one.is_withdrawn else length
    return 0


def _pseudonym(project: Project, user: str) -> str:
    return pseudonym_of(user, key=settings.HARKEN_PSEUDONYM_KEY, scope=str(project.uuid)) if user else ""


def _marked(record: ConversationRecord, *, length: int) -> Iterable[ConversationRecord]:
    if not length:
        return [record]
    later, earlier = split_at(record, length=length)
    return [later] if earlier is None else [earlier, later]


def _withdrawn(record: ConversationRecord) -> Refusal:
    return Refusal(
        position=record.position,
        reason=RefusalReason.WITHDRAWN,
        sentence="This conversation goes on from one that was withdrawn here, so it was not imported.",
        units=record.units,
    )
