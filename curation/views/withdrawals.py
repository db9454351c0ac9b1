"""The withdrawal of a user: what it would reach, and the word that does it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.datasets import WithdrawUserForm
from curation.permissions import enter_project
from curation.queries.corpus.withdrawals import source_user_named, user_reach
from curation.services.corpus.withdrawals import withdraw_user


@login_required
@require_http_methods(["GET", "POST"])
def user_withdraw(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Say what the withdrawal of a user erases, and erase it when an admin confirms."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    named = request.POST.get("pseudonym") or request.GET.get("pseudonym", "")
    form = WithdrawUserForm(request.POST or None, initial={"pseudonym": named})
    if request.method == "POST" and form.is_valid():
        try:
            reached = withdraw_user(project=access.project, pseudonym=named, actor=access.user)
        except HarkenError as error:
            form.add_error("pseudonym", str(error))
        else:
            words = _("The user is withdrawn: the texts of %(count)s conversations are erased.")
            messages.success(request, words % {"count": f"{reached.conversations:,}"})
            return redirect("curation:conversation_list", project_slug)
    user = source_user_named(access.project, named)
    reach = user_reach(user) if user is not None else None
    context = {"access": access, "project": access.project, "form": form, "named": named, "reach": reach}
    return render(request, "curation/user_withdraw.html", context)
