"""Pairs from feedback: a recipe proposes them, and they are published with the user's words as evidence."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Evidence, Job, Message, ModelEndpoint, PreferencePair, Project, User
from curation.services.corpus.preferences import EvidenceNote, publish_pair
from curation.services.corpus.responses import ensure_logged_response
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns, take_turns_with_withdrawals
from feedback_mining.dispatch import BUILD_PAIRS
from feedback_mining.domain.pairs import (
    AnswerCandidate,
    PairCandidate,
    PairRecipe,
    PairSkip,
    Proposal,
    Reads,
)
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.pair_recipes import load_pair_recipe
from feedback_mining.queries.conversations import withdrawn_conversation_ids
from feedback_mining.queries.mined import mined_conversations
from feedback_mining.queries.signals import conversations_with, miner_of
from feedback_mining.queries.wishes import conversations_with_constraints
from feedback_mining.services.answers import publish_answer
from feedback_mining.services.rewrites import offer_rewrite
from feedback_mining.services.tools import endpoint_asked
from feedback_mining.services.written_pairs import PairWriting

KIND = "pair_building"


@transaction.atomic
def open_pair_building(
    *,
    project: Project,
    recipe: str,
    actor: User | None = None,
    writer: ModelEndpoint | None = None,
    judge: ModelEndpoint | None = None,
) -> Job:
    """Make the job of carrying out a pair recipe over the project's complaints.

    `writer` and `judge` are whom a recipe asks that needs them; raises HarkenError where one is missing, and while
    another job has answers written by the same endpoint.
    """
    plugin = load_pair_recipe(recipe)
    require_models(plugin, writer=writer, judge=judge)
    arguments = {"recipe": plugin.name}
    arguments |= {"endpoint": str(writer.uuid)} if writer and "writer" in plugin.needs else {}
    arguments |= {"judge": str(judge.uuid)} if judge and "judge" in plugin.needs else {}
    take_turns("pair writing", project.pk)
    _require_alone(project, arguments, states=[Job.State.QUEUED, Job.State.RUNNING])
    return open_job(
        project=project,
        kind=KIND,
        task_name=BUILD_PAIRS,
        actor=actor,
        arguments=arguments,
        unit="conversations",
    )


def _require_alone(
    project: Project, arguments: dict[str, str], *, states: Sequence[str], but: int = 0
) -> None:
    """Raise HarkenError where another job has this endpoint write: both would pay for the same answers."""
    if "endpoint" not in arguments:
        return
    others = Job.objects.for_project(project).filter(kind=KIND, state__in=states).exclude(pk=but)
    if others.filter(arguments__endpoint=arguments["endpoint"]).exists():
        raise HarkenError(
            _("This endpoint is writing answers of pairs already. Wait for the end, or cancel that job.")
        )


def price_pairs(
    *,
    project: Project,
    recipe: str,
    writer: ModelEndpoint | None = None,
    judge: ModelEndpoint | None = None,
    sample: int | None = None,
) -> dict[str, Any]:
    """Return what carrying out a recipe that asks models would take, without asking anyone: a dry run.

    With `sample` so many conversations are read, and the rest is taken to be alike; counts are of those read.
    """
    plugin = load_pair_recipe(recipe)
    require_models(plugin, writer=writer, judge=judge)
    if writer is None:
        raise HarkenError(_("The recipe %(name)s asks nobody, so it costs nothing.") % {"name": plugin.name})
    writing = PairWriting(project, plugin, writer=writer, judge=judge)
    return writing.price(_conversations_for(project, plugin), sample=sample)


def require_models(recipe: PairRecipe, *, writer: ModelEndpoint | None, judge: ModelEndpoint | None) -> None:
    """Raise HarkenError where a recipe asks a model that is not named."""
    if "writer" in recipe.needs and writer is None:
        sentence = _(
            "The recipe %(name)s has answers written. Name the endpoint that writes (--endpoint NAME)."
        )
        raise HarkenError(sentence % {"name": recipe.name})
    if "judge" in recipe.needs and judge is None:
        sentence = _("The recipe %(name)s has answers judged. Name the endpoint that judges (--judge NAME).")
        raise HarkenError(sentence % {"name": recipe.name})


def run_pair_building(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job that builds pairs; pairs that exist already stay as they are."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        recipe = load_pair_recipe(job.arguments["recipe"])
        if not recipe.needs:
            return _build(job.project, recipe, progress)
        # A job that was resumed, or taken up again, did not pass by `open_pair_building`.
        _require_alone(job.project, job.arguments, states=[Job.State.RUNNING], but=job.pk)
        writer, judge = endpoint_asked(job), endpoint_asked(job, argument="judge")
        require_models(recipe, writer=writer, judge=judge)
        writing = PairWriting(job.project, recipe, writer=writer, judge=judge)
        return writing.build(_conversations_for(job.project, recipe), progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _build(project: Project, recipe: PairRecipe, progress: JobProgress) -> dict[str, Any]:
    ids = _conversations_for(project, recipe)
    tally: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for done, (mined, messages) in enumerate(mined_conversations(project, ids), start=1):
        for proposal in recipe.propose(mined):
            tally["candidates"] += 1
            if isinstance(proposal, PairSkip):
                skipped[str(proposal.reason)] += 1
            tally.update(_carry_out(proposal, messages, recipe.name))
        progress.report(done, total=len(ids))
    progress.report(len(ids), total=len(ids), now=True)
    return {
        "recipe": recipe.name,
        "candidates": tally["candidates"],
        "pairs": tally["pairs"],
        "answers": tally["answers"],
        "rewrites": tally["rewrites"],
        "skipped": dict(skipped),
    }


def _conversations_for(project: Project, recipe: PairRecipe) -> list[int]:
    """Return the conversations that hold what the recipe starts from."""
    if recipe.reads == Reads.CONSTRAINTS:
        return conversations_with_constraints(project)
    polarity = Polarity.SAT if recipe.reads == Reads.APPROVALS else Polarity.DSAT
    return conversations_with(project, polarity=polarity)


def _carry_out(proposal: Proposal, messages: Sequence[Message], recipe: str) -> dict[str, int]:
    """Publish what is proposed; returns what is new by its kind."""
    if isinstance(proposal, PairCandidate):
        return {"pairs": _publish(proposal, messages, recipe)}
    if isinstance(proposal, AnswerCandidate):
        return {"answers": publish_answer(proposal, messages, recipe)}
    if isinstance(proposal, PairSkip) and proposal.offer is not None:
        return {
            "rewrites": offer_rewrite(proposal.offer, messages, recipe=recipe, reason=str(proposal.reason))
        }
    return {}


@transaction.atomic
def _publish(candidate: PairCandidate, messages: Sequence[Message], recipe: str) -> bool:
    """Publish one candidate, unless it was withdrawn meanwhile; returns whether the pair is new."""
    complaint = messages[candidate.complaint_index]
    take_turns_with_withdrawals(complaint.project)
    if withdrawn_conversation_ids([complaint.conversation_id]):
        return False
    rejected = ensure_logged_response(message=messages[candidate.rejected_index])
    chosen = ensure_logged_response(message=messages[candidate.chosen_index])
    _pair, is_new = publish_pair(
        chosen=chosen,
        rejected=rejected,
        origin=PreferencePair.Origin.MINED,
        recipe=recipe,
        confidence=candidate.confidence,
        evidence=_evidence(candidate, complaint),
    )
    return is_new


def _evidence(candidate: PairCandidate, complaint: Message) -> list[EvidenceNote]:
    start, end = candidate.span
    notes = [
        EvidenceNote(
            kind=Evidence.Kind.WISH if candidate.by_constraint else Evidence.Kind.COMPLAINT,
            quote=complaint.text[start:end],
            message=complaint,
            criterion=candidate.criteria[0],  # the surest; the signals beside the message name them all
            span=(start, end),
            probability=candidate.confidence,
            source_uuid=complaint.uuid,
            source_name=miner_of(complaint, criterion=candidate.criteria[0]),
        )
    ]
    if candidate.wish and not candidate.by_constraint:
        notes.append(EvidenceNote(kind=Evidence.Kind.WISH, quote=candidate.wish, message=complaint))
    return notes
