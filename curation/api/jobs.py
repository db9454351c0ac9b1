"""Jobs: how far long work is, and its cancellation."""

from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Path, Router

from curation.api.authentication import Caller, enter
from curation.api.schemas import PROBLEMS, JobOut
from curation.domain.access.scopes import Scope
from curation.models import Job
from curation.queries.work.jobs import job_of
from curation.services.work.jobs import request_job_cancel

router = Router(tags=["jobs"])
# What a token must be for to stop a job: what it takes to begin one; of what the API does not begin, recipes' scope.
_SCOPES = {"import": Scope.IMPORT, "undo": Scope.IMPORT, "export": Scope.EXPORT}


@router.get("/jobs/{uuid}", response={200: JobOut, **PROBLEMS})
def job(request: HttpRequest, slug: Path[str], uuid: UUID) -> Job:
    """Return how far a job is."""
    return _job(enter(request, slug, scope=Scope.READ), uuid)


@router.post("/jobs/{uuid}/cancel", response={200: JobOut, **PROBLEMS})
def cancel(request: HttpRequest, slug: Path[str], uuid: UUID) -> Job:
    """Ask a job to stop; what it did until then is kept."""
    found = _job(enter(request, slug, scope=Scope.READ), uuid)
    caller = enter(request, slug, scope=_SCOPES.get(found.kind, Scope.DATASETS))
    request_job_cancel(job=found, actor=caller.user)
    found.refresh_from_db()
    return found


def _job(caller: Caller, uuid: UUID) -> Job:
    found = job_of(caller.project, uuid)
    if found is None:
        raise Http404
    return found
