"""Candidates for datasets, and how far people confirm what was mined."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet

from curation.domain.intervals import wilson_interval
from curation.domain.recipes import pairs_from_ranks
from curation.domain.verdicts import Decision, decide, vote_on_pair
from curation.models import Comparison, DatasetRow, PreferencePair, Project, RankedList

PEOPLE = (Comparison.Source.PERSON, Comparison.Source.SOURCE_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A preference that may become a dataset row."""

    prompt_id: int
    chosen_id: int
    rejected_id: int
    decided_by: str
    source: str
    pair_id: int | None = None
    confidence: float = 1.0
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A preference that does not become a row, with the reason as a short code."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How many of the mined pairs that people judged they confirm; `interval` is Wilson's, 95 %."""

    mined: int
    judged: int
    confirmed: int
    interval: tuple[float, float] | None

    @property
    def share(self) -> float | None:
        """The confirmed share of the judged pairs, or None before anybody judged."""
        return self.confirmed / self.judged if self.judged else None


def votes_by_pair(project: Project) -> dict[int, list[str]]:
    """Return people's standing blind votes on every judged pair: chosen, rejected, tie or both_bad."""
    rows = Comparison.objects.for_project(project).filter(
        pair__isnull=False, retracted_at__isnull=True, source=Comparison.Source.PERSON, saw_signal=False
    )
    votes: dict[int, list[str]] = defaultdict(list)
    for pair, outcome, a, chosen in rows.values_list(
        "pair_id", "outcome", "response_a_id", "pair__chosen_id"
    ):
        votes[pair].append(vote_on_pair(outcome, chosen_is_a=a == chosen))
    return votes


def confirmation_of_mined_pairs(project: Project) -> Confirmation:
    """Return what people said of the mined pairs; a draw or a tie counts as judged and not confirmed."""
    mined = set(
        PreferencePair.objects.for_project(project)
        .standing()
        .filter(origin=PreferencePair.Origin.MINED)
        .values_list("id", flat=True)
    )
    decisions = [decide(votes) for pair, votes in votes_by_pair(project).items() if pair in mined]
    confirmed = decisions.count(Decision.CONFIRMED)
    return Confirmation(
        mined=len(mined),
        judged=len(decisions),
        confirmed=confirmed,
        interval=wilson_interval(confirmed, len(decisions)),
    )


def candidates(
    project: Project, *, sources: Iterable[str], minimum_confidence: float, list_pairs: str
) -> Iterator[Candidate | Dropped]:
    """Yield every preference of the project that the recipe's sources name, or why it cannot become a row."""
    wanted = set(sources)
    if wanted & {"mined", "annotated"}:
        yield from _from_pairs(project, wanted, minimum_confidence)
    if "comparisons" in wanted:
        yield from _from_comparisons(project)
    if "lists" in wanted:
        yield from _from_lists(project, list_pairs)


def _kept(prompt: str) -> dict[str, bool]:
    """Return the filter that leaves out what hangs on an archived or withdrawn conversation."""
    return {f"{prompt}conversation__{name}__isnull": True for name in ("withdrawn_at", "archived_at")}


def _from_pairs(
    project: Project, wanted: set[str], minimum_confidence: float
) -> Iterator[Candidate | Dropped]:
    votes = votes_by_pair(project)
    pairs = PreferencePair.objects.for_project(project).standing().filter(origin__in=wanted)
    for pair in pairs.order_by("id").iterator():
        yield _decided(pair, votes.get(pair.pk, []), minimum_confidence)


def _decided(pair: PreferencePair, votes: list[str], minimum_confidence: float) -> Candidate | Dropped:
    """Let people overrule the miner: they confirm, reverse or drop what it proposed."""
    decision = decide(votes)
    if decision in (Decision.UNDECIDED, Decision.BOTH_BAD):
        return Dropped(reason=f"people_{decision}")
    if decision == Decision.UNJUDGED and pair.confidence < minimum_confidence:
        return Dropped(reason="low_confidence")
    sides = (pair.chosen_id, pair.rejected_id)
    chosen, rejected = sides[::-1] if decision == Decision.REVERSED else sides
    return Candidate(
        prompt_id=pair.prompt_id,
        chosen_id=chosen,
        rejected_id=rejected,
        pair_id=pair.pk,
        decided_by=DatasetRow.DecidedBy.MINER
        if decision == Decision.UNJUDGED
        else DatasetRow.DecidedBy.PEOPLE,
        source=pair.recipe or pair.origin,
        confidence=pair.confidence,
        values={"decision": str(decision), "votes": len(votes)},
    )


def source_comparisons(project: Project) -> QuerySet[Comparison]:
    """Return the verdicts that came with imports and stand."""
    rows = Comparison.objects.for_project(project).filter(pair__isnull=True, retracted_at__isnull=True)
    return rows.filter(**_kept("response_a__prompt__"))


def standing_lists(project: Project) -> QuerySet[RankedList]:
    """Return the ranked lists that stand."""
    return RankedList.objects.for_project(project).filter(**_kept("prompt__"))


def _from_comparisons(project: Project) -> Iterator[Candidate | Dropped]:
    for row in source_comparisons(project).select_related("response_a").order_by("id").iterator():
        if row.outcome not in (Comparison.Outcome.A, Comparison.Outcome.B):
            yield Dropped(reason="source_tie" if row.outcome == Comparison.Outcome.TIE else "source_both_bad")
            continue
        sides = (row.response_a_id, row.response_b_id)
        chosen, rejected = sides if row.outcome == Comparison.Outcome.A else sides[::-1]
        yield Candidate(
            prompt_id=row.response_a.prompt_id,
            chosen_id=chosen,
            rejected_id=rejected,
            decided_by=_decider(row.source),
            source=f"comparison: {row.source_name or row.source}",
        )


def _from_lists(project: Project, list_pairs: str) -> Iterator[Candidate]:
    lists = standing_lists(project).prefetch_related("places").order_by("id")
    for ranked in lists.iterator(chunk_size=500):
        ranks = {place.response_id: place.rank for place in ranked.places.all()}
        for chosen, rejected in pairs_from_ranks(ranks, rule=list_pairs):
            yield Candidate(
                prompt_id=ranked.prompt_id,
                chosen_id=chosen,
                rejected_id=rejected,
                decided_by=_decider(ranked.source),
                source=f"list: {ranked.source_name or ranked.source}",
                values={"ranks": [ranks[chosen], ranks[rejected]]},
            )


def _decider(source: str) -> str:
    return DatasetRow.DecidedBy.PEOPLE if source in PEOPLE else DatasetRow.DecidedBy.IMPORTED
