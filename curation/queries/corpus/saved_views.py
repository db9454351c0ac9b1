"""Saved views: named ways to narrow the corpus, for the list, for a queue and for a recipe."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from curation.domain.corpus.finding import ConversationFilters, filters_from
from curation.models import Conversation, Project, SavedView
from curation.queries.corpus.narrowing import conversations_of

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLine:
    """A saved view with the rest of the address that opens it; a view with words opens the search."""

    view: SavedView
    query: str
    is_search: bool
    words: list[tuple[str, str]]


def views_of(project: Project) -> QuerySet[SavedView]:
    """Return the views of a project by name."""
    kept = SavedView.objects.for_project(project).filter(archived_at__isnull=True)
    return kept.select_related("created_by").order_by("name")


def view_of(project: Project, uuid: UUID) -> SavedView | None:
    """Return a view of a project that was not put away."""
    return views_of(project).filter(uuid=uuid).first()


def view_lines(project: Project, *, limit: int | None = None) -> list[ViewLine]:
    """Return the views of a project as lines of a list, by name."""
    return [line_of(view) for view in views_of(project)[:limit]]


def line_of(view: SavedView) -> ViewLine:
    """Return a view as a line of a list."""
    pairs = [("q" if name == "words" else name, text) for name, text in filters_of_view(view).as_query()]
    return ViewLine(
        view=view,
        query=urlencode(pairs),
        is_search="words" in view.filters,
        words=filters_of_view(view).as_query(),
    )


def conversations_of_view(view: SavedView) -> QuerySet[Conversation]:
    """Return the conversations that a view leaves, in no order; archived and withdrawn ones only where it asks."""
    return conversations_of(view.project, filters=filters_of_view(view))


def filters_of_view(view: SavedView) -> ConversationFilters:
    """Return the filters of a view; raises FilterError for what no version of Harken wrote."""
    return filters_from(view.filters)
