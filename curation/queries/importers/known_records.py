"""Which records of a file are stored already, asked before it is imported."""

from collections.abc import Iterable, Iterator

from django.conf import settings

from curation.domain.access.tokens import pseudonym_of
from curation.domain.corpus.hashing import content_hash
from curation.domain.corpus.records import ConversationRecord, JointRecord
from curation.domain.importers.importing import Imported
from curation.models import Conversation, Project

# The hash of its content, and the pseudonym of its user: what makes a conversation the same as another.
Key = tuple[str, str]


def known_units(project: Project, records: Iterable[Imported]) -> int:
    """Count, in the source's own units, the records whose every conversation is here, from the same user."""
    keyed = [(record.units, set(_keys_of(project, record))) for record in records]
    hashes = {spelled for _, keys in keyed for spelled, _ in keys}
    rows = Conversation.objects.for_project(project).filter(content_hash__in=hashes)
    known = {
        (spelled, user or "") for spelled, user in rows.values_list("content_hash", "source_user__pseudonym")
    }
    return sum(units for units, keys in keyed if keys and keys <= known)


def conversations_in(record: Imported) -> Iterator[ConversationRecord]:
    """Yield the conversations that a record holds: of a joint one both sides, of a refusal none."""
    if isinstance(record, JointRecord):
        yield record.chosen
        yield record.rejected
    elif isinstance(record, ConversationRecord):
        yield record


def _keys_of(project: Project, record: Imported) -> Iterator[Key]:
    for conversation in conversations_in(record):
        user = conversation.source_user
        scope = {"key": settings.HARKEN_PSEUDONYM_KEY, "scope": str(project.uuid)}
        try:
            yield content_hash(conversation.messages), pseudonym_of(user, **scope) if user else ""
        except ValueError:
            # What cannot be stored will be refused; it is known to nobody.
            yield "", ""
