"""What a search finds: messages, each with the place where it was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left

from curation.domain.corpus.snippets import Piece, snippet_of
from curation.domain.corpus.word_lexemes import INDEXED_CHARACTERS
from curation.models import Conversation, Message, Project
from curation.queries.corpus.narrowing import Condition

MOST_HITS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that was found; `similarity` is the cosine where it was found by meaning."""

    message: UUID
    position: int
    role: str
    conversation: UUID
    title: str
    language: str
    snippet: tuple[Piece, ...]
    similarity: float | None = None

    @property
    def page_start(self) -> int:
        """The turn with which a page of the conversation begins so that one turn before the hit is on it."""
        return max(0, self.position - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found. `newest_of` says that no more than so many of the newest messages were looked at."""

    hits: list[Hit]
    total: int | None = None
    newest_of: int | None = None
    nearest_of: int | None = None


class AnyOf(Func):
    """`id = ANY (array)`: thousands of ids as one value, which are looked up one by one."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def any_of(column: str, ids: Iterable[int]) -> Combinable:
    """Return the condition that a column of ids holds one of these."""
    return AnyOf(F(column), Value(list(ids), output_field=ArrayField(BigIntegerField())))


def left_by(conditions: Sequence[Condition], conversations: Iterable[int]) -> set[int]:
    """Return those of the conversations that the conditions leave."""
    rows = Conversation.objects.filter(any_of("pk", set(conversations))).filter(*conditions)
    return set(rows.values_list("pk", flat=True))


def hits_of(
    project: Project,
    messages: Sequence[int],
    *,
    sought: Mapping[str, Sequence[str]] | None = None,
    similarities: Mapping[int, float] | None = None,
) -> list[Hit]:
    """Return the messages of these ids as hits, in this order, in one statement."""
    rows = Message.objects.for_project(project).filter(any_of("pk", messages)).select_related("conversation")
    known = {
        row.pk: row
        for row in rows.defer("text", "rich_parts").annotate(head=Left("text", INDEXED_CHARACTERS))
    }
    return [
        _hit(known[each], sought=sought or {}, similarity=(similarities or {}).get(each))
        for each in messages
        if each in known
    ]


def _hit(row: Any, *, sought: Mapping[str, Sequence[str]], similarity: float | None) -> Hit:
    return Hit(
        message=row.uuid,
        position=row.position,
        role=row.role,
        conversation=row.conversation.uuid,
        title=row.conversation.title,
        language=row.conversation.language,
        snippet=snippet_of(row.head, **sought),
        similarity=similarity,
    )
