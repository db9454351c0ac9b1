"""The thumbs that stand: what people last said of each output, as a whole and by criterion."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from annotation.models import CriteriaSet, Grade

# About as many outputs as people look at before their criteria stop moving (EvalGen, arXiv 2404.12272).
GRADES_BEFORE_CHOOSING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """One person's newest word on an output; `criterion_key` is None for the overall thumb."""

    grade_id: int
    response_id: int
    criterion_key: UUID | None
    wording_version: int | None
    membership_id: int
    is_good: bool | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbs:
    """Thumbs that count: of several people's on the same output, the newest that was not taken back."""

    overall: Mapping[int, Thumb] = field(default_factory=dict)
    by_criterion: Mapping[tuple[int, UUID], Thumb] = field(default_factory=dict)

    def of_criterion(self, key: UUID) -> dict[int, Thumb]:
        """Return the thumbs on one criterion, under whichever wording, by output."""
        return {response: thumb for (response, own), thumb in self.by_criterion.items() if own == key}


def standing_thumbs(criteria_set: CriteriaSet) -> Thumbs:
    """Return the thumbs that count in a set; one query."""
    return _counting(_newest_of_each_person(criteria_set))


def own_thumbs(criteria_set: CriteriaSet, *, membership_id: int) -> Thumbs:
    """Return this person's thumbs that count; one query."""
    everybody = _newest_of_each_person(criteria_set)
    return _counting(thumb for thumb in everybody if thumb.membership_id == membership_id)


def _newest_of_each_person(criteria_set: CriteriaSet) -> list[Thumb]:
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
    ]


def _counting(thumbs: Iterable[Thumb]) -> Thumbs:
    overall: dict[int, Thumb] = {}
    by_criterion: dict[tuple[int, UUID], Thumb] = {}
    for thumb in sorted(thumbs, key=lambda thumb: thumb.grade_id):
        if thumb.is_good is None:
            continue
        if thumb.criterion_key is None:
            overall[thumb.response_id] = thumb
        else:
            by_criterion[thumb.response_id, thumb.criterion_key] = thumb
    return Thumbs(overall=overall, by_criterion=by_criterion)
