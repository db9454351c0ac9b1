"""Tournaments: opened, followed, and read bracket by bracket."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.tournaments import TournamentForm
from annotation.models import Tournament
from annotation.queries.figures.reports import shown_figures
from annotation.queries.judges.ranking import may_rank
from annotation.queries.ranking.ranking_charts import ranking_charts
from annotation.queries.ranking.tournament_standing import standing_question
from annotation.queries.ranking.tournaments import (
    bracket_lines,
    shown_bracket,
    tournament_of,
    tournament_state,
    tournaments_of,
)
from annotation.services.figures.reports import ask_for_report
from annotation.services.ranking.tournament_opening import open_tournament
from annotation.services.ranking.tournament_words import judge_words
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing


@login_required
@require_http_methods(["GET", "POST"])
def tournament_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The tournaments of a project, and the form that opens one."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = TournamentForm(request.POST or None, project=access.project)
    if request.method == "POST" and form.is_valid():
        try:
            made = open_tournament(project=access.project, plan=form.plan(), actor=access.user)
            return redirect("annotation:tournament_detail", project_slug, made.uuid)
        except HarkenError as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error.messages)
    context = {
        "access": access,
        "project": access.project,
        "form": form,
        "tournaments": tournaments_of(access.project),
    }
    return render(request, "annotation/tournament_list.html", context)


@login_required
@require_GET
def tournament_detail(request: HttpRequest, project_slug: str, tournament_uuid: UUID) -> HttpResponse:
    """How far a tournament is, who wins, and the prompts it is played on."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    tournament = _tournament(access, tournament_uuid)
    standing = shown_figures(
        access.project, figure="tournament_standing", question=standing_question(tournament)
    )
    charts = ranking_charts(standing.result or {})
    page = request.GET.get("page", "0")
    number = int(page) if page.isdecimal() and len(page) < 7 else 0
    lines, has_more = bracket_lines(tournament, page=number)
    context = {
        "access": access,
        "project": access.project,
        "tournament": tournament,
        "shown": standing,
        "result": standing.result,
        "charts": charts,
        "may_rank": may_rank(tournament),
        "job": tournament.job,
        "is_worker_missing": tournament.job is not None and is_worker_missing(tournament.job),
        "lines": lines,
        "page_number": number,
        "has_more": has_more,
    }
    return chart_file(request, charts) or render(request, "annotation/tournament_detail.html", context)


@login_required
@require_POST
def tournament_compute(request: HttpRequest, project_slug: str, tournament_uuid: UUID) -> HttpResponse:
    """Have a worker draw up how a large tournament stands, and go back to its page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    tournament = _tournament(access, tournament_uuid)
    ask_for_report(
        project=access.project,
        figure="tournament_standing",
        question=standing_question(tournament),
        actor=access.user,
    )
    return redirect("annotation:tournament_detail", project_slug, tournament.uuid)


@login_required
@require_GET
def tournament_bracket(
    request: HttpRequest, project_slug: str, tournament_uuid: UUID, prompt: int
) -> HttpResponse:
    """The bracket of one prompt, round by round."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    tournament = _tournament(access, tournament_uuid)
    state = tournament_state(tournament, prompts=[prompt])
    bracket = shown_bracket(state, prompt)
    if bracket is None:
        raise Http404
    words = judge_words(state, prompt=prompt)
    rounds = [[(match, words.get(match.answers, ())) for match in matches] for matches in bracket.rounds]
    context = {
        "access": access,
        "project": access.project,
        "tournament": tournament,
        "bracket": bracket,
        "rounds": rounds,
    }
    return render(request, "annotation/tournament_bracket.html", context)


def _tournament(access: Access, uuid: UUID) -> Tournament:
    tournament = tournament_of(access.project, uuid)
    if tournament is None:
        raise Http404
    return tournament
