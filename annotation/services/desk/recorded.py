"""Verdicts that were recorded with the demo corpus, played through the desk as its readers would have given them."""

from hashlib import sha256

from django.db import transaction
from uuid6 import uuid7

from annotation.models import Annotation, Queue
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_task
from curation.demo import true_labels
from curation.domain.access.roles import Role
from curation.models import Evidence, Membership, PreferencePair, User
from curation.services.access.people import add_member

READERS = 3
# A third of the pairs is left for whoever tries the desk.
JUDGED_SHARE = 0.67
PREFERS = {"later": "chosen", "earlier": "rejected"}


def play_recorded_verdicts(*, queue: Queue) -> int:
    """Judge the recorded pairs of a demo queue under the readers' accounts; returns how many verdicts were added."""
    readers = [_reader(queue, number) for number in range(1, READERS + 1)]
    recorded = {
        (label.conversation, label.index): label.verdicts for label in true_labels() if label.verdicts
    }
    added = 0
    for pair, key in _pairs_with_keys(queue):
        for reader, verdict in zip(readers, recorded.get(key, ()), strict=False):
            added += judge_pair(
                queue=queue, membership=reader, pair=pair, prefers=PREFERS.get(verdict, verdict)
            )
    return added


def _reader(queue: Queue, number: int) -> Membership:
    """Return the account of a recorded reader, whose name says that its verdicts are illustrative."""
    email = f"recorded-reader-{number}@example.org"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, display_name=f"Recorded reader {number} (illustrative)"
    )
    return add_member(project=queue.project, user=user, role=Role.ANNOTATOR)


def _pairs_with_keys(queue: Queue) -> list[tuple[PreferencePair, tuple[str, int]]]:
    """Return the pairs to judge, each with its conversation's id in the corpus and the complaint's index."""
    complaints = Evidence.objects.filter(
        pair__in=queue.tasks.values("pair"), kind=Evidence.Kind.COMPLAINT, message__isnull=False
    ).select_related("message__conversation", "pair__chosen", "pair__rejected")
    return [
        (evidence.pair, (evidence.message.conversation.source_id, evidence.message.position))
        for evidence in complaints.order_by("pair_id")
        if evidence.pair and evidence.message and _is_recorded(evidence.message.conversation.source_id)
    ]


def _is_recorded(name: str) -> bool:
    """Draw the judged share by the conversation's name, so that every start judges the same pairs."""
    return int(sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < JUDGED_SHARE


@transaction.atomic
def judge_pair(*, queue: Queue, membership: Membership, pair: PreferencePair, prefers: str) -> bool:
    """Judge one pair as this person: lease its task and submit, whichever side was shown first.

    `prefers` is chosen, rejected, tie or both_bad. False where this person judged it before or no slot is open.
    """
    task = queue.tasks.get(pair=pair)
    if Annotation.objects.filter(task=task, membership=membership).exists():
        return False
    lease = lease_task(task=task, membership=membership)
    if lease is None:
        return False
    choice = prefers
    if prefers in ("chosen", "rejected"):
        wanted = pair.chosen if prefers == "chosen" else pair.rejected
        choice = "a" if lease.order_shown[0] == str(wanted.uuid) else "b"
    submit_judgement(
        lease=lease, membership=membership, payload={"choice": [choice]}, idempotency_key=uuid7()
    )
    return True
