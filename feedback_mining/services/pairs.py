"""Pairs from feedback: a recipe proposes them, and they are published with the user's words as evidence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction

from curation.models import Conversation, Evidence, Job, Message, PreferencePair, Project, User
from curation.services.jobs import JobProgress, Listener, open_job, run_job
from curation.services.preferences import EvidenceNote, publish_pair
from curation.services.responses import ensure_logged_response
from curation.services.turns import take_turns_with_withdrawals
from feedback_mining.dispatch import BUILD_PAIRS
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.pairs import MinedConversation, PairCandidate, PairRecipe, PairSkip
from feedback_mining.pair_recipes import load_pair_recipe
from feedback_mining.queries.conversations import (
    CHUNK_CONVERSATIONS,
    conversations_with_messages,
    withdrawn_conversation_ids,
)
from feedback_mining.queries.signals import conversations_with_complaints, findings_by_message, miner_of


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
    ids = conversations_with_complaints(project)
    tally: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for done, (mined, messages) in enumerate(_mined_conversations(project, ids), start=1):
        for proposal in recipe.propose(mined):
            if isinstance(proposal, PairSkip):
                skipped[str(proposal.reason)] += 1
            else:
                tally["pairs"] += _publish(proposal, messages, recipe.name)
            tally["candidates"] += 1
        progress.report(done, total=len(ids))
    progress.report(len(ids), total=len(ids), now=True)
    return {"candidates": tally["candidates"], "pairs": tally["pairs"], "skipped": dict(skipped)}


def _mined_conversations(
    project: Project, ids: Sequence[int]
) -> Iterator[tuple[MinedConversation, list[Message]]]:
    """Yield conversations with what stands of their signals, a chunk at a time."""
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        chunk = ids[start : start + CHUNK_CONVERSATIONS]
        findings = findings_by_message(project, conversation_ids=chunk)
        for conversation, messages in conversations_with_messages(chunk):
            yield _mined(conversation, messages, findings), messages


def _mined(
    conversation: Conversation, messages: Sequence[Message], findings: dict[int, list[Finding]]
) -> MinedConversation:
    return MinedConversation(
        conversation=str(conversation.uuid),
        messages=tuple((message.role, message.text) for message in messages),
        findings={message.position: tuple(findings.get(message.pk, ())) for message in messages},
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
            kind=Evidence.Kind.COMPLAINT,
            quote=complaint.text[start:end],
            message=complaint,
            criterion=candidate.criteria[0],  # the surest; the signals beside the message name them all
            span=(start, end),
            probability=candidate.confidence,
            source_uuid=complaint.uuid,
            source_name=miner_of(complaint, criterion=candidate.criteria[0]),
        )
    ]
    if candidate.wish:
        notes.append(EvidenceNote(kind=Evidence.Kind.WISH, quote=candidate.wish, message=complaint))
    return notes
