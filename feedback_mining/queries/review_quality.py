"""How far each detector can be trusted, by what people reviewed: precision and recall of every criterion."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, Exists, OuterRef

from curation.models import Project, Score
from feedback_mining.domain.estimates import (
    TOGETHER,
    Estimate,
    Reviewed,
    added,
    estimate_precision,
    estimate_recall,
    estimate_total,
)
from feedback_mining.domain.review_order import FREELY_CHOSEN, Draw, ReviewedClaim, as_sample
from feedback_mining.domain.taxonomy import CRITERIA, polarity_of
from feedback_mining.models import Signal, SignalReview
from feedback_mining.queries.review_order import READ_BY, silent_messages
from feedback_mining.queries.signals import standing_reviews
from feedback_mining.queries.trained_heads import taught_at

Verdict = SignalReview.Verdict
Claim = tuple[int, str]
# Message → how it came up, and what its readers found in it.
Silence = dict[int, tuple[Draw, frozenset[str]]]
# What is said of a whole message rather than of a claim.
READINGS = {Verdict.MISSED.value, Verdict.NOTHING.value}
TRUE = {Verdict.CONFIRMED.value, Verdict.MISSED.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionQuality:
    """One detector on one criterion; estimates are None where nothing was drawn that could stand for the rest.

    `reviewed` are the verdicts that precision rests on: none of a message that the detector learned from.
    """

    detector: str
    criterion: str
    polarity: str
    claims: int
    reviewed: int
    precision: Estimate | None
    recall: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQuality:
    """Every detector on every criterion that is claimed or was found, and what was read of the silence."""

    criteria: list[CriterionQuality]
    silent: int
    silent_read: int
    silent_held: int
    reviews: int

    @property
    def known(self) -> list[CriterionQuality]:
        """The rows of which something can be said."""
        return [row for row in self.criteria if row.precision is not None or row.recall is not None]

    @property
    def unknown(self) -> list[tuple[str, list[str]]]:
        """The criteria of each detector of which nothing can be said yet, by the detector's name."""
        rows = [row for row in self.criteria if row.precision is None and row.recall is None]
        return [
            (detector, [row.criterion for row in group])
            for detector, group in groupby(rows, key=lambda row: row.detector)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What people said: the verdicts on claims as a sample, and what they found in every silent message."""

    claims: dict[Claim, Reviewed]
    silence: Silence
    unclaimed: set[Claim]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What is claimed in the project: by each detector, by others alone, by whom in reviewed messages; and silence.

    What others claim, and silence, are of the messages that a detector read: `silent_to` it, and `read_by` it of those
    that were reviewed.
    """

    claims: Counter[tuple[str, str]]
    by_others: Counter[tuple[str, str]]
    claimed_by: dict[Claim, set[str]]
    silent: int
    silent_to: Mapping[str, int]
    read_by: Mapping[str, set[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grounds:
    """What is claimed, and what people said of it."""

    frame: _Frame
    known: _Known


def review_quality(project: Project) -> ReviewQuality:
    """Estimate precision and recall of each detector from the reviews of the project.

    What a head learned from says nothing of how it does on the rest, so the messages are left out: of the precision
    of detectors that use it, and of every recall, since recall rests on what other detectors claim and on silence.
    """
    rows, taught = list(_rows(project)), taught_at(project)
    learned = {row.message_id for row in rows if taught and row.created_at <= max(taught.values())}
    everything = _grounds(project, rows)
    unseen = _grounds(project, rows, learned=learned) if learned else everything
    found = _found(everything.known)
    frame = everything.frame
    return ReviewQuality(
        criteria=[
            _quality(
                detector,
                name,
                claims=frame.claims[detector, name],
                own=unseen if detector in taught else everything,
                unseen=unseen,
            )
            for detector in sorted({detector for detector, _ in frame.claims})
            for name in _names(frame)
            if frame.claims[detector, name] or name in found
        ],
        silent=unseen.frame.silent,
        silent_read=len(unseen.known.silence),
        silent_held=sum(bool(names) for _, names in unseen.known.silence.values()),
        reviews=len(rows),
    )


def _grounds(
    project: Project, rows: Iterable[SignalReview], *, learned: Collection[int] = frozenset()
) -> _Grounds:
    """Return what is claimed and known beside the messages that were learned from."""
    kept = [row for row in rows if row.message_id not in learned]
    frame = _frame(project, reviewed={row.message_id for row in kept}, learned=learned)
    return _Grounds(frame=frame, known=_known(kept, frame))


def _found(known: _Known) -> set[str]:
    """Return the criteria that people found where no detector claims them."""
    silent = {name for _, names in known.silence.values() for name in names}
    return silent | {name for _, name in known.unclaimed}


def _names(frame: _Frame) -> list[str]:
    """Return the criteria in the order of the taxonomy, a project's own last."""
    return [*CRITERIA, *sorted({name for _, name in frame.claims} - set(CRITERIA))]


def _rows(project: Project) -> Iterable[SignalReview]:
    standing = {
        "message__conversation__archived_at__isnull": True,
        "message__conversation__withdrawn_at__isnull": True,
    }
    return SignalReview.objects.for_project(project).filter(**standing).order_by("id")


def _frame(project: Project, *, reviewed: set[int], learned: Collection[int]) -> _Frame:
    standing = Signal.objects.for_project(project).standing()
    detectors = set(standing.values_list("detector", flat=True).distinct().order_by())
    standing = standing.exclude(message__in=learned)
    claimed_by: dict[Claim, set[str]] = defaultdict(set)
    rows = Signal.objects.for_project(project).current().filter(message__in=reviewed)
    for message, criterion, detector in rows.values_list("message_id", "criterion", "detector"):
        claimed_by[message, criterion].add(detector)
    silent = silent_messages(project).exclude(pk__in=learned)
    return _Frame(
        claims=_counted(standing),
        by_others=_by_others(standing, detectors),
        claimed_by=claimed_by,
        silent=silent.count(),
        silent_to={name: silent.filter(Exists(_read_by(name))).count() for name in sorted(detectors)},
        read_by={
            name: set(_read_by(name, outer="").filter(message__in=reviewed).values_list("message", flat=True))
            for name in sorted(detectors)
        },
    )


def _read_by(detector: str, *, outer: str = "pk") -> Any:
    """Return the scores of the messages that a detector read, of the query's message alone where `outer` names it."""
    scores = Score.objects.filter(scorer__name=READ_BY.format(detector), message__isnull=False)
    return scores.filter(message=OuterRef(outer)) if outer else scores


def _counted(signals: Any) -> Counter[tuple[str, str]]:
    rows = signals.values_list("detector", "criterion").annotate(n=Count("id")).order_by()
    return Counter({(detector, name): n for detector, name, n in rows})


def _by_others(standing: Any, detectors: set[str]) -> Counter[tuple[str, str]]:
    """Count for each detector what others claim of messages that it read, and it does not, each claim once."""
    counts: Counter[tuple[str, str]] = Counter()
    for detector in detectors if len(detectors) > 1 else ():
        own = Signal.objects.filter(
            message=OuterRef("message"), criterion=OuterRef("criterion"), detector=detector, is_current=True
        )
        others = standing.exclude(detector=detector).exclude(Exists(own)).values_list("criterion")
        others = others.filter(Exists(_read_by(detector, outer="message")))
        for name, n in others.annotate(n=Count("message", distinct=True)).order_by():
            counts[detector, name] = n
    return counts


def _known(rows: Sequence[SignalReview], frame: _Frame) -> _Known:
    with_claims = {message for message, _ in frame.claimed_by}
    claims: dict[Claim, ReviewedClaim] = {}
    silence: Silence = {}
    for row in rows:
        key = (row.message_id, row.criterion)
        if key in frame.claimed_by:
            claims[key] = _judged(row, claims.get(key))
        elif row.verdict in READINGS and row.message_id not in with_claims:
            _read_silence(silence, row)
    return _Known(claims=as_sample(claims), silence=silence, unclaimed=set(_marked(rows, frame)))


def _judged(row: SignalReview, earlier: ReviewedClaim | None) -> ReviewedClaim:
    """Return a verdict with the draw that first brought the claim up."""
    order, draw = (earlier.order, earlier.draw) if earlier else (row.pk, _draw_of_claim(row))
    return ReviewedClaim(order=order, is_true=row.verdict in TRUE, draw=draw)


def _marked(rows: Iterable[SignalReview], frame: _Frame) -> Iterator[Claim]:
    """Yield what the newest verdicts say is there and no detector claims, beside claims and in their place."""
    with_claims = {message for message, _ in frame.claimed_by}
    for key, row in standing_reviews(rows).items():
        is_silence = row.verdict in READINGS and row.message_id not in with_claims
        if row.verdict in TRUE and key not in frame.claimed_by and not is_silence:
            yield key
        if row.corrected_criterion:
            yield row.message_id, row.corrected_criterion


def _read_silence(silence: Silence, row: SignalReview) -> None:
    draw, names = silence.get(row.message_id, (_draw_of(row), frozenset()))
    # Whoever says that nothing is there takes back what was marked before.
    found = names | {row.criterion} if row.verdict == Verdict.MISSED else frozenset()
    silence[row.message_id] = (draw, found)


def _draw_of_claim(row: SignalReview) -> Draw:
    """Return the draw of what is claimed now; drawn as silence, it stood for silence and stands for no claim."""
    return FREELY_CHOSEN if row.verdict in READINGS else _draw_of(row)


def _draw_of(row: SignalReview) -> Draw:
    return Draw(arm=row.arm, weight=row.weight, value=row.value)


def _quality(
    detector: str, criterion: str, *, claims: int, own: _Grounds, unseen: _Grounds
) -> CriterionQuality:
    """Estimate precision on a detector's own grounds, and recall on what no head learned from."""
    size, sample = _claims_of(detector, criterion, grounds=own)
    unseen_size, unseen_sample = _claims_of(detector, criterion, grounds=unseen)
    found = estimate_total(unseen_size, reviewed=unseen_sample, confidence=TOGETHER)
    missed = _missed(detector, criterion, frame=unseen.frame, known=unseen.known)
    return CriterionQuality(
        detector=detector,
        criterion=criterion,
        polarity=polarity_of(criterion).value,
        claims=claims,
        reviewed=len(sample),
        precision=estimate_precision(size, reviewed=sample),
        recall=estimate_recall(found=found, missed=missed),
    )


def _claims_of(detector: str, criterion: str, *, grounds: _Grounds) -> tuple[int, list[Reviewed]]:
    """Return how many claims there are, and those that people judged as a sample of them."""
    claimed_by = grounds.frame.claimed_by
    judged = [
        claim
        for key, claim in grounds.known.claims.items()
        if key[1] == criterion and detector in claimed_by[key]
    ]
    return grounds.frame.claims[detector, criterion], judged


def _missed(detector: str, criterion: str, *, frame: _Frame, known: _Known) -> Estimate | None:
    """Add what others found, what silence held, and what readers marked beside other signals, in what it read."""
    read = frame.read_by.get(detector, set())
    others = [
        claim
        for key, claim in known.claims.items()
        if key[0] in read and key[1] == criterion and detector not in frame.claimed_by[key]
    ]
    silence = [
        Reviewed(is_true=criterion in names, weight=draw.weight if draw.arm == "audit" else None)
        for message, (draw, names) in known.silence.items()
        if message in read
    ]
    marked = [
        Reviewed(is_true=True)
        for key in known.unclaimed
        if key[0] in read and key[1] == criterion and detector not in frame.claimed_by.get(key, set())
    ]
    return added(
        [
            estimate_total(frame.by_others[detector, criterion], reviewed=others, confidence=TOGETHER),
            estimate_total(frame.silent_to.get(detector, 0), reviewed=silence, confidence=TOGETHER),
            estimate_total(0, reviewed=marked),
        ]
    )
