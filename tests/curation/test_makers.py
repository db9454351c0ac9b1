"""Who mined, wrote and judged a row: one that did two of these is flagged in the version's papers."""

from collections.abc import Iterator
from typing import Any

import pytest

from curation.domain.exporters.dataset_card import dataset_card
from curation.models import ModelEndpoint, Project, Response, Scorer
from curation.queries.writing.generation import newest_prompts
from curation.services.corpus.preferences import publish_comparison, publish_scorer, publish_scores
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.writing.answering import run_generation
from curation.services.writing.endpoints import save_endpoint
from curation.services.writing.generation import GenerationPlan, open_generation
from language_models.chat.contract import SamplingSettings
from tests.cast import make_conversation
from tests.language_models.chat_server import ChatServer, running_chat_server


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """A server that answers."""
    with running_chat_server() as chat:
        yield chat


@pytest.fixture
def writer(project: Project, server: ChatServer) -> ModelEndpoint:
    """An endpoint that wrote two answers to a question."""
    make_conversation(project, [("user", "What is 2+2?")])
    endpoint = save_endpoint(
        endpoint=ModelEndpoint(project=project, name="local", base_url=server.base_url, model="good")
    )
    plan = GenerationPlan(
        name="first",
        prompts=newest_prompts(project, limit=5),
        writers=(endpoint,),
        settings=SamplingSettings(max_tokens=50),
        answers=2,
    )
    run_generation(job_id=open_generation(project=project, plan=plan).job_id)
    return endpoint


def makers(project: Project, **recipe: Any) -> tuple[dict[str, Any], str]:
    """Freeze a recipe; return who made its rows, and the card."""
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=recipe, actor=None))
    return version.manifest["makers"], dataset_card(version.manifest)


def score(project: Project, **specification: str) -> None:
    scorer = publish_scorer(
        project=project,
        name="judge",
        version="1",
        kind=Scorer.Kind.CHECKS,
        specification=dict(specification),
    )
    answers = Response.objects.filter(origin="generated").order_by("id")
    publish_scores(
        scorer=scorer, target="response", values={answer.pk: place for place, answer in enumerate(answers)}
    )


@pytest.mark.parametrize("named", [{"endpoint": "local"}, {"model": "good"}])
def test_a_writer_that_scored_its_own_answers_is_flagged(
    project: Project, writer: ModelEndpoint, named: dict[str, str]
) -> None:
    score(project, **named)
    found, card = makers(project, sources=["ratings"], scorers=["judge"])
    assert (found["flagged"], found["groups"][0]["did_two"]) == (1, list(named.values()))
    assert "In 1 rows one maker did two of these" in card


def test_a_writer_whom_another_scored_is_not(project: Project, writer: ModelEndpoint) -> None:
    score(project, endpoint="elsewhere", model="other")
    found, _card = makers(project, sources=["ratings"], scorers=["judge"])
    assert found["flagged"] == 0
    assert found["groups"][0]["judged"] == ["elsewhere", "other"]


def test_a_writer_that_compared_its_own_answers_is_flagged(project: Project, writer: ModelEndpoint) -> None:
    better, worse = Response.objects.filter(origin="generated").order_by("id")
    publish_comparison(
        response_a=better, response_b=worse, outcome="a", source="judge", origin={"source_name": "local"}
    )
    found, _card = makers(project, sources=["comparisons"])
    assert (found["flagged"], found["groups"][0]["did_two"]) == (1, ["local"])
