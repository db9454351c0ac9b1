"""Runs of a frozen measure over answers: a job that goes on where it was stopped."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.dispatch import RUN_SCORING
from curation.domain.errors import HarkenError
from curation.domain.scoring.check_sets import HOLDS, checks_of, unrunnable
from curation.domain.scoring.running import FrozenRunner
from curation.domain.scoring.scopes import ScoringScope
from curation.models import Job, Project, Score, Scorer, User
from curation.queries.scoring.measures import part_scorers
from curation.queries.scoring.scopes import (
    SCORING_JOB,
    cases_of,
    conversations_in,
    responses_in,
    scope_words,
    scored_among,
)
from curation.queries.work.jobs import unfinished_job
from curation.services.scoring.logged_answers import ensure_logged_responses
from curation.services.scoring.publishing import publish_verdicts
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job

# Starting a sandbox takes a quarter of a second, so a batch is large; progress is still seen every few seconds.
BATCH = 1_000


@transaction.atomic
def open_scoring(*, scorer: Scorer, scope: ScoringScope, actor: User | None = None) -> Job:
    """Make the job that runs a measure over a scope, or return the one that is on its way; raises HarkenError."""
    if scorer.kind != Scorer.Kind.CHECKS:
        raise HarkenError(_("This measure is not made of checks, so it cannot be run here."))
    if asking := unrunnable(scorer.specification):
        raise HarkenError(
            _("The check %(name)s asks a model. Run it from its criteria set, which asks the endpoint.")
            % {"name": asking[0]}
        )
    scope_words(scorer.project, scope)  # raises where the scope is gone
    arguments = {"scorer": str(scorer.uuid), "scope": scope.as_json()}
    waiting = unfinished_job(scorer.project, kind=SCORING_JOB, arguments=arguments)
    return waiting or open_job(
        project=scorer.project,
        kind=SCORING_JOB,
        task_name=RUN_SCORING,
        actor=actor,
        arguments=arguments,
        unit="answers",
    )


@transaction.atomic
def ask_for_scoring(*, scorer: Scorer, scope: ScoringScope, actor: User) -> Job:
    """Have a worker run a measure over a scope."""
    job = open_scoring(scorer=scorer, scope=scope, actor=actor)
    ring_job(job=job)
    return job


def run_scoring(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a scoring job; answers that the measure has scored are not read again."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        scorer = _scorer_of(job.project, job.arguments["scorer"])
        return score_responses(
            scorer=scorer, scope=ScoringScope.from_json(job.arguments["scope"]), progress=progress
        )

    return run_job(job_id=job_id, work=work, listener=listener)


def _scorer_of(project: Project, uuid: str) -> Scorer:
    return Scorer.objects.for_project(project).select_related("project").get(uuid=uuid)


def score_responses(*, scorer: Scorer, scope: ScoringScope, progress: JobProgress) -> dict[str, Any]:
    """Score what a scope holds and the measure has not scored, batch by batch, each committed with its values."""
    project = scorer.project
    if scope.kind in ("view", "all"):
        ensure_logged_responses(
            conversations=conversations_in(project, scope), while_working=lambda: progress.report(0)
        )
    responses = responses_in(project, scope)
    runners = [FrozenRunner(each) for each in checks_of(scorer.specification)]
    done = new = skipped = 0
    progress.report(0, total=len(responses), now=True)
    for batch in _batches(responses):
        missing = sorted(set(batch) - scored_among(scorer, batch))
        new += len(missing)
        skipped += _score_batch(scorer, missing, runners=runners)
        done += len(batch)
        progress.report(done, total=len(responses), now=True)
    return {**_summary(scorer, responses), "new": new, "skipped_checks": skipped}


def _batches(responses: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(responses), BATCH):
        yield responses[start : start + BATCH]


def _score_batch(scorer: Scorer, responses: Sequence[int], *, runners: Sequence[FrozenRunner]) -> int:
    """Score these answers; returns how many times a check said nothing."""
    if not responses:
        return 0
    cases = cases_of(responses)
    said = [[outcome.passed for outcome in runner.outcomes(list(cases.values()))] for runner in runners]
    verdicts = dict(zip(cases, zip(*said, strict=True), strict=True))
    publish_verdicts(scorer=scorer, verdicts=verdicts)
    return sum(verdict is None for of_check in said for verdict in of_check)


def _summary(scorer: Scorer, responses: Sequence[int]) -> dict[str, Any]:
    """Return how many of the answers fail, in all and by criterion."""
    failing = {
        criterion: Score.objects.filter(scorer=part, response_id__in=responses, value__lt=HOLDS).count()
        for criterion, part in part_scorers(scorer)
    }
    whole = Score.objects.filter(scorer=scorer, response_id__in=responses)
    return {
        "measure": str(scorer),
        "responses": len(responses),
        "scored": whole.count(),
        "failing": whole.filter(value__lt=HOLDS).count(),
        "by_criterion": failing,
    }
