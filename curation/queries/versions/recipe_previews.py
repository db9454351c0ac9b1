"""A preview as its page shows it: the funnel with the words of a few examples, and how the sides differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from curation.models import Job, Project, Prompt, Response
from curation.queries.versions.dataset_charts import length_chart

EXCERPT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The beginnings of a preference that a step left out."""

    request: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutFor:
    """What a step left out for one reason."""

    reason: str
    count: int
    examples: list[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step of the funnel."""

    name: str
    came: int
    stayed: int
    reasons: list[LeftOutFor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a recipe would make of the corpus."""

    result: Mapping[str, Any]
    steps: list[StepLine]
    chart: SafeString | None
    recipe_json: str


def preview_of(job: Job) -> Preview | None:
    """Return a finished preview with its examples' texts, in two queries; what was withdrawn since is blank."""
    if job.state != Job.State.SUCCEEDED:
        return None
    steps: Sequence[Mapping[str, Any]] = job.result["steps"]
    keys = [key for step in steps for found in step["examples"].values() for key in found]
    texts = _texts_of(job.project, keys)
    return Preview(
        result=job.result,
        steps=[_line(step, texts) for step in steps],
        chart=length_chart(job.result["style"]["bins"]),
        recipe_json=json.dumps(job.arguments["recipe"]),
    )


def preview_job(project: Project, uuid: Any) -> Job | None:
    """Return a preview's job."""
    jobs = Job.objects.for_project(project).filter(kind="preview", uuid=uuid)
    return jobs.select_related("project").first()


def _texts_of(project: Project, keys: Sequence[Sequence[int | None]]) -> dict[tuple[str, int | None], str]:
    prompts = Prompt.objects.for_project(project).filter(pk__in={key[0] for key in keys})
    answers = Response.objects.for_project(project).filter(
        pk__in={answer for key in keys for answer in key[1:] if answer is not None}
    )
    asked = prompts.values_list("id", "last_message__text")
    said = answers.values_list("id", "body_text", "message__text")
    texts: dict[tuple[str, int | None], str] = {("prompt", key): text[:EXCERPT] for key, text in asked}
    return texts | {("answer", key): (logged or body)[:EXCERPT] for key, body, logged in said}


def _line(step: Mapping[str, Any], texts: Mapping[tuple[str, int | None], str]) -> StepLine:
    return StepLine(
        name=step["step"],
        came=step["came"],
        stayed=step["stayed"],
        reasons=[
            LeftOutFor(
                reason=reason,
                count=count,
                examples=[
                    Example(
                        request=texts.get(("prompt", prompt), ""),
                        chosen=texts.get(("answer", chosen), ""),
                        rejected=texts.get(("answer", rejected), ""),
                    )
                    for prompt, chosen, rejected in step["examples"].get(reason, [])
                ],
            )
            for reason, count in step["reasons"].items()
        ],
    )
