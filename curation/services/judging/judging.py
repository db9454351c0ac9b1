"""A run of a judge at work: every waiting pair is asked about in both orders, and each verdict kept at once."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import (
    Comparison,
    Conversation,
    Job,
    JudgedPair,
    Judgement,
    JudgeRun,
    PreferencePair,
    Response,
)
from curation.queries.judging.questions import CHUNK_PAIRS, AnswerPair, pair_questions
from curation.queries.judging.runs import run_counts, run_win_rate
from curation.services.corpus.preferences import publish_comparison
from curation.services.judging.runs import judge_named, judge_of_run
from curation.services.work.jobs import JobProgress, Listener, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from language_models.chat.contract import storable
from language_models.judges.contract import JudgeStoppedError, PairJudge, PairQuestion, Round, Verdict


def run_judging(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a judging job: ask about every pair that waits, whatever was judged before."""

    def work(progress: JobProgress) -> dict[str, Any]:
        run = JudgeRun.objects.select_related("project", "endpoint").filter(job=progress.job).first()
        if run is None:
            raise HarkenError(_("The run of this job is gone. Start a new one on the set's page."))
        judge_waiting_pairs(run, progress=progress)
        return judging_summary(run)

    return run_job(job_id=job_id, work=work, listener=listener)


def judge_waiting_pairs(run: JudgeRun, *, progress: JobProgress) -> PairJudge:
    """Ask about every pair of a run that waits, and return the judge; raises HarkenError where it cannot go on.

    Jobs of higher apps that run judges do their work with this.
    """
    judging = _Judging(run, progress)
    judging.judge_all()
    return judging.judge


def judging_summary(run: JudgeRun) -> dict[str, Any]:
    """Return what a run gave, in plain values."""
    counts = run_counts(run)
    return {
        "run": str(run.uuid),
        "judge": run.judge,
        "prompt_version": run.prompt_version,
        "model_a": str(run.model_a),
        "model_b": str(run.model_b),
        "pairs": counts.total,
        **run_win_rate(run).as_json(),
        "left_out": run.left_out,
        "prompt_tokens": counts.prompt_tokens,
        "completion_tokens": counts.completion_tokens,
        "cost": None if counts.cost is None else str(counts.cost),
    }


class _Judging:
    """One pass over the waiting pairs of a run."""

    def __init__(self, run: JudgeRun, progress: JobProgress) -> None:
        self.run, self.progress = run, progress
        counts = run_counts(run)
        self.total, self.done = counts.total, counts.judged
        self.failures: list[str] = []
        self.judge = judge_of_run(run)
        self.reads = judge_named(run.judge).reads

    def judge_all(self) -> None:
        """Judge pair by pair; raises HarkenError where the judge cannot go on."""
        self._report(now=True)
        verdicts = self.judge.judge(self._waiting(), before_each=self._report)
        try:
            with closing(verdicts):
                for pair, verdict in verdicts:
                    self._take(pair, verdict)
        except JudgeStoppedError as error:
            raise HarkenError(str(error)) from error
        self._report(now=True)
        self._require_all_answered()

    def _take(self, pair: JudgedPair, verdict: Verdict) -> None:
        """Keep a verdict; a pair whose request failed goes on waiting, for nothing was said of it."""
        if verdict.failed is not None:
            self.failures.append(verdict.failed.error)
            return
        _keep(pair, verdict)
        self.done += 1

    def _require_all_answered(self) -> None:
        """Raise HarkenError where requests failed, so that the job can be resumed."""
        if self.failures:
            sentence = _(
                "%(count)s pairs could not be judged, for requests failed: %(error)s Resume the job to ask about "
                "them again."
            )
            raise HarkenError(sentence % {"count": len(self.failures), "error": self.failures[0]})

    def _report(self, *, now: bool = False) -> None:
        """Note how far the work is; where it was cancelled, what is under way is stored before it ends."""
        self.progress.report(self.done, total=self.total, now=now)

    def _waiting(self) -> Iterator[tuple[JudgedPair, PairQuestion]]:
        """Yield each waiting pair with its question; one whose texts were withdrawn leaves the run."""
        last = 0
        rows = JudgedPair.objects.filter(run=self.run, outcome="").order_by("id")
        while chunk := list(
            rows.filter(pk__gt=last).select_related("run", "prompt", "preference_pair")[:CHUNK_PAIRS]
        ):
            questions = pair_questions([_asked(pair) for pair in chunk], reads=self.reads)
            for pair, question in zip(chunk, questions, strict=True):
                if question is None:
                    pair.delete()
                    self.total -= 1
                else:
                    yield pair, question
            last = chunk[-1].pk


def _asked(pair: JudgedPair) -> AnswerPair:
    return AnswerPair(
        prompt=pair.prompt_id,
        response_a=pair.response_a_id,
        response_b=pair.response_b_id,
        checklist=tuple(pair.checklist),
    )


@transaction.atomic
def _keep(pair: JudgedPair, verdict: Verdict) -> None:
    """Store a verdict, and publish it where both orders say the same; nothing of a conversation withdrawn meanwhile."""
    take_turns_with_withdrawals(pair.run.project)
    standing = Conversation.objects.filter(pk=pair.prompt.conversation_id, withdrawn_at__isnull=True)
    if not standing.exists():
        pair.delete()
        return
    Judgement.objects.bulk_create(_judgement(pair, each, model=verdict.model) for each in verdict.rounds)
    pair.outcome, pair.strength, pair.judged_at = str(verdict.outcome), verdict.strength, timezone.now()
    pair.strength_from, pair.method, pair.votes = (
        verdict.strength_from,
        verdict.method[:20],
        dict(verdict.votes),
    )
    pair.save(update_fields=["outcome", "strength", "strength_from", "method", "votes", "judged_at"])
    # What is asked to measure the judge is no verdict of its own: people decided these pairs.
    if verdict.outcome.is_decided and pair.run.purpose != JudgeRun.Purpose.VALIDATION:
        publish_verdict(
            verdict,
            response_a=pair.response_a,
            response_b=pair.response_b,
            source_uuid=pair.uuid,
            pair=pair.preference_pair,
        )


def _judgement(pair: JudgedPair, asked: Round, *, model: str) -> Judgement:
    return Judgement(
        project_id=pair.project_id,
        pair=pair,
        step=asked.step[:40],
        order_shown=str(asked.order or ""),
        shown=list(asked.shown),
        scores=dict(asked.scores),
        log_odds=asked.log_odds,
        raw_text=storable(asked.text),
        value=str(asked.value or ""),
        strength=asked.strength,
        error_sentence=storable(asked.error)[:1000],
        model=(asked.model or model)[:200],
        prompt_tokens=asked.prompt_tokens,
        completion_tokens=asked.completion_tokens,
        cost=asked.cost,
        seconds=asked.seconds,
        is_cached=asked.is_cached,
    )


def publish_verdict(
    verdict: Verdict,
    *,
    response_a: Response,
    response_b: Response,
    source_uuid: UUID,
    pair: PreferencePair | None = None,
) -> Comparison:
    """Publish what a judge says of two answers in both orders; it must be decided."""
    return publish_comparison(
        response_a=response_a,
        response_b=response_b,
        pair=pair,
        outcome=Comparison.Outcome(str(verdict.outcome)),
        source=Comparison.Source.JUDGE,
        origin={
            "source_name": f"{verdict.judge}: {verdict.model}"[:120],
            "source_uuid": source_uuid,
            "protocol": verdict.judge[:40],
            "strength": None if verdict.strength is None else round(verdict.strength),
        },
    )
