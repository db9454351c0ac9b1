"""Whatever the OpenAPI document allows, and much that it forbids, is answered as it promises, never with a fault."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from curation.domain.access.scopes import Scope
from curation.services.access.api_tokens import create_token
from tests.cast import make_conversation, make_pair
from tests.clients.served import connection_kept

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def no_fault_of_the_server(_context, response, _case):
    """503 is an answer: no embedder runs beside this test, and the document says so."""
    assert response.status_code in {*range(200, 500), 503}


@pytest.fixture
def headers(project, researcher):
    make_conversation(project, [("user", "Hello?"), ("assistant", "Hi.")])
    make_pair(project)
    secret = create_token(project=project, user=researcher, name="fuzz", scopes=Scope)[1]
    with connection_kept():
        yield {"Authorization": f"Bearer {secret}"}


@pytest.mark.slow
@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)
def test_every_door_answers_as_its_document_says(case, headers):
    case.path_parameters = {**(case.path_parameters or {}), "slug": "shared"}
    case.call_and_validate(
        headers=headers,
        checks=(
            no_fault_of_the_server,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ),
    )
