"""What the judgements of one queue say: agreement, ratings against choices, consensus, and people who judge alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.queue_figures import MethodForm, SliceForm
from annotation.models import Queue
from annotation.permissions import existing_queue
from annotation.queries.figures.reports import KeptFile, ShownFigures, kept_file, shown_figures
from annotation.queries.queue_figures.consensus_figures import attribute_of
from annotation.queries.queue_figures.consensus_rows import consensus_question
from annotation.queries.queue_figures.group_preferences import pairs_question
from annotation.queries.queue_figures.queue_charts import (
    Charts,
    agreement_charts,
    asked_figures,
    consensus_charts,
    decided_alike,
    group_charts,
    protocol_charts,
)
from annotation.queries.queue_figures.queue_items import (
    named_items,
    newest_publishing,
    published_by_consensus,
)
from annotation.services.figures.publishing import published_words
from annotation.services.figures.reports import ask_for_report
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing

# The pages of a queue, in the order of their tabs; what each reads of its address.
TABS: Mapping[str, str | Promise] = {
    "queue_agreement": _("Agreement"),
    "queue_consensus": _("Consensus"),
    "queue_protocols": _("Ratings and choices"),
    "queue_groups": _("Who judges alike"),
}
ASKED: Mapping[str, tuple[str, ...]] = {
    "queue_agreement": ("by", "drawn"),
    "queue_consensus": ("attribute", "method"),
    "queue_protocols": (),
    "queue_groups": ("attribute",),
    # These have pages of their own: annotation.views.quality.
    "queue_people": (),
    "queue_review": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page about one queue: what is asked, and what is known of it."""

    access: Access
    queue: Queue
    shown: ShownFigures

    @property
    def result(self) -> Mapping[str, Any]:
        """The figures, empty while there are none."""
        return self.shown.result or {}

    def answer(self, request: HttpRequest, charts: Charts, **more: Any) -> HttpResponse:
        """Return the page, or one of its charts as a file."""
        context = {
            "access": self.access,
            "project": self.access.project,
            "queue": self.queue,
            "shown": self.shown,
            "result": self.shown.result,
            "charts": charts,
            "tabs": [(f"annotation:{name}", title) for name, title in TABS.items()],
            "here": f"annotation:{self.shown.figure}",
            "asked": [(name, self.shown.question.get(name, "")) for name in ASKED[self.shown.figure]],
            **more,
        }
        page = f"annotation/{self.shown.figure}.html"
        return chart_file(request, charts) or render(request, page, context)


def queue_page(request: HttpRequest, project_slug: str, queue_uuid: UUID, *, figure: str) -> QueuePage:
    """Enter the project, and look up what is known of the queue."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = _question(figure, queue, sent=request.GET)
    return QueuePage(
        access=access,
        queue=queue,
        shown=shown_figures(access.project, figure=figure, question=question),
    )


def _question(figure: str, queue: Queue, *, sent: Mapping[str, Any]) -> dict[str, str]:
    asked = {name: str(sent.get(name, ""))[:60] for name in ASKED[figure]}
    if not SliceForm(asked).is_valid():
        asked |= {name: "" for name in SliceForm.base_fields if name in asked}
    return {"queue": str(queue.uuid), **asked}


@login_required
@require_GET
def queue_agreement(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """How far people agree on each thing that was asked."""
    page = queue_page(request, project_slug, queue_uuid, figure="queue_agreement")
    form = SliceForm(initial=dict(page.shown.question))
    charts = agreement_charts(page.result)
    return page.answer(request, charts, form=form, found=asked_figures(page.result, charts=charts))


@login_required
@require_GET
def queue_protocols(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Whether the ratings and the choices of the same people tell the same story."""
    page = queue_page(request, project_slug, queue_uuid, figure="queue_protocols")
    found = page.result.get("protocols")
    partner = page.queue.partner
    return page.answer(
        request,
        protocol_charts(found),
        partner=partner,
        both=[page.queue, partner] if partner else [],
        decided=decided_alike(found),
    )


@login_required
@require_GET
def queue_groups(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Groups of people who judge alike, where there are any beyond chance."""
    page = queue_page(request, project_slug, queue_uuid, figure="queue_groups")
    divided = page.result.get("divided", [])
    named = named_items(page.queue, items=[each["subject"] for each in divided])
    return page.answer(
        request,
        group_charts(page.result),
        divided=[(each, named.get(each["subject"])) for each in divided],
        groups=_groups_with_files(page),
    )


def _groups_with_files(page: QueuePage) -> list[tuple[Sequence[str], int, KeptFile | None]]:
    """Return each group's people, how many preferences are theirs, and what is known of the file of these."""
    groups = page.result.get("groups", ())
    return [
        (
            members,
            preferences,
            kept_file(
                page.access.project,
                figure="group_pairs",
                question=pairs_question(page.queue, group=number, groups=groups),
            ),
        )
        for number, (members, preferences) in enumerate(
            zip(groups, page.result.get("preferences", ()), strict=False), start=1
        )
    ]


@login_required
@require_GET
def queue_consensus(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """What the judgements come to: how surely, with which ties and circles, and whom they rest on."""
    page = queue_page(request, project_slug, queue_uuid, figure="queue_consensus")
    result = page.result
    shown = result.get("shown", {})
    named = named_items(page.queue, items=[each["item"] for items in shown.values() for each in items])
    attribute = result.get("attribute", page.shown.question["attribute"])
    form = MethodForm(
        initial={"attribute": attribute, "method": result.get("method", page.shown.question["method"])},
        attribute=attribute_of(attribute) if result else None,
    )
    return page.answer(
        request,
        consensus_charts(result),
        form=form,
        rows={kind: [(each, named.get(each["item"])) for each in items] for kind, items in shown.items()},
        published=published_by_consensus(page.queue),
        **_leaving(page, attribute=attribute),
    )


def _leaving(page: QueuePage, *, attribute: str) -> dict[str, Any]:
    """Return what is known of the file of a consensus, and of the work that publishes one."""
    asked = {"attribute": attribute, "method": page.result.get("method", "")}
    question = consensus_question(page.queue, **asked)
    address = reverse("annotation:consensus_file", args=[page.access.project.slug, page.queue.uuid])
    publishing = newest_publishing(page.queue)
    return {
        "file": kept_file(page.access.project, figure="consensus_file", question=question),
        "download": f"{address}?{urlencode(asked)}",
        "file_asked": list(asked.items()),
        "publishing": publishing,
        "is_publisher_missing": publishing is not None and is_worker_missing(publishing),
        "published_words": published_words(publishing.result) if publishing and publishing.result else "",
    }


@login_required
@require_POST
def queue_figures_compute(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, figure: str
) -> HttpResponse:
    """Have a worker compute the figures of a queue, and go back to their page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    if figure not in ASKED:
        raise Http404
    question = _question(figure, queue, sent=request.POST)
    ask_for_report(project=access.project, figure=figure, question=question, actor=access.user)
    address = reverse(f"annotation:{figure}", args=[project_slug, queue_uuid])
    asked = {name: value for name, value in question.items() if value and name != "queue"}
    return redirect(f"{address}?{urlencode(asked)}" if asked else address)
