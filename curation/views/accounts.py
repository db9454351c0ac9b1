"""Signing in and out, joining by invitation, and one's own account."""

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from curation.domain.errors import HarkenError
from curation.forms.people import AcceptInvitationForm, AccountForm, SignInForm
from curation.models import Invitation, User
from curation.permissions import signed_in
from curation.queries.access.people import invitation_of_token, only_project_of
from curation.services.access.accounts import update_account
from curation.services.access.people import accept_invitation, join_by_invitation
from curation.services.access.sign_in import sign_in_with_password, use_sign_in_link, user_of_sign_in_link

BACKEND = "curation.queries.access.signed_in.PersonBackend"


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by password; a fragment whose session ended sends the whole page here."""
    if request.htmx:  # type: ignore[attr-defined]
        return _leave_fragment(request.htmx)  # type: ignore[attr-defined]
    if request.method == "GET" and isinstance(request.user, User):
        return _enter(request, request.user)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = sign_in_with_password(**form.cleaned_data, address=request.META.get("REMOTE_ADDR", ""))
        except HarkenError as error:
            form.add_error(None, str(error))
        else:
            return _enter(request, user)
    return render(request, "curation/sign_in.html", {"form": form, "next": _safe_next(request)})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("curation:sign_in")


@require_http_methods(["GET", "POST"])
@never_cache
def sign_in_link(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Sign in by a one-time link. Only the button uses it up: programs that preview links fetch them too."""
    if request.method == "POST":
        try:
            return _enter(request, use_sign_in_link(uid=uid, token=token))
        except HarkenError as error:
            return render(request, "curation/link_refused.html", {"sentence": str(error)}, status=410)
    person = user_of_sign_in_link(uid=uid, token=token)
    if person is None:
        sentence = _("This link was used already or has run out. Ask for a new one.")
        return render(request, "curation/link_refused.html", {"sentence": sentence}, status=410)
    return render(request, "curation/sign_in_link.html", {"person": person})


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a project: with a new account, or with the one that is signed in."""
    found = invitation_of_token(token)
    if found is None:
        sentence = _("This invitation was used, withdrawn or has run out. Ask for a new one.")
        return render(request, "curation/link_refused.html", {"sentence": sentence}, status=410)
    form = AcceptInvitationForm(request.POST or None)
    if request.method == "POST" and (request.user.is_authenticated or form.is_valid()):
        try:
            return _enter(request, _accept(request, found, form), to=found)
        except HarkenError as error:
            messages.error(request, str(error))
    return render(request, "curation/invitation.html", {"form": form, "invitation": found})


def _accept(request: HttpRequest, found: Invitation, form: AcceptInvitationForm) -> User:
    if isinstance(request.user, User):
        join_by_invitation(invitation=found, user=request.user)
        return request.user
    return accept_invitation(invitation=found, **form.cleaned_data)


@login_required
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("new_password", "current_password")
def account(request: HttpRequest) -> HttpResponse:
    """Change one's own name or password."""
    user = User.objects.get(
        pk=signed_in(request.user).pk
    )  # a copy: a refused form must not rename the header
    form = AccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        update_account(user=user, new_password=form.cleaned_data["new_password"])
        update_session_auth_hash(request, user)
        messages.success(request, _("Your account is saved."))
        return redirect("curation:account")
    return render(request, "curation/account.html", {"form": form})


def _enter(request: HttpRequest, user: User, *, to: Invitation | None = None) -> HttpResponseRedirect:
    """Start a fresh session and go where the person wanted to go, or to their work."""
    if request.user != user:
        login(request, user, backend=BACKEND)
    project = to.project if to else only_project_of(user)
    start = (
        reverse("curation:project_home", args=[project.slug]) if project else reverse("curation:project_list")
    )
    return HttpResponseRedirect(_safe_next(request) or start)


def _leave_fragment(htmx: HtmxDetails) -> HttpResponse:
    """Send the page around a fragment to sign in, and from there back to itself."""
    query = urlencode({"next": htmx.current_url_abs_path or "/"})
    return HttpResponseClientRedirect(f"{reverse('curation:sign_in')}?{query}")


def _safe_next(request: HttpRequest) -> str:
    """Return the page asked for before, where it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""
