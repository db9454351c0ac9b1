"""Frozen versions beside each other, and the card that goes with one."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.domain.access.roles import Role
from curation.models import DatasetVersion
from curation.permissions import Access, enter_project
from curation.queries.versions.dataset_cards import card_archive, card_of
from curation.queries.versions.datasets import frozen_versions, version_of
from curation.queries.versions.version_diffs import Change, diff_versions, shown_changes


@login_required
@require_safe
def version_diff(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Show how a version differs from another of its dataset, the one before it unless asked otherwise."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    after = _version_of(access, version_uuid)
    others = [version for version in frozen_versions(after.dataset) if version.pk != after.pk]
    before = _other_of(others, after, request.GET.get("with", ""))
    diff = diff_versions(before, after) if before is not None else None
    change = request.GET.get("change", "")
    context = {
        "access": access,
        "project": access.project,
        "version": after,
        "others": others,
        "before": before,
        "diff": diff,
        "change": change if change in list(Change) else "",
        "shown": shown_changes(diff, change=change if change in list(Change) else "") if diff else [],
    }
    return render(request, "curation/version_diff.html", context)


@login_required
@require_safe
def version_card(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Show the card of a version: what its README says."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = _version_of(access, version_uuid)
    context = {"access": access, "project": access.project, "version": version, "card": card_of(version)}
    return render(request, "curation/version_card.html", context)


@login_required
@require_safe
def version_card_file(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Hand over the card as a file to be saved: README.md, its charts and the manifest in a ZIP."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = _version_of(access, version_uuid)
    answer = HttpResponse(card_archive(version), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{version.dataset.name}-{version.number}-card.zip"'
    return answer


def _other_of(others: list[DatasetVersion], after: DatasetVersion, number: str) -> DatasetVersion | None:
    named = next((version for version in others if str(version.number) == number), None)
    earlier = next((version for version in others if version.number < after.number), None)
    return named or earlier or (others[0] if others else None)


def _version_of(access: Access, uuid: UUID) -> DatasetVersion:
    version = version_of(access.project, uuid)
    if version is None:
        raise Http404
    return version
