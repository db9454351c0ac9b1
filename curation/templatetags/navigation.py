"""Links and panels across apps, by URL name: a page never imports the app it points to."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.domain.access.roles import Role

register = template.Library()

# (route, words, the role that may go there), in the order of the work.
PROJECT_PAGES = [
    ("curation:project_home", _("Home"), Role.ANNOTATOR),
    ("curation:conversation_list", _("Conversations"), Role.RESEARCHER),
    ("feedback_mining:signal_list", _("Signals"), Role.RESEARCHER),
    ("annotation:queue_list", _("Judge"), Role.ANNOTATOR),
    ("annotation:label_figures", _("Labels"), Role.RESEARCHER),
    ("annotation:criteria_list", _("Criteria"), Role.ANNOTATOR),
    ("curation:dataset_list", _("Datasets"), Role.RESEARCHER),
    ("curation:model_list", _("Models"), Role.RESEARCHER),
    ("training_jobs:run_list", _("Training"), Role.RESEARCHER),
    ("curation:people", _("People"), Role.ADMIN),
    ("curation:audit", _("Audit"), Role.ADMIN),
]


def project_url(name: str, slug: str) -> str | None:
    """Return the address of a project's page, or None while no app offers it."""
    try:
        return reverse(name, kwargs={"project_slug": slug})
    except NoReverseMatch:
        return None


@register.inclusion_tag("curation/_nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, label: str) -> dict[str, Any]:
    """Render a link to a project's page, marked where one is; nothing where the route is absent."""
    request = context["request"]
    address = project_url(name, context["access"].project.slug)
    is_home = name == "curation:project_home"
    is_below = request.path == address if is_home else request.path.startswith(str(address))
    app = request.resolver_match.app_name if request.resolver_match else ""
    return {
        "address": address,
        "label": label,
        "is_here": bool(address) and (is_below or _is_all_of(app, name)),
    }


def _is_all_of(app: str, name: str) -> bool:
    """Tell whether a page is the only one of an app in the navigation, and so marked on each of its pages."""
    return [route for route, _label, _role in PROJECT_PAGES if route.startswith(f"{app}:")] == [name]


@register.simple_tag(takes_context=True)
def project_pages(context: Context) -> list[tuple[str, str | Promise]]:
    """Return (route, words) of the pages that the person's role may open."""
    access = context["access"]
    return [(name, label) for name, label, role in PROJECT_PAGES if access.may(role)]


@register.inclusion_tag("curation/_panel.html", takes_context=True)
def panel(context: Context, name: str) -> dict[str, Any]:
    """Render the place of another app's fragment, which htmx fetches; nothing where the route is absent."""
    return {"address": project_url(name, context["access"].project.slug)}
