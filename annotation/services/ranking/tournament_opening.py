"""Tournaments opened on a response set: their brackets are drawn at once, those of a large set by a worker."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.dispatch import DRAW_TOURNAMENT, PLAY_TOURNAMENT
from annotation.models import Queue, Tournament, TournamentGame
from annotation.queries.ranking.tournaments import answer_count, meeting_prompts
from annotation.services.queues.setup import create_queue
from annotation.services.ranking.tournaments import lead_on
from curation.domain.errors import HarkenError
from curation.models import Job, ModelEndpoint, Project, ResponseSet, User
from curation.queries.judging.questions import contestants
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job

PLAYING, DRAWING = "tournament", "brackets"
SOURCE = "tournament:"
# Answers whose first games are made while somebody waits: about a second and a half of work.
AT_ONCE = 2_000
# Prompts whose games come in together; what is in can be judged while the rest is drawn.
CHUNK = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class TournamentPlan:
    """Who plays on which answers: people in a queue, or a judge through an endpoint."""

    name: str
    response_set: ResponseSet
    judge: str = ""
    endpoint: ModelEndpoint | None = None
    seed: int = 0


@transaction.atomic
def open_tournament(*, project: Project, plan: TournamentPlan, actor: User) -> Tournament:
    """Draw the brackets and ask for the first games; raises HarkenError where there are no two models to meet.

    The games of a large set, and those of a judge, are left to a worker.
    """
    tournament = _stored(project, plan, actor)
    if not meeting_prompts(tournament).exists():
        raise HarkenError(
            _(
                "No prompt of this set has answers of two models, so nobody can meet. Ask a second model first."
            )
        )
    if not plan.judge:
        tournament.queue = _opened_queue(tournament, actor)
    if plan.judge or answer_count(tournament, limit=AT_ONCE + 1) > AT_ONCE:
        tournament.job = _opened_job(tournament, actor)
    tournament.save(update_fields=["job", "queue"])
    record_event(action="tournament.opened", project=project, actor=actor, target=tournament)
    if tournament.job is None:
        lead_on(tournament)
    else:
        ring_job(job=tournament.job)
    return tournament


def _stored(project: Project, plan: TournamentPlan, actor: User) -> Tournament:
    tournament = Tournament(
        project=project,
        name=plan.name,
        response_set=plan.response_set,
        contestants=[str(model.uuid) for model in contestants(plan.response_set)],
        seed=plan.seed,
        # A judge is asked no third time: it would answer as before, so its coin is told as one.
        third_opinion=not plan.judge,
        judge=plan.judge,
        endpoint=plan.endpoint,
        created_by=actor,
    )
    tournament.full_clean()
    tournament.save()
    return tournament


def _opened_job(tournament: Tournament, actor: User) -> Job:
    is_judged = bool(tournament.judge)
    judge = {"judge": tournament.judge} if is_judged else {}
    return open_job(
        project=tournament.project,
        kind=PLAYING if is_judged else DRAWING,
        task_name=PLAY_TOURNAMENT if is_judged else DRAW_TOURNAMENT,
        actor=actor,
        arguments={**judge, "set": tournament.response_set.name},
        unit=_("games") if is_judged else _("prompts"),
    )


def _opened_queue(tournament: Tournament, actor: User) -> Queue:
    return create_queue(
        project=tournament.project,
        name=_("Tournament: %(name)s") % {"name": tournament.name[:100]},
        protocol="pairwise",
        source={"pairs": f"{SOURCE}{tournament.uuid}"},
        actor=actor,
    )


def draw_tournament(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of drawing a large tournament: ask for the first games of every prompt, some prompts at a time."""

    def work(progress: JobProgress) -> dict[str, Any]:
        tournament = Tournament.objects.select_related("project", "queue").filter(job=progress.job).first()
        if tournament is None:
            raise HarkenError(_("The tournament of this job is gone. Open a new one."))
        prompts = list(meeting_prompts(tournament))
        for start in range(0, len(prompts), CHUNK):
            progress.report(start, total=len(prompts), now=True)
            lead_on(tournament, prompts=prompts[start : start + CHUNK])
        progress.report(len(prompts), total=len(prompts), now=True)
        games = TournamentGame.objects.filter(tournament=tournament).count()
        return {"tournament": str(tournament.uuid), "games": games}

    return run_job(job_id=job_id, work=work, listener=listener)
