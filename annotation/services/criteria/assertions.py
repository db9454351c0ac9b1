"""Runs of a set's assertions over the project's responses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.dispatch import RUN_ASSERTIONS
from annotation.domain.criteria.batches import OUTPUTS_PER_BATCH
from annotation.models import Assertion, AssertionResult, CriteriaSet
from annotation.queries.criteria.assertions import (
    JOB_KIND,
    current_assertions,
    responses_in_scope,
    results_of,
)
from annotation.services.criteria.checks import runner_of
from annotation.services.criteria.choice import publish_chosen_assertions
from annotation.services.criteria.judge_runner import JudgeRunner, Output
from checks.outcomes import CheckOutcome
from curation.domain.errors import HarkenError
from curation.models import Job, Project, Response, User
from curation.queries.corpus.texts import prompt_texts, response_texts
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job

RESULTS_PER_INSERT = 2_000
# What is called before each request, to report or to stop, is the second argument.
Runner: TypeAlias = Callable[[Mapping[int, Output], Callable[[], None]], dict[int, CheckOutcome]]


@transaction.atomic
def open_assertion_run(*, project: Project, criteria_set: CriteriaSet, actor: User | None = None) -> Job:
    """Make the job that runs a set's assertions; only results that are missing are computed."""
    if not current_assertions(criteria_set).exists():
        raise HarkenError(_("This set has no assertion yet. Add one to a criterion, then run it."))
    return open_job(
        project=project,
        kind=JOB_KIND,
        task_name=RUN_ASSERTIONS,
        actor=actor,
        arguments={"criteria_set": str(criteria_set.uuid)},
        unit="results",
    )


def run_assertions(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an assertion run."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        criteria_set = CriteriaSet.objects.for_project(job.project).get(uuid=job.arguments["criteria_set"])
        return _run(criteria_set, progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _run(criteria_set: CriteriaSet, progress: JobProgress) -> dict[str, Any]:
    assertions = list(current_assertions(criteria_set))
    responses = list(responses_in_scope(criteria_set))
    known = results_of(criteria_set)
    runners = {assertion.pk: _runner(assertion) for assertion in assertions}
    done, total = 0, len(assertions) * len(responses)
    progress.report(done, total=total, now=True)
    for batch in _batches(responses):
        outputs = _outputs(batch)
        for assertion in assertions:
            missing = {pk: each for pk, each in outputs.items() if assertion.pk not in known.get(pk, {})}
            said = runners[assertion.pk](missing, partial(progress.report, done, total=total))
            _store(assertion, said)
            done += len(batch)
            progress.report(done, total=total)
    progress.report(total, total=total, now=True)
    published = publish_chosen_assertions(criteria_set=criteria_set)
    return {**_summary(assertions, responses), "published": published}


def _runner(assertion: Assertion) -> Runner:
    """Return what carries an assertion out over some outputs."""
    if assertion.kind == Assertion.Kind.JUDGE:
        asking = JudgeRunner(assertion)
        return lambda outputs, report: asking.outcomes(outputs, before_each=report)
    checking = runner_of(assertion)

    def check(outputs: Mapping[int, Output], _report: Callable[[], None]) -> dict[int, CheckOutcome]:
        said = checking.outcomes([output.case for output in outputs.values()])
        return dict(zip(outputs, said, strict=True))

    return check


def _batches(responses: Sequence[Response]) -> Iterator[Sequence[Response]]:
    for start in range(0, len(responses), OUTPUTS_PER_BATCH):
        yield responses[start : start + OUTPUTS_PER_BATCH]


def _outputs(responses: Sequence[Response]) -> dict[int, Output]:
    """Return (the last user message, the answer) by the response's id."""
    prompts = prompt_texts({response.prompt_id for response in responses})
    answers = response_texts(response.pk for response in responses)
    return {
        response.pk: Output(
            case=(prompts[response.prompt_id].messages[-1]["content"], answers[response.pk]),
            conversation_id=prompts[response.prompt_id].conversation_id,
        )
        for response in responses
    }


def _store(assertion: Assertion, outcomes: Mapping[int, CheckOutcome]) -> None:
    """Keep what an assertion said, in place of what it said before."""
    rows = [
        AssertionResult(
            project_id=assertion.project_id,
            assertion=assertion,
            response_id=response,
            passed=outcome.passed,
            sentence=outcome.sentence,
        )
        for response, outcome in outcomes.items()
    ]
    AssertionResult.objects.bulk_create(
        rows,
        batch_size=RESULTS_PER_INSERT,
        update_conflicts=True,
        unique_fields=["assertion", "response"],
        update_fields=["passed", "sentence"],
    )


def _summary(assertions: Sequence[Assertion], responses: Sequence[Response]) -> dict[str, int]:
    said = AssertionResult.objects.filter(assertion__in=assertions, response__in=responses)
    verdicts = list(said.values_list("passed", flat=True))
    return {
        "assertions": len(assertions),
        "responses": len(responses),
        "passed": verdicts.count(True),
        "failed": verdicts.count(False),
        "skipped": verdicts.count(None),
        # Requests that failed say nothing; the next run asks again.
        "unanswered": len(assertions) * len(responses) - len(verdicts),
    }
