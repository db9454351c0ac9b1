"""Flags on what somebody reads at the desk."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.forms.asking import FlagForm
from annotation.permissions import enter_queue, judge_of
from annotation.queries.desk.cards import lease_of
from annotation.services.quality.flagging import flag_conversation, take_flags_back
from annotation.views.desk import show_desk
from curation.domain.errors import HarkenError


@login_required
@require_POST
def task_flag(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Flag the conversation of the task in hand, or take one's flags back, and keep the task."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    form = FlagForm(request.POST)
    if not form.is_valid():
        raise Http404
    lease = lease_of(queue, uuid=form.cleaned_data["lease"], membership=membership)
    if lease is None:
        raise Http404
    try:
        if form.cleaned_data["flag"]:
            flag_conversation(lease=lease, flag=form.cleaned_data["flag"], actor=access.user)
            messages.success(request, _("Flagged. Others are told; the task stays yours."))
        elif take_flags_back(lease=lease, actor=access.user):
            messages.success(request, _("Your flags on this conversation are taken back."))
        else:
            messages.info(request, _("You have flagged nothing here."))
    except HarkenError as error:
        messages.warning(request, str(error))
    return show_desk(request, access, queue, membership)
