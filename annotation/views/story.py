"""The story on the project's home, and the question under it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from annotation.permissions import judge_of
from annotation.queries.desk.story import story_of, told_pair
from annotation.services.desk.story import answer_story
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project


@login_required
@require_GET
def story_card(request: HttpRequest, project_slug: str) -> HttpResponse:
    """A chat with its complaint, the wish, and the two answers."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return _card(request, access)


@login_required
@require_POST
def story_answer(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Answer the question under the story: of the pair that was told, for a surer one may have come meanwhile."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    pair = told_pair(access.project, uuid=request.POST.get("pair", ""))
    if pair is None:
        raise Http404
    try:
        answer_story(pair=pair, membership=judge_of(access), answer=request.POST.get("answer", ""))
    except HarkenError as error:
        return _card(request, access, problem=str(error))
    return _card(request, access)


def _card(request: HttpRequest, access: Access, *, problem: str = "") -> HttpResponse:
    context = {
        "access": access,
        "story": story_of(access.project, membership=access.membership),
        "problem": problem,
    }
    return render(request, "annotation/_story_card.html", context, status=422 if problem else 200)
