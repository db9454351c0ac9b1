"""Whether the installation runs: for machines as JSON, for people as the strip of every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from curation.queries.health import installation_health, web_health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where everything runs and 503 where something is missing; `?of=web` asks for the web's needs alone."""
    states = web_health() if request.GET.get("of") == "web" else installation_health()
    is_healthy = all(state.is_running for state in states)
    parts = {
        state.service.name: {"running": True}
        if state.is_running
        else {"running": False, "start_with": state.service.command}
        for state in states
    }
    return JsonResponse({"healthy": is_healthy, "services": parts}, status=200 if is_healthy else 503)


@login_required
@require_safe
@never_cache
def status_strip(request: HttpRequest) -> HttpResponse:
    """Show what is missing, or a calm dot."""
    missing = [state.service for state in installation_health() if not state.is_running]
    return render(request, "curation/_status_strip.html", {"missing": missing})
