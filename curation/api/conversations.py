"""Conversations: the list, one of them, and the three searches."""

from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router, Schema

from curation.api.authentication import Caller, enter
from curation.api.schemas import (
    PROBLEMS,
    ConversationPageOut,
    ConversationWithMessages,
    PlainText,
    Problem,
)
from curation.domain.access.scopes import Scope
from curation.domain.corpus.finding import ConversationFilters, Signals, filters_from
from curation.models import Conversation
from curation.queries.corpus.conversations import conversation_of
from curation.queries.corpus.finding import conversation_page
from curation.queries.corpus.hits import Found
from curation.queries.corpus.meaning import meaning_of, nearest_hits
from curation.queries.corpus.search import exact_hits, word_hits

router = Router(tags=["conversations"])
MOST_TURNS = 10_000


class FilterQuery(Schema):
    """What the list is narrowed to; days are written as 2026-11-21, tags must all be there."""

    language: str = ""
    model: UUID | None = None
    batch: UUID | None = None
    started_from: str = ""
    started_to: str = ""
    least_turns: int | None = None
    most_turns: int | None = None
    least_words: int | None = None
    most_words: int | None = None
    tags: list[str] = Field(default_factory=list)
    signals: Signals | None = None
    scorer: UUID | None = None
    least_score: float | None = None
    most_score: float | None = None
    version: UUID | None = None
    split: str = ""
    topic: UUID | None = None
    archived: bool = False

    def filters(self) -> ConversationFilters:
        """Return them checked; raises FilterError in a sentence."""
        return filters_from(self.model_dump(exclude_none=True))


class SearchQuery(FilterQuery):
    """What is looked for: words, an exact text, or a sentence by its meaning."""

    q: PlainText
    by: Literal["words", "text", "meaning"] = "words"


class HitOut(Schema):
    """A message that was found, and the words around what was sought."""

    conversation: UUID
    message: UUID
    position: int
    role: str
    title: str
    language: str
    snippet: str
    similarity: float | None


class FoundOut(Schema):
    """Hits, best or newest first. `newest_of` says that only so many of the newest messages were looked at."""

    items: list[HitOut]
    total: int | None
    newest_of: int | None
    nearest_of: int | None


@router.get("/conversations", response={200: ConversationPageOut, **PROBLEMS})
def list_conversations(
    request: HttpRequest, slug: Path[str], narrow: Query[FilterQuery], before: UUID | None = None
) -> dict[str, Any]:
    """Return conversations, newest first, without their text."""
    caller = enter(request, slug, scope=Scope.READ)
    page = conversation_page(caller.project, filters=narrow.filters(), before=before)
    return {"items": page.conversations, "next": page.next_before and str(page.next_before)}


@router.get("/conversations/search", response={200: FoundOut, 503: Problem, **PROBLEMS})
def search(request: HttpRequest, slug: Path[str], asked: Query[SearchQuery]) -> dict[str, Any]:
    """Find messages by words (`answ*` for a beginning), by an exact text, or by meaning."""
    caller = enter(request, slug, scope=Scope.READ)
    found = _found(caller, asked)
    items = [{**_plain(hit), "snippet": "".join(piece.text for piece in hit.snippet)} for hit in found.hits]
    return {
        "items": items,
        "total": found.total,
        "newest_of": found.newest_of,
        "nearest_of": found.nearest_of,
    }


@router.get("/conversations/{uuid}", response={200: ConversationWithMessages, **PROBLEMS})
def one_conversation(request: HttpRequest, slug: Path[str], uuid: UUID) -> Conversation:
    """Return a conversation with its turns."""
    conversation = conversation_of(enter(request, slug, scope=Scope.READ).project, uuid)
    if conversation is None:
        raise Http404
    conversation.turns = list(conversation.messages.order_by("position")[:MOST_TURNS])  # type: ignore[attr-defined]
    return conversation


def _found(caller: Caller, asked: SearchQuery) -> Found:
    filters = asked.filters()
    if asked.by == "meaning":
        return nearest_hits(caller.project, meaning=meaning_of(asked.q), filters=filters)
    if asked.by == "text":
        return exact_hits(caller.project, text=asked.q, filters=filters)
    return word_hits(caller.project, question=asked.q, filters=filters)


def _plain(hit: Any) -> dict[str, Any]:
    names = ("conversation", "message", "position", "role", "title", "language", "similarity")
    return {name: getattr(hit, name) for name in names}
