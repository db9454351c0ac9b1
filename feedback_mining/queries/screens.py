"""What the pages about signals show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Value
from django.db.models.functions import Coalesce, Least, Substr

from curation.models import Conversation, Job, Project
from feedback_mining.domain.taxonomy import CRITERIA, Criterion
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.signals import reviewed_signals, unrefused

PAGE = 25
QUOTE_CONTEXT = 160
SHOWN_EVIDENCE = 2_000
# What a list shows of a text, around the words that matter and of them.
LISTED_AROUND, LISTED_EVIDENCE = 120, 240
PARTS = ("before", "evidence", "after")
# Of the claims that people judged, and of those that nobody did.
JUDGED, UNJUDGED = "judged", "none"
JOB_KINDS = ("mining", "pair_building")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionCount:
    """In how many messages a criterion was found, by whichever detector."""

    criterion: Criterion
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A signal with the words around its evidence, cut to a readable length."""

    signal: Signal
    before: str
    evidence: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPage:
    """One page of signals, newest first, and the signal before which the next page begins."""

    quotes: Sequence[Quote]
    next_before: UUID | None


def criterion_counts(project: Project) -> list[CriterionCount]:
    """Return all 18 criteria with their counts, in the order of the taxonomy; one query."""
    signals = unrefused(Signal.objects.for_project(project).standing())
    counted = Counter(
        dict(signals.values_list("criterion").annotate(n=Count("message", distinct=True)).order_by())
    )
    return [CriterionCount(criterion=criterion, count=counted[name]) for name, criterion in CRITERIA.items()]


def signal_page(
    project: Project, *, before: UUID | None = None, verdict: str = "", **narrowed: str
) -> SignalPage:
    """Return a page of signals; it reads the bodies of this page alone.

    `narrowed` are criterion, polarity and detector, "" for any; `verdict` is JUDGED, UNJUDGED or "".
    """
    signals = reviewed_signals(project).standing().select_related("message__conversation").order_by("-id")
    signals = signals.filter(**{name: value for name, value in narrowed.items() if value})
    if verdict:
        signals = signals.filter(verdict__isnull=verdict == UNJUDGED)
    if before is not None:
        # The place is looked up first, so that the planner sees a number and walks the index from there.
        place = Signal.objects.for_project(project).filter(uuid=before).values_list("id", flat=True).first()
        signals = signals.filter(pk__lt=place or 0)
    found = list(signals[: PAGE + 1])
    return SignalPage(
        quotes=[quote_of(signal) for signal in found[:PAGE]],
        next_before=found[PAGE - 1].uuid if len(found) > PAGE else None,
    )


def quote_of(signal: Signal) -> Quote:
    """Return the evidence of a signal with the words around it."""
    before, evidence, after = words_around(signal.message.text, span=(signal.span_start, signal.span_end))
    return Quote(signal=signal, before=before, evidence=evidence, after=after)


def words_around(text: str, *, span: tuple[int, int], context: int = QUOTE_CONTEXT) -> tuple[str, str, str]:
    """Return the evidence as far as a page shows it, between the words before and after it.

    The evidence of a request said again is the whole message, and that may be a megabyte.
    """
    start, end = span
    first, last = max(0, start - context), min(end, start + SHOWN_EVIDENCE)
    after = text[end : end + context]
    return (
        ("… " if first else "") + text[first:start],
        text[start:last] + (" …" if last < end else ""),
        after + (" …" if end + context < len(text) else ""),
    )


def around(
    name: str,
    text: str | Coalesce,
    *,
    span: tuple[str, str],
    most: tuple[int, int] = (LISTED_AROUND, LISTED_EVIDENCE),
) -> dict[str, Substr]:
    """Return the words before a span of a text, of it, and after it, cut by the database: for lists.

    `span` names the fields of its start and end; `most` are the characters shown on either side, and of the evidence.
    """
    start, end = (F(field) for field in span)
    beside, evidence = (Value(count) for count in most)
    before = Least(start, beside)
    return {
        f"{name}_before": Substr(text, start - before + 1, before),
        f"{name}_evidence": Substr(text, start + 1, Least(end - start, evidence)),
        f"{name}_after": Substr(text, end + 1, beside),
    }


def signals_of_conversation(conversation: Conversation) -> list[Quote]:
    """Return the signals of one conversation in the order of its messages."""
    signals = reviewed_signals(conversation.project).filter(message__conversation=conversation)
    ordered = signals.select_related("message__conversation").order_by("message__position", "-probability")
    return [quote_of(signal) for signal in ordered]


def is_mined(project: Project) -> bool:
    """Tell whether a detector has read the project's messages."""
    return MiningRun.objects.for_project(project).filter(done_through__gt=0).exists()


def recent_work(project: Project) -> list[Job]:
    """Return the newest mining and pair-building jobs."""
    return list(Job.objects.for_project(project).filter(kind__in=JOB_KINDS).order_by("-id")[:4])


def conversation_of(project: Project, *, uuid: UUID) -> Conversation | None:
    """Return the conversation of this id in the project."""
    return Conversation.objects.for_project(project).filter(uuid=uuid).first()


def signal_of(project: Project, *, uuid: UUID) -> Signal | None:
    """Return the signal of this id in the project; None of one whose conversation was withdrawn."""
    signals = reviewed_signals(project).select_related("message__conversation", "project")
    found: Signal | None = signals.filter(uuid=uuid, message__conversation__withdrawn_at__isnull=True).first()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningFunnel:
    """How many messages were read and what was found in them."""

    messages: int
    signals: int
    sat: int
    dsat: int
    conversations: int
    skipped: list[tuple[str, int]]


def mining_funnel(project: Project) -> MiningFunnel:
    """Return the funnel's stage between conversations and pairs."""
    signals = unrefused(Signal.objects.for_project(project).standing())
    sat, dsat = (_claim_count(signals.filter(polarity=polarity)) for polarity in ("sat", "dsat"))
    return MiningFunnel(
        messages=sum(run.message_count for run in _first_detector_runs(project)),
        signals=sat + dsat,
        sat=sat,
        dsat=dsat,
        conversations=signals.values("message__conversation").distinct().count(),
        skipped=_skipped_complaints(project),
    )


def _claim_count(signals: Any) -> int:
    """Return how many criteria were found in how many messages; what several detectors claim alike is one."""
    return int(signals.order_by().values("message", "criterion").distinct().count())


def _skipped_complaints(project: Project) -> list[tuple[str, int]]:
    """Return why complaints gave no pair, by the newest job that built pairs, the commonest reason first."""
    jobs = Job.objects.for_project(project).filter(kind="pair_building", state=Job.State.SUCCEEDED)
    job = jobs.order_by("-id").first()
    skipped = job.result.get("skipped", {}) if job else {}
    return sorted(skipped.items(), key=lambda reason: -reason[1])


def _first_detector_runs(project: Project) -> list[MiningRun]:
    """Return the runs of the detector that ran first: every detector reads the same messages."""
    runs = MiningRun.objects.for_project(project).filter(finished_at__isnull=False).order_by("id")
    first = runs.first()
    return (
        list(runs.filter(detector=first.detector, detector_version=first.detector_version)) if first else []
    )


def newest_job(project: Project, *, kind: str) -> Job | None:
    """Return the newest job of a kind."""
    return Job.objects.for_project(project).filter(kind=kind).order_by("-id").first()
