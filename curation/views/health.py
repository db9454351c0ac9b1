"""Whether the installation runs: for machines as JSON, for people as the strip of every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from curation.queries.work.health import installation_health, web_health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where everything runs, else 503; `?of=web` asks for the web's own needs alone."""
    states = web_health() if request.GET.get("of") == "web" else installation_health()
    is_healthy = all(state.is_running for state in states)
    parts = {
        state.service.name: {"running": True}
        if state.is_running
        else {"running": False, "start_with": state.service.command}
        for state in states
    }
    return JsonResponse({"healthy": is_healthy, "services": parts}, status=200 if is_healthy else 503)


@require_safe
@never_cache
def status_strip(request: HttpRequest) -> HttpResponse:
    """Show what is missing, or a calm dot; 204 where the page shows just that, so that nothing flickers.

    It is asked for by itself. So a sign-in that ended leaves everybody on their page, with what they typed there.
    """
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return HttpResponse(status=204)
    return _strip_of_the_signed_in(request)


@login_required
def _strip_of_the_signed_in(request: HttpRequest) -> HttpResponse:
    missing = [state.service for state in installation_health() if not state.is_running]
    names = ",".join(service.name for service in missing) or "none"
    if request.GET.get("shown") == names:
        return HttpResponse(status=204)
    return render(request, "curation/_status_strip.html", {"missing": missing, "names": names})
