"""A judge at work on a tournament: match by match in both orders, until every prompt has its winner."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.domain.model_ranking.tournament import FIRST, SECOND, TIE
from annotation.models import Tournament, TournamentGame
from annotation.services.ranking.tournaments import lead_on
from curation.domain.errors import HarkenError
from curation.models import Conversation, Job
from curation.queries.judging.questions import CHUNK_PAIRS, AnswerPair, pair_questions
from curation.services.judging.judging import publish_verdict
from curation.services.judging.runs import PURPOSE, judge_named
from curation.services.work.jobs import JobProgress, Listener, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from curation.services.writing.asking import askable_endpoint
from language_models.judges.contract import (
    JudgeStoppedError,
    Order,
    Outcome,
    PairJudge,
    PairQuestion,
    Verdict,
)

# Both games of a match: the one that shows the answer with the lower id first, and the other.
Pair = tuple[TournamentGame, TournamentGame]


def play_tournament(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a tournament's job; what was judged before is not asked again."""

    def work(progress: JobProgress) -> dict[str, Any]:
        tournament = (
            Tournament.objects.select_related("project", "endpoint", "response_set")
            .filter(job=progress.job)
            .first()
        )
        if tournament is None or tournament.endpoint is None:
            raise HarkenError(_("The tournament of this job is gone. Open a new one."))
        judge = judge_named(tournament.judge)
        model = askable_endpoint(endpoint=tournament.endpoint, purpose=PURPOSE)
        failures = _play(tournament, judge.build(model), progress)
        if failures:
            sentence = _("%(count)s matches could not be judged: %(error)s Resume the job to ask again.")
            raise HarkenError(sentence % {"count": len(failures), "error": failures[0]})
        return {"tournament": str(tournament.uuid), "games": _judged(tournament)}

    return run_job(job_id=job_id, work=work, listener=listener)


def _play(tournament: Tournament, judge: PairJudge, progress: JobProgress) -> list[str]:
    """Judge round after round; returns why matches went unjudged."""
    failures: list[str] = []
    while lead_on(tournament) and not failures:
        verdicts = judge.judge(_questions(tournament), before_each=lambda: _report(tournament, progress))
        try:
            with closing(verdicts):
                for pair, verdict in verdicts:
                    if verdict.failed is not None:
                        failures.append(verdict.failed.error)
                    else:
                        _keep(tournament, pair, verdict)
        except JudgeStoppedError as error:
            raise HarkenError(str(error)) from error
    _report(tournament, progress)
    return failures


def _report(tournament: Tournament, progress: JobProgress) -> None:
    progress.report(_judged(tournament), now=False)


def _judged(tournament: Tournament) -> int:
    return TournamentGame.objects.filter(tournament=tournament).exclude(verdict="").count()


def _questions(tournament: Tournament) -> Iterator[tuple[Pair, PairQuestion]]:
    """Yield each waiting match as one question, which a judge is asked in both orders."""
    pairs = _waiting(tournament)
    for start in range(0, len(pairs), CHUNK_PAIRS):
        chunk = pairs[start : start + CHUNK_PAIRS]
        asked = [
            AnswerPair(prompt=one.prompt_id, response_a=one.first_id, response_b=one.second_id)
            for one, _other in chunk
        ]
        for pair, question in zip(chunk, pair_questions(asked), strict=True):
            if question is None:
                TournamentGame.objects.filter(pk__in=[row.pk for row in pair]).delete()
            else:
                yield pair, question


def _waiting(tournament: Tournament) -> list[Pair]:
    rows = TournamentGame.objects.filter(tournament=tournament, verdict="").order_by("id")
    found = {(row.prompt_id, row.first_id, row.second_id): row for row in rows}
    return [
        (row, found[prompt, second, first])
        for (prompt, first, second), row in found.items()
        if first < second and (prompt, second, first) in found
    ]


@transaction.atomic
def _keep(tournament: Tournament, pair: Pair, verdict: Verdict) -> None:
    """Keep both games of a match, and publish what both orders say alike."""
    take_turns_with_withdrawals(tournament.project)
    one, other = pair
    standing = Conversation.objects.filter(prompts=one.prompt_id, withdrawn_at__isnull=True)
    if not standing.exists():
        TournamentGame.objects.filter(pk__in=[one.pk, other.pk]).delete()
        return
    one.verdict, other.verdict = _said(verdict, Order.A_FIRST), _turned(_said(verdict, Order.B_FIRST))
    one.judged_at = other.judged_at = timezone.now()
    TournamentGame.objects.bulk_update([one, other], ["verdict", "judged_at"])
    if verdict.outcome.is_decided:
        publish_verdict(verdict, response_a=one.first, response_b=one.second, source_uuid=one.uuid)


def _said(verdict: Verdict, order: Order) -> str:
    """Return what the judge said in one order, the first being its answer a; what cannot be read is a tie."""
    said = verdict.outcome
    if not said.is_decided:
        rounds = [each.value for each in verdict.rounds if each.order == order and each.value is not None]
        said = rounds[-1] if rounds else Outcome.TIE
    return {Outcome.A: FIRST, Outcome.B: SECOND}.get(said, TIE)


def _turned(said: str) -> str:
    """Return a verdict as the game says it that shows the other answer first."""
    return {FIRST: SECOND, SECOND: FIRST}.get(said, said)
