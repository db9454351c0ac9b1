"""What to review next: the claim whose verdict is worth most, or a random claim or silence."""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Subquery

from curation.models import Evidence, Message, Project, Score, Scorer
from feedback_mining.domain.review_order import AUDIT_SHARE, SILENCE_SHARE, Draw, worth
from feedback_mining.models import Signal, SignalReview

# A detector publishes this score of every message that it read.
READ_BY = "{}: dsat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A message to review, for one claimed criterion; "" where no detector found anything."""

    message_id: int
    criterion: str
    draw: Draw


def next_drawn(project: Project, *, chance: Random, passed: Collection[int] = ()) -> Drawn | None:
    """Return what to review next; None where nothing is left. `passed` are messages not to show again."""
    arms = [_most_worth, _random_claim, _random_silence]
    if chance.random() < AUDIT_SHARE:
        arms = [_random_claim, _random_silence]
        if chance.random() < SILENCE_SHARE:
            arms.reverse()
    drawn = (arm(project, chance, passed) for arm in arms)
    return next((each for each in drawn if each is not None), None)


def unreviewed_claims(project: Project, *, passed: Collection[int] = ()) -> Any:
    """Return the current signals whose claim nobody has judged."""
    judged = SignalReview.objects.filter(message=OuterRef("message"), criterion=OuterRef("criterion"))
    return Signal.objects.for_project(project).standing().exclude(message__in=passed).exclude(Exists(judged))


def unreviewed_claim_count(project: Project) -> int:
    """Return how many claims nobody has judged; of several detectors that make the same claim it is one."""
    claims = unreviewed_claims(project).order_by().values("message", "criterion").distinct()
    return int(claims.count())


def silent_messages(project: Project) -> Any:
    """Return the user messages that a detector read and in which none finds anything now."""
    readers = Scorer.objects.filter(
        project=project, kind=Scorer.Kind.DETECTOR, name__endswith=READ_BY.format("")
    )
    read = Score.objects.filter(message=OuterRef("pk"), scorer__in=readers)
    claims = Signal.objects.filter(message=OuterRef("pk"), is_current=True)
    return (
        Message.objects.for_project(project)
        .filter(role=Message.Role.USER, is_repeat=False)
        .filter(conversation__archived_at__isnull=True, conversation__withdrawn_at__isnull=True)
        .filter(Exists(read))
        .exclude(Exists(claims))
    )


def _most_worth(project: Project, chance: Random, passed: Collection[int]) -> Drawn | None:
    """Take the claim with the highest worth: the least sure one, or a surer one on which pairs rest."""
    claims = unreviewed_claims(project, passed=passed)
    resting = _complaints().filter(message=OuterRef("message")).order_by().values("message")
    pairs = resting.annotate(n=Count("id")).values("n")
    carrying = claims.filter(message__in=_complaints().filter(project=project).values("message")).annotate(
        worth=4 * F("probability") * (1 - F("probability")) * (1 + Subquery(pairs))
    )
    first = [*claims.order_by("probability", "id")[:1], *carrying.order_by("-worth", "id")[:1]]
    if not first:
        return None
    value, _place, signal = max((_worth_of(signal), -place, signal) for place, signal in enumerate(first))
    draw = Draw(arm="value", value=value)
    return Drawn(message_id=signal.message_id, criterion=signal.criterion, draw=draw)


def _complaints() -> Any:
    """Return the complaints that pairs rest on."""
    return Evidence.objects.filter(pair__isnull=False, kind=Evidence.Kind.COMPLAINT)


def _worth_of(claim: Signal) -> float:
    return worth(claim.probability, reach=1 + _complaints().filter(message=claim.message_id).count())


def _random_claim(project: Project, chance: Random, passed: Collection[int]) -> Drawn | None:
    """Draw a criterion, so that rare ones get figures too, then one of its claims, each as likely."""
    open_claims = unreviewed_claims(project, passed=passed)
    counts = dict(
        open_claims.values_list("criterion")
        .annotate(n=Count("message_id", distinct=True))
        .order_by("criterion")
    )
    if not counts:
        return None
    criterion = chance.choice(sorted(counts))
    messages = open_claims.filter(criterion=criterion).order_by("message_id")
    message = _at(
        messages.values_list("message_id", flat=True).distinct(), chance.randrange(counts[criterion])
    )
    # As the order of value counts it: by the least sure of the detectors that make the claim.
    claim = messages.filter(message_id=message).order_by("probability", "id").first()
    if message is None or claim is None:
        return None
    draw = Draw(arm="audit", weight=counts[criterion], value=_worth_of(claim))
    return Drawn(message_id=message, criterion=criterion, draw=draw)


def _random_silence(project: Project, chance: Random, passed: Collection[int]) -> Drawn | None:
    """Draw a message in which no detector found anything, each as likely."""
    read = SignalReview.objects.filter(message=OuterRef("pk"))
    silent = silent_messages(project).exclude(Exists(read)).exclude(pk__in=passed).order_by("id")
    count = silent.count()
    if not count:
        return None
    message = _at(silent.values_list("id", flat=True), chance.randrange(count))
    if message is None:
        return None
    return Drawn(message_id=message, criterion="", draw=Draw(arm="audit", weight=count))


def _at(ids: Any, place: int) -> int | None:
    """Return the id at a place; None where a colleague's verdict took it away since they were counted."""
    found: int | None = next(iter(ids[place : place + 1]), None)
    return found
