"""A project's own head of the embedding detector: fitted on its people's reviews, measured on those held out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Message, Project, User
from curation.services.work.audit import record_event
from feedback_mining.detectors.embedding.detector import EmbeddingDetector, base_version
from feedback_mining.detectors.embedding.fitting import linear_head_for
from feedback_mining.detectors.embedding.training import Example, Retrained, retrain
from feedback_mining.domain.contexts import contexts_of
from feedback_mining.domain.detection import DetectorStoppedError
from feedback_mining.domain.taxonomy import CRITERIA, Polarity, polarity_of
from feedback_mining.models import Signal, SignalReview, TrainedHead
from feedback_mining.queries.conversations import conversations_with_messages
from feedback_mining.queries.signals import standing_reviews
from feedback_mining.services.lesson_versions import take_version
from language_models.embedders import Embedder, EmbedderUnavailableError
from language_models.embedders.client import SocketEmbedder

# Fewer reviewed messages say nothing that could be held out.
FEWEST_MESSAGES = 20
# How far the odds of a criterion follow how often its claims were right.
_SHIFT_SHARE = 0.5
_RIGHT = {SignalReview.Verdict.CONFIRMED, SignalReview.Verdict.CORRECTED, SignalReview.Verdict.MISSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """What pressing the button gave: the head, how many messages it learned from, and both measurements.

    `before` and `after` hold for "sat" and "dsat": messages, true, precision, recall, average_precision,
    calibration_error and the bins of the reliability chart; besides, log_loss. Where the new head is no better, it is
    stored and not used, and the one before stays.
    """

    head: TrainedHead
    messages: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_used: bool


def retrain_embedding_head(
    *, project: Project, actor: User | None = None, embedder: Embedder | None = None
) -> Retraining:
    """Fit a head on the project's reviews, in seconds; the next run of the embedding detector uses it.

    Raises HarkenError where too few messages were reviewed, where all verdicts agree, or no embedder answers.
    """
    encoder = embedder or SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET)
    reviews = standing_reviews(SignalReview.objects.for_project(project).order_by("id"))
    examples = _examples(reviews)
    _require_enough(examples)
    try:
        start = linear_head_for(encoder)
        found = retrain(EmbeddingDetector(encoder), examples, start=start, shifts=_shifts(reviews))
    except (EmbedderUnavailableError, DetectorStoppedError) as error:
        raise HarkenError(str(error)) from error
    head = _store(project, found, encoder, len(examples), actor)
    return Retraining(
        head=head,
        messages=len(examples),
        before=found.before,
        after=found.after,
        is_used=head.is_used,
    )


@transaction.atomic
def go_back_to_shipped_head(*, project: Project, actor: User) -> None:
    """Let the embedding detector use the head that it came with again."""
    TrainedHead.objects.for_project(project).update(is_used=False)
    record_event(action="head.taken_back", project=project, actor=actor, target=project)


@transaction.atomic
def _store(
    project: Project, found: Retrained, embedder: Embedder, count: int, actor: User | None
) -> TrainedHead:
    earlier = TrainedHead.objects.for_project(project)
    head = TrainedHead.objects.create(
        project=project,
        version=take_version(project=project, earlier=earlier, replaces=found.is_better),
        embedder=embedder.name,
        base_version=base_version(),
        weights=found.head.as_bytes(),
        review_count=count,
        before=dict(found.before),
        after=dict(found.after),
        is_used=found.is_better,
        created_by=actor,
    )
    details = {"version": head.version, "messages": count, "is_used": head.is_used}
    record_event(action="head.trained", project=project, actor=actor, target=head, details=details)
    return head


def _examples(reviews: Mapping[tuple[int, str], SignalReview]) -> list[Example]:
    """Return what people said of the polarities of each reviewed message, in conversations that stand."""
    by_message: dict[int, list[SignalReview]] = defaultdict(list)
    for (message, _criterion), review in reviews.items():
        by_message[message].append(review)
    ids, open_claims = _conversation_ids(by_message), _open_claims(reviews)
    examples = []
    for conversation, messages in conversations_with_messages(ids):
        contexts = contexts_of(messages, conversation=str(conversation.uuid), language=conversation.language)
        for context in contexts:
            message = messages[context.index].pk
            said = by_message.get(message)
            if said:
                sat, dsat = (_is_there(said, polarity, open_claims[message]) for polarity in Polarity)
                examples.append(Example(context=context, sat=sat, dsat=dsat, group=context.conversation))
    return examples


def _conversation_ids(messages: Iterable[int]) -> list[int]:
    rows = Message.objects.filter(pk__in=list(messages), conversation__withdrawn_at__isnull=True)
    return sorted(set(rows.values_list("conversation_id", flat=True)))


def _open_claims(reviews: Mapping[tuple[int, str], SignalReview]) -> Mapping[int, set[str]]:
    """Return the criteria that detectors claim of the reviewed messages and nobody judged."""
    claimed: dict[int, set[str]] = defaultdict(set)
    signals = Signal.objects.current().filter(message__in={message for message, _criterion in reviews})
    for message, criterion in signals.values_list("message_id", "criterion"):
        if (message, criterion) not in reviews:
            claimed[message].add(criterion)
    return claimed


def _is_there(reviews: Sequence[SignalReview], polarity: Polarity, open_claims: set[str]) -> bool | None:
    """Return whether people found a polarity in a message: None where they said nothing of it.

    Whoever rejects one of several claims leaves it open whether the others hold.
    """
    right = {review.corrected_criterion or review.criterion for review in reviews if review.verdict in _RIGHT}
    if any(polarity_of(name) is polarity for name in right):
        return True
    if any(review.verdict == SignalReview.Verdict.NOTHING for review in reviews):
        return False
    judged = {review.criterion for review in reviews if review.criterion}
    is_judged, is_open = (
        any(polarity_of(name) is polarity for name in names) for names in (judged, open_claims)
    )
    return False if is_judged and not is_open else None


def _shifts(reviews: Mapping[tuple[int, str], SignalReview]) -> list[float]:
    """Return by how much the odds of each criterion move: more right than wrong claims raise them."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for review in reviews.values():
        if review.verdict in _RIGHT:
            right[review.corrected_criterion or review.criterion] += 1
        if review.verdict in (SignalReview.Verdict.REJECTED, SignalReview.Verdict.CORRECTED):
            wrong[review.criterion] += 1
    return [_SHIFT_SHARE * log((right[name] + 2) / (wrong[name] + 2)) for name in CRITERIA]


def _require_enough(examples: Sequence[Example]) -> None:
    if len(examples) < FEWEST_MESSAGES:
        raise HarkenError(
            _("%(count)s messages were reviewed. Review %(fewest)s or more, then train again.")
            % {"count": len(examples), "fewest": FEWEST_MESSAGES}
        )
    known = [side for example in examples for side in (example.sat, example.dsat) if side is not None]
    if len(set(known)) < 2:
        raise HarkenError(
            _("All verdicts agree, so there is nothing to tell apart. Review some signals of the other kind.")
        )
