"""Pairs from feedback: a recipe proposes them, and they are published with the user's words as evidence."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from curation.models import Conversation, Evidence, Job, Message, PreferencePair, Project, User
from curation.services.corpus.preferences import EvidenceNote, publish_pair
from curation.services.corpus.responses import ensure_logged_response
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from feedback_mining.dispatch import BUILD_PAIRS
from feedback_mining.domain.constraints import Constraint
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.pairs import (
    AnswerCandidate,
    MinedConversation,
    PairCandidate,
    PairRecipe,
    PairSkip,
    Proposal,
    Reads,
)
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.pair_recipes import load_pair_recipe
from feedback_mining.queries.conversations import (
    CHUNK_CONVERSATIONS,
    conversations_with_messages,
    withdrawn_conversation_ids,
)
from feedback_mining.queries.signals import conversations_with, findings_by_message, miner_of
from feedback_mining.queries.wishes import constraints_by_message, conversations_with_constraints
from feedback_mining.services.answers import publish_answer
from feedback_mining.services.rewrites import offer_rewrite


@transaction.atomic
def open_pair_building(*, project: Project, recipe: str, actor: User | None = None) -> Job:
    """Make the job of carrying out a pair recipe over the project's complaints."""
    plugin = load_pair_recipe(recipe)
    return open_job(
        project=project,
        kind="pair_building",
        task_name=BUILD_PAIRS,
        actor=actor,
        arguments={"recipe": plugin.name},
        unit="conversations",
    )


def run_pair_building(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job that builds pairs; pairs that exist already stay as they are."""

    def work(progress: JobProgress) -> dict[str, Any]:
        return _build(progress.job.project, load_pair_recipe(progress.job.arguments["recipe"]), progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _build(project: Project, recipe: PairRecipe, progress: JobProgress) -> dict[str, Any]:
    ids = _conversations_for(project, recipe)
    tally: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for done, (mined, messages) in enumerate(_mined_conversations(project, ids), start=1):
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
    if proposal.offer is not None:
        return {
            "rewrites": offer_rewrite(proposal.offer, messages, recipe=recipe, reason=str(proposal.reason))
        }
    return {}


def _mined_conversations(
    project: Project, ids: Sequence[int]
) -> Iterator[tuple[MinedConversation, list[Message]]]:
    """Yield conversations with what stands of their signals, a chunk at a time."""
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        chunk = ids[start : start + CHUNK_CONVERSATIONS]
        findings = findings_by_message(project, conversation_ids=chunk)
        constraints = constraints_by_message(project, conversation_ids=chunk)
        for conversation, messages in conversations_with_messages(chunk):
            yield _mined(conversation, messages, findings, constraints), messages


def _mined(
    conversation: Conversation,
    messages: Sequence[Message],
    findings: Mapping[int, list[Finding]],
    constraints: Mapping[int, list[Constraint]],
) -> MinedConversation:
    return MinedConversation(
        conversation=str(conversation.uuid),
        messages=tuple((message.role, message.text) for message in messages),
        findings={message.position: tuple(findings.get(message.pk, ())) for message in messages},
        constraints={message.position: tuple(constraints.get(message.pk, ())) for message in messages},
    )


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
