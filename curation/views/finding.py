"""Finding conversations: the list, the search, saved views and topics."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.corpus.finding import ConversationFilters, FilterError, filters_from
from curation.domain.errors import HarkenError
from curation.models import DatasetRow, SavedView
from curation.permissions import Access, enter_project
from curation.queries.corpus.answers import By, Question, answer_of, message_of
from curation.queries.corpus.finding import (
    conversation_page,
    exact_conversation_count,
    filter_choices,
    inline_count,
)
from curation.queries.corpus.saved_views import MOST_SHOWN, line_of, view_lines, view_of
from curation.queries.corpus.word_questions import asked_words
from curation.queries.corpus.words import words_progress
from curation.queries.enrichers.topic_charts import map_svg
from curation.queries.enrichers.topics import topic_map, topic_of
from curation.services.corpus.saved_views import archive_view, rename_view, save_view
from curation.services.enrichers.topics import open_topics
from curation.views.parameters import uuid_parameter

# The filters that are always in sight.
SIMPLE_FILTERS = {"language", "model", "batch", "tags", "signals"}


@login_required
@require_safe
def conversation_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the corpus, narrowed as the address says."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    filters = _filters_of(request.GET)
    context = {
        **_finding_context(access, filters),
        "count": inline_count(access.project, filters=filters),
        "page": conversation_page(access.project, filters=filters, before=uuid_parameter(request, "before")),
    }
    return render(request, "curation/conversation_list.html", context)


@login_required
@require_safe
def conversation_total(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Count the narrowed corpus exactly."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    total = exact_conversation_count(access.project, filters=_filters_of(request.GET))
    return render(request, "curation/_conversation_total.html", {"access": access, "total": total})


@login_required
@require_safe
def conversation_search(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Search messages for words, for exact text or by meaning, among what the filters leave."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    filters, question = _filters_of(request.GET), _question_of(request)
    context = {
        **_finding_context(access, filters),
        "question": question,
        "like": message_of(access.project, question.like) if question.like else None,
        "answer": answer_of(access.project, question=question, filters=filters)
        if question.is_asked
        else None,
        "words": words_progress(access.project),
    }
    return render(request, "curation/conversation_search.html", context)


@login_required
@require_safe
def saved_view_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """List the views of a project."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "project": access.project, "lines": view_lines(access.project)}
    return render(request, "curation/saved_view_list.html", context)


@login_required
@require_POST
def saved_view_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Keep the filters of the address under a name."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    filters = _filters_of(request.POST)
    try:
        view = save_view(
            project=access.project, name=request.POST.get("name", ""), filters=filters, actor=access.user
        )
    except HarkenError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('curation:conversation_list', args=[project_slug])}?{_address(filters)}")
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect("curation:saved_view_detail", project_slug, view.uuid)


@login_required
@require_safe
def saved_view_detail(request: HttpRequest, project_slug: str, view_uuid: UUID) -> HttpResponse:
    """Open a view: the list, or the search where it looks for words."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    line = line_of(_view_of(access, view_uuid))
    name = "conversation_search" if line.is_search else "conversation_list"
    return redirect(f"{reverse(f'curation:{name}', args=[project_slug])}?{line.query}")


@login_required
@require_POST
def saved_view_rename(request: HttpRequest, project_slug: str, view_uuid: UUID) -> HttpResponse:
    """Give a view another name."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    view = _view_of(access, view_uuid)
    try:
        rename_view(view=view, name=request.POST.get("name", ""), actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("curation:saved_view_list", project_slug)


@login_required
@require_POST
def saved_view_archive(request: HttpRequest, project_slug: str, view_uuid: UUID) -> HttpResponse:
    """Put a view away."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    archive_view(view=_view_of(access, view_uuid), actor=access.user)
    messages.success(request, _("The view is put away. What was made from it stays."))
    return redirect("curation:saved_view_list", project_slug)


@login_required
@require_safe
def topic_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show what users talk about: topics with names, sizes and thin spots, and a map of them."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    found = topic_map(access.project)
    context = {"access": access, "project": access.project, "map": found, "svg": map_svg(found.topics)}
    return render(request, "curation/topic_list.html", context)


@login_required
@require_POST
def topic_find(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Find the topics anew, in the background."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    open_topics(project=access.project, actor=access.user)
    return redirect("curation:topic_list", project_slug)


def _finding_context(access: Access, filters: ConversationFilters) -> dict[str, object]:
    """Return what the list and the search have in common."""
    return {
        "access": access,
        "project": access.project,
        "filters": filters,
        "pairs": filters.as_query(),
        "narrowed": _address(filters),
        "choices": filter_choices(access.project),
        "topic": topic_of(access.project, filters.topic) if filters.topic else None,
        "views": view_lines(access.project, limit=MOST_SHOWN),
        "splits": DatasetRow.Split.values,
        "wide_open": bool({*filters.as_document()} - SIMPLE_FILTERS),
    }


def _view_of(access: Access, uuid: UUID) -> SavedView:
    view = view_of(access.project, uuid)
    if view is None:
        raise Http404
    return view


def _filters_of(fields: QueryDict) -> ConversationFilters:
    """Read filters strictly: nonsense, and words that the index cannot be asked for, are not found."""
    try:
        filters = filters_from(
            {name: fields.getlist(name) if name == "tags" else fields[name] for name in fields}
        )
        if filters.words:
            asked_words(filters.words)
    except FilterError as error:
        raise Http404 from error
    return filters


def _question_of(request: HttpRequest) -> Question:
    by = request.GET.get("by", "")
    return Question(
        text=request.GET.get("q", "").replace("\x00", "")[:400],
        by=By(by) if by in set(By) else By.WORDS,
        like=uuid_parameter(request, "like"),
    )


def _address(filters: ConversationFilters) -> str:
    """Return the filters as the rest of an address, for links that keep them."""
    return urlencode(filters.as_query())
