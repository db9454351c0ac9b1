"""Pages and fragments about training runs."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from curation.domain.access.roles import Role
from curation.permissions import Access, enter_project
from training_jobs.forms import RunForm
from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import log_path
from training_jobs.queries.charts import charts_of
from training_jobs.queries.downloads import adapter_folder, packed_base_model
from training_jobs.queries.run_files import adapter_archive, read_log
from training_jobs.queries.runs import newest_run, run_counts, run_of_project, run_page
from training_jobs.queries.screens import progress_of, results_of
from training_jobs.services.model_cards import CARD_NAME
from training_jobs.services.runs import queue_run, request_run_cancel


def _enter_run(
    request: HttpRequest, project_slug: str, run_uuid: UUID, role: Role
) -> tuple[Access, TrainingRun]:
    access = enter_project(request.user, project_slug, role=role)
    run = run_of_project(access.project, uuid=run_uuid)
    if run is None:
        raise Http404
    return access, run


@login_required
@require_GET
def run_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The project's runs, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    before = request.GET.get("before", "")
    page = run_page(access.project, before=int(before) if before.isdecimal() else None)
    context = {"access": access, "project": access.project, "page": page}
    return render(request, "training_jobs/run_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def run_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Ask for a run, knowing beforehand what will happen."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    form = RunForm(project=access.project, data=request.POST or None)
    if form.is_valid() and form.plan:
        run = queue_run(
            plan=form.plan, actor=access.user, idempotency_key=form.cleaned_data["idempotency_key"]
        )
        return redirect("training_jobs:run_detail", project_slug, run.uuid)
    context = {"access": access, "project": access.project, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "training_jobs/run_create.html", context, status=status)


@login_required
@require_POST
def run_plan(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What would happen with the settings as they stand in the form."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    form = RunForm(project=access.project, data=request.POST)
    form.is_valid()
    context = {"access": access, "form": form, "summary": form.summary(), "command": form.command()}
    return render(request, "training_jobs/_run_plan.html", context)


@login_required
@require_GET
def run_card(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The newest run for the project's home: its progress, then its honest headline."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    row = newest_run(access.project)
    context = {"access": access, "row": row, "progress": progress_of(row.run) if row else None}
    return render(request, "training_jobs/_run_card.html", context)


@login_required
@require_GET
def funnel_stage(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The funnel's last stage: how many runs there are, and how they ended."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "counts": run_counts(access.project)}
    return render(request, "training_jobs/_funnel_stage.html", context)


@login_required
@require_GET
def run_detail(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """One run: progress, curves, evaluation, what happened, log."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "run": run,
        "progress": progress_of(run),
        "results": results_of(run),
        "drawn": charts_of(run),
        "piece": read_log(log_path(run), after=None),
    }
    return render(request, "training_jobs/run_detail.html", context)


@login_required
@require_GET
def run_progress(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """How far a run is, polled while it runs."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {"access": access, "run": run, "progress": progress_of(run)}
    response = render(request, "training_jobs/_run_progress.html", context)
    if run.is_finished:
        response["HX-Trigger"] = "run-ended"
    return response


@login_required
@require_GET
def run_curves(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """The curves of a run, polled while it runs."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {"access": access, "run": run, "drawn": charts_of(run)}
    return render(request, "training_jobs/_run_curves.html", context)


@login_required
@require_GET
def run_figures(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """The figures of the curves as a table: apart from them, so that a look at it does not close every second."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {"access": access, "run": run, "drawn": charts_of(run)}
    return render(request, "training_jobs/_run_figures.html", context)


@login_required
@require_GET
def run_results(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """What a run left behind, fetched when it ends."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {"access": access, "run": run, "results": results_of(run)}
    return render(request, "training_jobs/_run_results.html", context)


@login_required
@require_GET
def run_history(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """What became of a run's rows and attempts."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    context = {"access": access, "run": run, "results": results_of(run)}
    return render(request, "training_jobs/_run_history.html", context)


@login_required
@require_GET
def run_log(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """What the log holds from an offset on."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    after = request.GET.get("after", "")
    # No log is as long as 18 digits count, and Python reads no number of thousands.
    is_place = after.isdecimal() and len(after) <= 18
    piece = read_log(log_path(run), after=int(after) if is_place else None)
    return render(request, "training_jobs/_run_log.html", {"access": access, "run": run, "piece": piece})


@login_required
@require_GET
def run_log_file(request: HttpRequest, project_slug: str, run_uuid: UUID) -> FileResponse:
    """The whole log as a file."""
    _access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    if not log_path(run).exists():
        raise Http404
    return FileResponse(log_path(run).open("rb"), as_attachment=True, filename=f"run-{run.uuid}.log")


@login_required
@require_POST
def run_cancel(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """Ask a run to stop."""
    access, run = _enter_run(request, project_slug, run_uuid, Role.ADMIN)
    request_run_cancel(run=run, actor=access.user)
    return redirect("training_jobs:run_detail", project_slug, run.uuid)


@login_required
@require_GET
def run_adapter(request: HttpRequest, project_slug: str, run_uuid: UUID) -> FileResponse:
    """The adapter as a zip that loads."""
    _access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    folder = adapter_folder(run)
    if folder is None:
        raise Http404
    archive = adapter_archive(run, adapter=folder, base_model=packed_base_model(run))
    return FileResponse(archive, as_attachment=True, filename=f"adapter-{run.uuid}.zip")


@login_required
@require_GET
def run_model_card(request: HttpRequest, project_slug: str, run_uuid: UUID) -> FileResponse:
    """The model card as a file."""
    _access, run = _enter_run(request, project_slug, run_uuid, Role.RESEARCHER)
    folder = adapter_folder(run)
    if folder is None or not (folder / CARD_NAME).is_file():
        raise Http404
    return FileResponse(
        (folder / CARD_NAME).open("rb"), as_attachment=True, filename=f"model-card-{run.uuid}.md"
    )
