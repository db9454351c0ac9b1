"""What the page of a measure shows: its checks, what it said, where it ran."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.scoring.check_sets import HOLDS, FrozenCheck, checks_of
from curation.domain.scoring.scopes import ScoringScope
from curation.models import Job, Score, Scorer
from curation.queries.scoring.measures import is_runnable, part_scorers
from curation.queries.scoring.scopes import scope_words, scoring_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLine:
    """A criterion of a measure with its checks; `scored` and `failing` count answers."""

    name: str
    checks: Sequence[FrozenCheck]
    scored: int
    failing: int

    @property
    def share(self) -> float | None:
        """The failing share of the scored answers."""
        return self.failing / self.scored if self.scored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A run of a measure with what it took, in words."""

    job: Job
    over: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePage:
    """A measure in all, by criterion, and its newest runs."""

    whole: CriterionLine
    criteria: Sequence[CriterionLine]
    jobs: Sequence[JobLine]
    is_runnable: bool


def measure_page(scorer: Scorer) -> MeasurePage:
    """Return the page's figures in a fixed number of queries, and one for each run that is listed."""
    checks = checks_of(scorer.specification)
    parts = part_scorers(scorer)
    counts = _counts([scorer.pk, *(part.pk for _criterion, part in parts)])
    return MeasurePage(
        whole=_line("", checks, counts.get(scorer.pk, (0, 0))),
        criteria=[
            _line(name, [each for each in checks if each.criterion == name], counts.get(part, (0, 0)))
            for name, part in _keys(checks, parts).items()
        ],
        jobs=[JobLine(job=job, over=_over(job)) for job in scoring_jobs(scorer)],
        is_runnable=is_runnable(scorer),
    )


def _keys(checks: Sequence[FrozenCheck], parts: Sequence[tuple[str, Scorer]]) -> dict[str, int]:
    found = {criterion: part.pk for criterion, part in parts}
    return {each.criterion: found.get(each.criterion, 0) for each in checks}


def _counts(scorers: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    rows = Score.objects.filter(scorer_id__in=scorers).values_list("scorer_id")
    counted = rows.annotate(scored=Count("id"), failing=Count("id", filter=Q(value__lt=HOLDS)))
    return {scorer: (scored, failing) for scorer, scored, failing in counted.order_by("scorer_id")}


def _line(name: str, checks: Sequence[FrozenCheck], counts: tuple[int, int]) -> CriterionLine:
    return CriterionLine(name=name, checks=checks, scored=counts[0], failing=counts[1])


def _over(job: Job) -> str:
    try:
        return scope_words(job.project, ScoringScope.from_json(job.arguments["scope"]))
    except HarkenError:
        return _("something that is gone")
