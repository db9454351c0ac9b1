"""Enrichments: how far each has come, what it found, running it, and its settings."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.enrichers.enriching import EnricherPlugin
from curation.domain.errors import HarkenError
from curation.enrichers import ENRICHERS, load_enricher
from curation.forms.enrichments import EnrichmentForm
from curation.permissions import Access, enter_project
from curation.queries.enrichers.enrichment_findings import finding_page, measures_of_enricher
from curation.queries.enrichers.enrichments import enricher_statuses, is_wanted, settings_of
from curation.queries.work.jobs import is_worker_missing
from curation.services.enrichers.enrichment import (
    open_enrichment,
    restart_enrichment,
    save_enrichment_settings,
)
from curation.views.parameters import uuid_parameter


@login_required
@require_safe
def enrichment_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show every enricher: how far it has come, what it found, and its settings."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = _table_context(access)
    forms = [(status.plugin, _form(access, status.plugin)) for status in context["statuses"]]
    return render(request, "curation/enrichment_list.html", {**context, "forms": forms})


@login_required
@require_safe
def enrichment_table(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show how far every enricher has come, as a fragment that asks again while one works."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return render(request, "curation/_enrichment_table.html", _table_context(access))


@login_required
@require_POST
def enrichment_run(request: HttpRequest, project_slug: str, name: str) -> HttpResponse:
    """Let an enricher read on."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    open_enrichment(project=access.project, name=_plugin(name).name, actor=access.user)
    return redirect("curation:enrichment_list", access.project.slug)


@login_required
@require_POST
def enrichment_again(request: HttpRequest, project_slug: str, name: str) -> HttpResponse:
    """Forget what an enricher found and let it read everything again."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    try:
        restart_enrichment(project=access.project, name=_plugin(name).name, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("curation:enrichment_list", access.project.slug)


@login_required
@require_POST
def enrichment_settings(request: HttpRequest, project_slug: str, name: str) -> HttpResponse:
    """Set whether an enricher runs by itself, and its options."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    plugin = _plugin(name)
    form = _form(access, plugin, request)
    if form.is_valid():
        save_enrichment_settings(
            project=access.project,
            name=plugin.name,
            wanted=form.cleaned_data["wanted"],
            options=form.chosen_options,
            actor=access.user,
        )
        messages.success(request, _("The settings of %(title)s are saved.") % {"title": plugin.title})
    else:
        messages.error(request, _("A setting is at most 300 characters long, so nothing was saved."))
    return redirect("curation:enrichment_list", access.project.slug)


@login_required
@require_safe
def enrichment_findings(request: HttpRequest, project_slug: str, name: str) -> HttpResponse:
    """Show what an enricher found, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    plugin = _plugin(name)
    context = {
        "access": access,
        "project": access.project,
        "plugin": plugin,
        "measures": measures_of_enricher(access.project, plugin.name),
        "page": finding_page(access.project, plugin.name, before=uuid_parameter(request, "before")),
    }
    return render(request, "curation/enrichment_findings.html", context)


def _plugin(name: str) -> EnricherPlugin:
    if name not in ENRICHERS:
        raise Http404
    return load_enricher(name)


def _form(access: Access, plugin: EnricherPlugin, request: HttpRequest | None = None) -> EnrichmentForm:
    return EnrichmentForm(
        request.POST if request else None,
        plugin=plugin,
        chosen=settings_of(access.project, plugin),
        may_set_paths=access.is_admin,
        initial={"wanted": is_wanted(access.project, plugin)},
    )


def _table_context(access: Access) -> dict[str, Any]:
    statuses = enricher_statuses(access.project)
    jobs = [status.job for status in statuses if status.job is not None and not status.job.is_finished]
    return {
        "access": access,
        "project": access.project,
        "statuses": statuses,
        "is_at_work": bool(jobs),
        "is_worker_missing": any(is_worker_missing(job) for job in jobs),
    }
