"""The API itself: its document, its doors, and what is said when something goes wrong."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError
from ninja.errors import ValidationError as InvalidRequest

from curation.api import conversations, datasets, imports, jobs
from curation.api.authentication import TokenBearer, enter
from curation.api.schemas import PROBLEMS, ProjectOut
from curation.domain.access.scopes import Scope
from curation.domain.errors import HarkenError
from curation.models import ApiToken, Project
from language_models.embedders.contract import EmbedderUnavailableError

api = NinjaAPI(
    title="Harken",
    version="1",
    description=(
        "Conversations in, datasets out. Every request carries `Authorization: Bearer hkn_…`: a token of one "
        "project, made on its page API tokens. Long work answers with a job; ask for the job until it has ended."
    ),
    auth=TokenBearer(),
    urls_namespace="api-1",
    docs_url=None,
    openapi_url="/openapi.json",
)


@api.get("/project", response={200: ProjectOut, **PROBLEMS}, tags=["project"])
def project(request: HttpRequest) -> Project:
    """Return the project that the token opens."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    return enter(request, token.project.slug, scope=Scope.READ).project


for prefix, router in (
    ("", imports.router),
    ("", conversations.router),
    ("", datasets.router),
    ("", jobs.router),
):
    api.add_router("/projects/{slug}" + prefix, router)


def _answer(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    return api.create_response(request, {"detail": sentence}, status=status)


@api.exception_handler(HarkenError)
def cannot_be_done(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer with the sentence that a person would read."""
    return _answer(request, str(error), status=409)


@api.exception_handler(EmbedderUnavailableError)
def no_embedder(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that the search by meaning has to wait."""
    return _answer(request, str(error), status=503)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say nothing about what is there for others."""
    return _answer(
        request, "There is nothing here, or it is not in the project that this token opens.", status=404
    )


@api.exception_handler(AuthenticationError)
def not_known(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say what became of the token, as far as it may be said."""
    sentence = (
        "This token is not known, was revoked or has ended. Make one on the project's page “API tokens”."
    )
    return _answer(request, sentence, status=401)


@api.exception_handler(PermissionDenied)
def not_allowed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say what the token's person may not do."""
    return _answer(request, str(error) or "Not allowed.", status=403)


@api.exception_handler(InvalidRequest)
def invalid(request: HttpRequest, error: Any) -> HttpResponse:
    """Name each field that is wrong, and how."""
    faults = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors]
    return _answer(request, "; ".join(faults)[:2000], status=422)


@api.exception_handler(ValidationError)
def refused(request: HttpRequest, error: Any) -> HttpResponse:
    """Name what a row may not hold."""
    return _answer(request, "; ".join(error.messages)[:2000], status=422)
