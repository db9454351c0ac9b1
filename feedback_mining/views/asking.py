"""Pages that ask models: collecting wishes, learning rubrics, having pairs written. A price comes before each."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Job, Project
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing
from curation.services.work.jobs import ring_job
from feedback_mining.domain.pairs import skipped_in_words
from feedback_mining.forms.mining import AskingForm, PairWritingForm, WishCollectionForm, WishPageForm
from feedback_mining.queries.checklists import wish_counts, wish_page
from feedback_mining.queries.rubrics import rubric_cards
from feedback_mining.queries.screens import newest_job
from feedback_mining.queries.thumbs import thumb_counts
from feedback_mining.services.checklists import KIND as WISHES
from feedback_mining.services.checklists import open_wish_collection, price_wishes
from feedback_mining.services.pairs import open_pair_building, price_pairs
from feedback_mining.services.rubric_jobs import KIND as RUBRIC
from feedback_mining.services.rubric_jobs import open_rubric_learning
from feedback_mining.services.rubrics import FEWEST_THUMBS, price_rubric

# A price is for somebody who waits for the page: of more conversations than these it is an estimate.
READ_FOR_A_PRICE = 400


@login_required
@require_http_methods(["GET", "POST"])
def wish_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What users wish for, and the collection of more of it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    asked = WishPageForm(request.GET)
    if not asked.is_valid():
        raise Http404
    form = WishCollectionForm(request.POST or None, project=access.project)
    price = _asked(
        request, form, begin=lambda: _collect(access, form), price=lambda: _wish_price(access, form)
    )
    if isinstance(price, Job):
        return redirect("feedback_mining:wish_list", project_slug)
    context = {
        "page": wish_page(access.project, **asked.cleaned_data),
        "counts": wish_counts(access.project),
        "price": price,
    }
    return _page(request, access, form, context, kind=WISHES, template="feedback_mining/wish_list.html")


@login_required
@require_http_methods(["GET", "POST"])
def rubric_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The rubrics that the project learned from thumbs, newest first, and the learning of another."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = AskingForm(request.POST or None, project=access.project)
    project = access.project
    price = _asked(
        request,
        form,
        begin=lambda: open_rubric_learning(project=project, actor=access.user, **form.cleaned_data),
        price=lambda: price_rubric(project=project, sample=READ_FOR_A_PRICE // 2, **form.cleaned_data),
    )
    if isinstance(price, Job):
        return redirect("feedback_mining:rubric_list", project_slug)
    context = {"rubrics": rubric_cards(project), "price": price, **_thumbs(project)}
    return _page(request, access, form, context, kind=RUBRIC, template="feedback_mining/rubric_list.html")


@login_required
@require_http_methods(["GET", "POST"])
def pair_writing(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Have the answers of pairs written by a model that knows the wishes."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = PairWritingForm(request.POST or None, project=access.project)
    price = _asked(request, form, begin=lambda: _write(access, form), price=lambda: _pair_price(access, form))
    if isinstance(price, Job):
        return redirect("feedback_mining:pair_writing", project_slug)
    context = {
        "price": price["expense"] if price else None,
        "plan": price,
        "skipped": skipped_in_words(price["skipped"]) if price else [],
        "counts": wish_counts(access.project),
    }
    kind = "pair_building"
    return _page(request, access, form, context, kind=kind, template="feedback_mining/pair_writing.html")


def _asked(
    request: HttpRequest,
    form: AskingForm,
    *,
    begin: Callable[[], Job],
    price: Callable[[], dict[str, Any] | None],
) -> Job | dict[str, Any] | None:
    """Begin the work, or return its price; what keeps it from either stands on the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        if "ask" not in request.POST:
            return price()
        job = begin()
    except HarkenError as error:
        form.add_error(None, str(error))
        return None
    ring_job(job=job)
    return job


def _page(
    request: HttpRequest,
    access: Access,
    form: AskingForm,
    context: dict[str, Any],
    *,
    kind: str,
    template: str,
) -> HttpResponse:
    job = newest_job(access.project, kind=kind)
    done = job.result if job is not None and job.state == Job.State.SUCCEEDED else {}
    shown = {
        "access": access,
        "project": access.project,
        "form": form,
        "job": job,
        "was_skipped": skipped_in_words(done.get("skipped", {})),
        "is_worker_missing": job is not None and is_worker_missing(job),
        "has_endpoints": form.fields["endpoint"].queryset.exists(),  # type: ignore[attr-defined]
        **context,
    }
    return render(request, template, shown, status=422 if form.errors else 200)


def _thumbs(project: Project) -> dict[str, Any]:
    thumbs = thumb_counts(project)
    is_enough = min(thumbs.up, thumbs.down) >= FEWEST_THUMBS
    return {"thumbs": thumbs, "has_thumbs": is_enough, "fewest": FEWEST_THUMBS}


def _collect(access: Access, form: WishCollectionForm) -> Job:
    return open_wish_collection(project=access.project, actor=access.user, **form.cleaned_data)


def _wish_price(access: Access, form: WishCollectionForm) -> dict[str, Any] | None:
    """Return the price of asking; without an endpoint there is nothing to price."""
    asked = form.cleaned_data
    if asked["endpoint"] is None:
        return {"is_free": True}
    return price_wishes(project=access.project, sample=READ_FOR_A_PRICE, **asked)


def _write(access: Access, form: PairWritingForm) -> Job:
    asked = form.cleaned_data
    return open_pair_building(
        project=access.project,
        recipe=asked["recipe"],
        writer=asked["endpoint"],
        judge=asked["judge"],
        actor=access.user,
    )


def _pair_price(access: Access, form: PairWritingForm) -> dict[str, Any]:
    asked = form.cleaned_data
    return price_pairs(
        project=access.project,
        recipe=asked["recipe"],
        writer=asked["endpoint"],
        judge=asked["judge"],
        sample=READ_FOR_A_PRICE,
    )
