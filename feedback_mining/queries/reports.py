"""What signals say of a corpus: who speaks, and how often, over time, by model, topic, language and depth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Avg, CharField, Count, F, Func, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Least

from curation.models import Conversation, MessageTopic, Project, Score, Scorer
from feedback_mining.domain.speaking import Speaking, speaking
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.review_order import READ_BY
from feedback_mining.queries.screens import Quote, quote_of
from feedback_mining.queries.signals import unrefused

# Deeper turns are counted together.
DEEPEST = 10
MOST_GROUPS = 24
MOST_WORDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The messages of one month, model and so on: how many were read, and how many held a signal of each polarity."""

    key: str
    messages: int
    sat: int
    dsat: int

    @property
    def sat_rate(self) -> float:
        """Return messages with satisfaction per message read."""
        return self.sat / self.messages if self.messages else 0.0

    @property
    def dsat_rate(self) -> float:
        """Return messages with dissatisfaction per message read."""
        return self.dsat / self.messages if self.messages else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsBehind:
    """The surest words behind a bar, and how many signals in how many messages it stands for."""

    quotes: Sequence[Quote]
    signals: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """How answers of one depth follow the constraints that bind them, on average."""

    depth: int
    answers: int
    followed: float


def _begun(path: str, pattern: str) -> Func:
    """Return when the conversation began, as PostgreSQL's `to_char` writes it."""
    began = F(f"{path}conversation__started_at")
    return Func(began, Value(pattern), function="to_char", output_field=CharField())


# What signals are grouped by: the lookup from a message, as the database reads it.
GROUPINGS: Mapping[str, Any] = {
    "month": lambda path: _begun(path, "YYYY-MM"),
    "week": lambda path: _begun(path, 'IYYY-"W"IW'),
    "model": lambda path: F(f"{path}conversation__model_version__name"),
    "language": lambda path: F(f"{path}conversation__language"),
    "topic": lambda path: Subquery(
        MessageTopic.objects.filter(message=OuterRef(path.removesuffix("__"))).values("topic__name")[:1]
    ),
    "depth": lambda path: Cast(Least(F(f"{path}position") / 2 + 1, Value(DEEPEST)), CharField()),
}


def reported_detectors(project: Project) -> list[str]:
    """Return the detectors that finished a run, the newest first."""
    runs = MiningRun.objects.for_project(project).filter(finished_at__isnull=False).order_by("-id")
    return list(dict.fromkeys(runs.values_list("detector", flat=True)))


def grouped(project: Project, *, detector: str, by: str) -> list[Group]:
    """Return the groups of one grouping, months and depths in their order, others the largest first."""
    read = Counter(dict(_keyed(_read(project, detector), by, "message__", count="message")))
    found = {
        polarity: Counter(
            dict(
                _keyed(_claims(project, detector).filter(polarity=polarity), by, "message__", count="message")
            )
        )
        for polarity in ("sat", "dsat")
    }
    groups = [
        Group(key=key, messages=n, sat=found["sat"][key], dsat=found["dsat"][key]) for key, n in read.items()
    ]
    if by in ("month", "week", "depth"):
        return sorted(groups, key=lambda group: (len(group.key) if by == "depth" else 0, group.key))[
            -MOST_GROUPS:
        ]
    return sorted(groups, key=lambda group: (-group.messages, group.key))[:MOST_GROUPS]


def words_behind(project: Project, *, detector: str, by: str, key: str, polarity: str) -> WordsBehind:
    """Return the words behind one bar, the surest first, as far as a page holds them."""
    claims = _claims(project, detector).filter(polarity=polarity).annotate(key=_key(by, "message__"))
    behind = claims.filter(key=key)
    rows = behind.select_related("message__conversation").order_by("-probability", "-id")
    return WordsBehind(
        quotes=[quote_of(signal) for signal in rows[:MOST_WORDS]],
        **behind.aggregate(signals=Count("id"), messages=Count("message", distinct=True)),
    )


def speaking_of(project: Project, *, detector: str) -> Speaking:
    """Return who speaks at all, by one detector."""
    conversations = Conversation.objects.for_project(project).filter(
        archived_at__isnull=True, withdrawn_at__isnull=True
    )
    claims = _claims(project, detector)
    known = claims.filter(message__conversation__source_user__isnull=False)
    unknown = claims.filter(message__conversation__source_user__isnull=True)
    by_user = list(_counts(known, "message__conversation__source_user"))
    by_conversation = list(_counts(unknown, "message__conversation"))
    return speaking(
        conversations=conversations.count(),
        speaking_conversations=claims.aggregate(n=Count("message__conversation", distinct=True))["n"],
        known_users=conversations.aggregate(n=Count("source_user", distinct=True))["n"],
        unknown_users=conversations.filter(source_user__isnull=True).count(),
        signals_by_user=[*by_user, *by_conversation],
    )


def co_occurrence(project: Project, *, detector: str) -> list[tuple[str, str, int]]:
    """Return how often two criteria are claimed of one message, the most frequent first."""
    rows = _claims(project, detector).values("message").annotate(n=Count("id"), names=ArrayAgg("criterion"))
    pairs = Counter(
        pair for row in rows.filter(n__gt=1).iterator() for pair in combinations(sorted(set(row["names"])), 2)
    )
    return [(one, other, n) for (one, other), n in pairs.most_common(MOST_GROUPS)]


def constraint_decay(project: Project) -> list[Decay]:
    """Return how well answers follow the constraints that bind them, by depth."""
    scores = Score.objects.filter(
        scorer__project=project,
        scorer__name="constraints followed",
        message__conversation__archived_at__isnull=True,
        message__conversation__withdrawn_at__isnull=True,
    )
    depth = Cast(Least(F("message__position") / 2 + 1, Value(DEEPEST)), IntegerField())
    rows = scores.annotate(depth=depth).values_list("depth").annotate(n=Count("id"), share=Avg("value"))
    return [Decay(depth=at, answers=n, followed=share) for at, n, share in rows.order_by("depth")]


def _claims(project: Project, detector: str) -> Any:
    return unrefused(Signal.objects.for_project(project).standing().filter(detector=detector))


def _read(project: Project, detector: str) -> Any:
    """Return the scores of the messages that a detector read, in whatever version: claims are of several too.

    Where a newer version was stopped half way, the rest of the claims is of the one before.
    """
    return Score.objects.filter(
        scorer__in=Scorer.objects.filter(project=project, name=READ_BY.format(detector)),
        message__conversation__archived_at__isnull=True,
        message__conversation__withdrawn_at__isnull=True,
    )


def _key(by: str, path: str) -> Any:
    return Coalesce(GROUPINGS[by](path), Value(""), output_field=CharField())


def _keyed(rows: Any, by: str, path: str, *, count: str) -> Any:
    keyed = rows.annotate(key=_key(by, path)).values_list("key")
    return keyed.annotate(n=Count(count, distinct=True)).order_by()


def _counts(rows: Any, field: str) -> Sequence[int]:
    counted: Sequence[int] = rows.values(field).annotate(n=Count("id")).order_by().values_list("n", flat=True)
    return counted
