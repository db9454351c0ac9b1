"""The story of each pair, and the chosen answers that wait for a person to rewrite them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project
from feedback_mining.forms.mining import PairPageForm, RewriteForm
from feedback_mining.models import PairRewrite
from feedback_mining.pair_recipes import PAIR_RECIPES
from feedback_mining.queries.pair_story import (
    SHOWN_AROUND,
    answer_page,
    asked_before,
    pair_page,
    pair_story,
    rewrite_of,
    rewrite_shares,
    waiting_page,
)
from feedback_mining.queries.screens import words_around
from feedback_mining.services.rewrites import drop_rewrite, rewrite_chosen


@login_required
@require_GET
def pair_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The pairs that recipes proposed, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    asked = PairPageForm(request.GET)
    if not asked.is_valid():
        raise Http404
    recipe = asked.cleaned_data["recipe"]
    context = {
        "access": access,
        "project": access.project,
        "page": pair_page(access.project, **asked.cleaned_data),
        "answers": answer_page(access.project, **asked.cleaned_data) if recipe else None,
        "recipe": recipe,
        "recipes": list(PAIR_RECIPES),
    }
    return render(request, "feedback_mining/pair_list.html", context)


@login_required
@require_GET
def pair_detail(request: HttpRequest, project_slug: str, pair_uuid: UUID) -> HttpResponse:
    """The story of one pair on one page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    story = pair_story(access.project, uuid=pair_uuid)
    if story is None:
        raise Http404
    context = {"access": access, "project": access.project, "story": story}
    return render(request, "feedback_mining/pair_detail.html", context)


@login_required
@require_GET
def rewrite_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The refused pairs that wait for a person."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "rewrites": waiting_page(access.project),
        "shares": rewrite_shares(access.project),
    }
    return render(request, "feedback_mining/rewrite_list.html", context)


@login_required
@require_GET
def rewrite_detail(request: HttpRequest, project_slug: str, rewrite_uuid: UUID) -> HttpResponse:
    """One refused pair: the story, and the chosen answer to be written anew."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rewrite = _existing(access, rewrite_uuid)
    return _show(request, access, rewrite, text=rewrite.answer_text)


@login_required
@require_POST
def rewrite_save(request: HttpRequest, project_slug: str, rewrite_uuid: UUID) -> HttpResponse:
    """Publish the pair with the answer as a person wrote it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rewrite, form = _existing(access, rewrite_uuid), RewriteForm(request.POST)
    if not form.is_valid():
        problem = " ".join(map(str, form.errors["text"]))
        return _show(request, access, rewrite, text=request.POST.get("text", ""), problem=problem)
    text = form.cleaned_data["text"]
    try:
        pair = rewrite_chosen(rewrite=rewrite, text=text, actor=access.user)
    except HarkenError as error:
        return _show(request, access, rewrite, text=text, problem=str(error))
    messages.success(request, _("Saved: the pair has the answer as you wrote it."))
    return redirect("feedback_mining:pair_detail", project_slug, pair.uuid)


@login_required
@require_POST
def rewrite_drop(request: HttpRequest, project_slug: str, rewrite_uuid: UUID) -> HttpResponse:
    """Let a refused pair go."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    try:
        drop_rewrite(rewrite=_existing(access, rewrite_uuid), actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Dropped. It becomes no pair."))
    return redirect("feedback_mining:rewrite_list", project_slug)


@login_required
@require_GET
def rewrite_share(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What share of the candidates was refused, for the page where a dataset is frozen."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "shares": rewrite_shares(access.project)}
    return render(request, "feedback_mining/_rewrite_share.html", context)


def _existing(access: Access, uuid: UUID) -> PairRewrite:
    rewrite = rewrite_of(access.project, uuid=uuid)
    if rewrite is None:
        raise Http404
    return rewrite


def _show(
    request: HttpRequest, access: Access, rewrite: PairRewrite, *, text: str, problem: str = ""
) -> HttpResponse:
    found = rewrite.answer_text
    context = {
        "access": access,
        "project": access.project,
        "rewrite": rewrite,
        "request_text": asked_before(rewrite),
        "complaint": words_around(
            rewrite.complaint.text, span=(rewrite.span_start, rewrite.span_end), context=SHOWN_AROUND
        ),
        "reference": found[rewrite.reference_start : rewrite.reference_end],
        "text": text,
        "problem": problem,
    }
    return render(request, "feedback_mining/rewrite_detail.html", context, status=422 if problem else 200)
