"""A response set whose answers a judge can compare: prompts, two models' answers, and an endpoint that judges."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from curation.models import (
    ModelEndpoint,
    ModelVersion,
    Project,
    Prompt,
    Response,
    ResponseSet,
    ResponseSetEntry,
)
from curation.services.corpus.responses import ensure_response
from curation.services.judging.judging import run_judging
from curation.services.judging.runs import JudgePlan, open_judge_run, two_models
from curation.services.writing.endpoints import save_endpoint
from tests.cast import make_conversation
from tests.language_models.chat_server import ChatServer, running_chat_server
from tests.language_models.judging import judged


@contextmanager
def judging_server() -> Iterator[ChatServer]:
    """Serve a model that judges by rules."""
    with running_chat_server(judged) as chat:
        yield chat


def judging_endpoint(
    project: Project, server: ChatServer, model: str = "good", **more: object
) -> ModelEndpoint:
    """Make an endpoint whose model judges as its name says."""
    row = ModelEndpoint(project=project, name=f"judge-{model}", base_url=server.base_url, model=model, **more)
    return save_endpoint(endpoint=row)


def make_answered_set(
    project: Project,
    answers: Sequence[tuple[str, str]],
    *,
    name: str = "held out",
    purpose: str = "evaluation",
) -> ResponseSet:
    """Make a set in which the models one and two answered each prompt so; "" is an answer that failed."""
    response_set = ResponseSet.objects.create(project=project, name=name, purpose=purpose)
    models = [
        ModelVersion.objects.get_or_create(project=project, name=each, kind="endpoint")[0]
        for each in ("one", "two")
    ]
    for number, texts in enumerate(answers):
        prompt = make_prompt(project, f"Question {number}: how many?")
        for model, text in zip(models, texts, strict=True):
            _entry(response_set, prompt, model, text)
    return response_set


def make_prompt(project: Project, question: str) -> Prompt:
    """Make a prompt of a conversation of its own."""
    conversation = make_conversation(project, [("user", question)])
    return Prompt.objects.create(
        project=project, conversation=conversation, last_message=conversation.messages.get()
    )


def _entry(response_set: ResponseSet, prompt: Prompt, model: ModelVersion, text: str) -> None:
    response = None
    if text:
        response = ensure_response(
            prompt=prompt,
            parts=[{"type": "text", "text": text}],
            origin=Response.Origin.GENERATED,
            model_version=model,
            source_id=f"set:{response_set.pk}:{model.pk}:0",
        )
    ResponseSetEntry.objects.create(
        project=response_set.project,
        response_set=response_set,
        prompt=prompt,
        model_version=model,
        number=0,
        state="given" if response else "failed",
        response=response,
    )


def plan_of(
    response_set: ResponseSet, endpoint: ModelEndpoint, *, judge: str = "pairwise", **more: object
) -> JudgePlan:
    """Return the plan of a judge over the set's two models."""
    return JudgePlan(
        response_set=response_set, judge=judge, endpoint=endpoint, models=two_models(response_set), **more
    )


def judged_run(response_set: ResponseSet, endpoint: ModelEndpoint, **more: object):
    """Open a run and carry it out."""
    run = open_judge_run(plan=plan_of(response_set, endpoint, **more))
    run.job = run_judging(job_id=run.job_id)
    return run
