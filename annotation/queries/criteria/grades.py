"""The thumbs that stand: what people last said of each output, as a whole and by criterion."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from annotation.models import CriteriaSet, Grade

# About as many outputs as people look at before their criteria stop moving (EvalGen, arXiv 2404.12272).
GRADES_BEFORE_CHOOSING = 20


def grades_wanted(graded: int) -> int:
    """Return how many more outputs people should look at before they choose."""
    return max(0, GRADES_BEFORE_CHOOSING - graded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """One person's newest word on an output; `criterion_key` is None for the overall thumb."""

    grade_id: int
    response_id: int
    criterion_key: UUID | None
    wording_version: int | None
    membership_id: int
    is_good: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbs:
    """Thumbs that count: of several people's on the same output what most of them say, the newest where they tie.

    On a criterion only those count that were given under the newest wording that anybody graded it under.
    """

    overall: Mapping[int, Thumb] = field(default_factory=dict)
    by_criterion: Mapping[tuple[int, UUID], Thumb] = field(default_factory=dict)

    def of_criterion(self, key: UUID) -> dict[int, Thumb]:
        """Return the thumbs on one criterion, under whichever wording, by output."""
        return {response: thumb for (response, own), thumb in self.by_criterion.items() if own == key}


def standing_thumbs(criteria_set: CriteriaSet) -> Thumbs:
    """Return the thumbs that count in a set; one query."""
    return counting(thumbs_of_people(criteria_set))


def own_thumbs(criteria_set: CriteriaSet, *, membership_id: int) -> Thumbs:
    """Return this person's thumbs that count; one query."""
    everybody = thumbs_of_people(criteria_set)
    return counting(thumb for thumb in everybody if thumb.membership_id == membership_id)


def thumbs_of_people(criteria_set: CriteriaSet) -> list[Thumb]:
    """Return each person's newest word on each output and criterion, taken back ones left out; one query."""
    said_of = ("response_id", "criterion__key", "membership_id")
    rows = Grade.objects.for_project(criteria_set.project).filter(criteria_set=criteria_set)
    newest = rows.order_by(*said_of, "-id").distinct(*said_of)
    fields = ("id", "response_id", "criterion__key", "criterion__version", "membership_id", "is_good", "note")
    return [
        Thumb(
            grade_id=grade,
            response_id=response,
            criterion_key=key,
            wording_version=version,
            membership_id=membership,
            is_good=is_good,
            note=note,
        )
        for grade, response, key, version, membership, is_good, note in newest.values_list(*fields)
        if is_good is not None
    ]


def counting(thumbs: Iterable[Thumb]) -> Thumbs:
    """Return what counts of these."""
    overall: dict[int, list[Thumb]] = defaultdict(list)
    by_criterion: dict[tuple[int, UUID], list[Thumb]] = defaultdict(list)
    for thumb in thumbs:
        if thumb.criterion_key is None:
            overall[thumb.response_id].append(thumb)
        else:
            by_criterion[thumb.response_id, thumb.criterion_key].append(thumb)
    return Thumbs(
        overall={response: _that_counts(said) for response, said in overall.items()},
        by_criterion={key: _that_counts(said) for key, said in by_criterion.items()},
    )


def _that_counts(said: list[Thumb]) -> Thumb:
    """Return the newest thumb of the majority among those under the newest wording."""
    wording = max(thumb.wording_version or 0 for thumb in said)
    voting = [thumb for thumb in said if (thumb.wording_version or 0) == wording]
    good = sum(bool(thumb.is_good) for thumb in voting)
    if 2 * good != len(voting):
        voting = [thumb for thumb in voting if thumb.is_good == (2 * good > len(voting))]
    return max(voting, key=lambda thumb: thumb.grade_id)
