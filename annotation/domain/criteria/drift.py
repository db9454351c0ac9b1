"""The story of a set: which wording stood while which outputs were graded (criteria drift, arXiv 2404.12272).

Time is counted in graded outputs: between two of them the criteria stand still, however long a break was.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

# How the whole answer is called among the criteria.
WHOLE: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingSpan:
    """One wording of a criterion, from when to when it stood; `until` is None while it does."""

    key: UUID
    version: int
    name: str
    text: str
    origin: str
    made_from: tuple[str, ...]
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenThumb:
    """One thumb as it was given; `key` is None for the whole answer, `is_good` None where it was taken back."""

    grade_id: int
    response_id: int
    person_id: int
    key: UUID | None
    version: int | None
    is_good: bool | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedThumb:
    """A thumb on the line of its criterion; `is_outdated`: it stands, and its wording does not."""

    step: int
    is_good: bool
    version: int | None
    is_outdated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingLine:
    """A wording with the steps between which it stood, and how many thumbs up and down it got."""

    wording: WordingSpan
    first_step: int
    last_step: int
    up: int
    down: int
    outdated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLine:
    """A criterion with its wordings, oldest first, and its thumbs."""

    key: UUID | None
    name: str
    wordings: Sequence[WordingLine]
    thumbs: Sequence[PlacedThumb]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStory:
    """The lines of a set over so many steps; a step is one output that one person graded."""

    lines: Sequence[CriterionLine]
    steps: int

    @property
    def outdated(self) -> int:
        """Thumbs that stand under a wording that does not."""
        return sum(wording.outdated for line in self.lines for wording in line.wordings)


def story_of(wordings: Sequence[WordingSpan], thumbs: Sequence[GivenThumb]) -> SetStory:
    """Return the story; thumbs come in the order in which they were given."""
    steps = _steps(thumbs)
    last = max(steps.values(), default=0)
    standing = _standing(thumbs)
    newest = {wording.key: wording for wording in sorted(wordings, key=lambda each: each.version)}
    lines = [_whole(thumbs, steps=steps, standing=standing)]
    for key in dict.fromkeys(wording.key for wording in wordings):
        own = [thumb for thumb in thumbs if thumb.key == key]
        placed = [
            _placed(thumb, steps=steps, standing=standing, newest=newest[key].version)
            for thumb in own
            if thumb.is_good is not None
        ]
        spans = [wording for wording in wordings if wording.key == key]
        lines.append(
            CriterionLine(
                key=key,
                name=newest[key].name,
                wordings=[
                    _line(span, placed=placed, thumbs=thumbs, steps=steps, last=last) for span in spans
                ],
                thumbs=placed,
            )
        )
    return SetStory(lines=lines, steps=last)


def _whole(
    thumbs: Sequence[GivenThumb], *, steps: Mapping[int, int], standing: frozenset[int]
) -> CriterionLine:
    placed = [
        _placed(thumb, steps=steps, standing=standing, newest=None)
        for thumb in thumbs
        if thumb.key is WHOLE and thumb.is_good is not None
    ]
    return CriterionLine(key=WHOLE, name="", wordings=[], thumbs=placed)


def _steps(thumbs: Sequence[GivenThumb]) -> dict[int, int]:
    """Return the step of each thumb by its grade's id: what one person says of one output at a time is one step."""
    steps: dict[int, int] = {}
    count, before = 0, None
    for thumb in thumbs:
        sheet = (thumb.person_id, thumb.response_id)
        count += sheet != before
        steps[thumb.grade_id], before = count, sheet
    return steps


def _standing(thumbs: Sequence[GivenThumb]) -> frozenset[int]:
    """Return the ids of the thumbs that are each person's newest word and were not taken back."""
    newest = {(thumb.person_id, thumb.response_id, thumb.key): thumb for thumb in thumbs}
    return frozenset(thumb.grade_id for thumb in newest.values() if thumb.is_good is not None)


def _placed(
    thumb: GivenThumb, *, steps: Mapping[int, int], standing: frozenset[int], newest: int | None
) -> PlacedThumb:
    return PlacedThumb(
        step=steps[thumb.grade_id],
        is_good=bool(thumb.is_good),
        version=thumb.version,
        is_outdated=thumb.grade_id in standing and thumb.version != newest,
    )


def _line(
    span: WordingSpan,
    *,
    placed: Sequence[PlacedThumb],
    thumbs: Sequence[GivenThumb],
    steps: Mapping[int, int],
    last: int,
) -> WordingLine:
    own = [thumb for thumb in placed if thumb.version == span.version]
    said = Counter(thumb.is_good for thumb in own)
    return WordingLine(
        wording=span,
        first_step=_step_at(span.since, thumbs=thumbs, steps=steps),
        last_step=last if span.until is None else _step_at(span.until, thumbs=thumbs, steps=steps),
        up=said[True],
        down=said[False],
        outdated=sum(thumb.is_outdated for thumb in own),
    )


def _step_at(moment: datetime, *, thumbs: Sequence[GivenThumb], steps: Mapping[int, int]) -> int:
    """Return the last step before a moment; 0 before the first."""
    return max((steps[thumb.grade_id] for thumb in thumbs if thumb.at < moment), default=0)
