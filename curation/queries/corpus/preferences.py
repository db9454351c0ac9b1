"""Verdicts on pairs, those that came with imports, and how far people confirm what was mined."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from curation.domain.exporters.dataset_rows import VoteRecord
from curation.domain.versions.intervals import wilson_interval
from curation.domain.versions.verdicts import Decision, decide, vote_on_pair
from curation.models import Comparison, JudgedPair, JudgeRun, PreferencePair, Project, RankedList

PEOPLE = (Comparison.Source.PERSON, Comparison.Source.SOURCE_PERSON)


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


def vote_records_by_pair(project: Project) -> dict[int, list[VoteRecord]]:
    """Return people's standing votes on every judged pair as datasets keep them, those who saw the signal included."""
    rows = Comparison.objects.for_project(project).filter(
        pair__isnull=False, retracted_at__isnull=True, source=Comparison.Source.PERSON
    )
    votes: dict[int, list[VoteRecord]] = defaultdict(list)
    for row in rows.select_related("pair").order_by("created_at", "id").iterator():
        if row.pair is not None:
            votes[row.pair.pk].append(_vote_of(row, chosen_id=row.pair.chosen_id))
    return votes


def _vote_of(row: Comparison, *, chosen_id: int) -> VoteRecord:
    return VoteRecord(
        annotator=row.annotator_pseudonym,
        value=vote_on_pair(row.outcome, chosen_is_a=row.response_a_id == chosen_id),
        protocol=row.protocol,
        order_shown=row.order_shown,
        strength=None if row.strength is None else float(row.strength),
        decided_at=row.created_at,
        guideline_version=row.guideline_version,
        saw_signal=row.saw_signal,
    )


def standing(prompt: str) -> dict[str, bool]:
    """Return the filter that leaves out what hangs on an archived or withdrawn conversation."""
    return {f"{prompt}conversation__{name}__isnull": True for name in ("withdrawn_at", "archived_at")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedVerdict:
    """What a judge that may label says of a pair: chosen, rejected or tie."""

    vote: str
    judge: str
    strength: float | None


def earned_verdicts(project: Project) -> dict[int, EarnedVerdict]:
    """Return what judges that may label said of pairs, by the pair's id.

    Whether a judge may label is decided when it is asked; what it labelled stands until it is taken back.
    """
    labelled = JudgedPair.objects.for_project(project).filter(run__purpose=JudgeRun.Purpose.LABELLING)
    rows = Comparison.objects.for_project(project).filter(
        pair__isnull=False,
        retracted_at__isnull=True,
        source=Comparison.Source.JUDGE,
        source_uuid__in=labelled.values("uuid"),
    )
    return {
        pair: EarnedVerdict(
            vote=vote_on_pair(outcome, chosen_is_a=a == chosen),
            judge=name,
            strength=None if strength is None else float(strength),
        )
        for pair, outcome, a, chosen, name, strength in rows.order_by("id").values_list(
            "pair_id", "outcome", "response_a_id", "pair__chosen_id", "source_name", "strength"
        )
    }


def source_comparisons(project: Project) -> QuerySet[Comparison]:
    """Return the verdicts that came with imports and stand.

    Those of a judge that was asked here are not among them: it has not earned that its verdicts become labels.
    """
    rows = Comparison.objects.for_project(project).filter(pair__isnull=True, retracted_at__isnull=True)
    rows = rows.exclude(source=Comparison.Source.JUDGE, source_uuid__isnull=False)
    return rows.filter(**standing("response_a__prompt__"), **standing("response_b__prompt__"))


def standing_lists(project: Project) -> QuerySet[RankedList]:
    """Return the ranked lists that stand."""
    return RankedList.objects.for_project(project).filter(**standing("prompt__"))
