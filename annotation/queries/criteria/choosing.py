"""What each way of choosing would choose, on the grades it sees and on those it does not, and the trade-off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.domain.criteria.alignment import Aim, Confusion, Selection, SelectionProblem, measure_set
from annotation.domain.criteria.choosing import ChoiceRule, Method, choose, choose_or_nothing, in_haste
from annotation.domain.criteria.holding_out import HeldOut, held_out
from annotation.domain.criteria.integer_program import UnattainableCoverageError
from annotation.domain.criteria.trade_off import TradeOff, trade_off
from annotation.models import Assertion, CriteriaSet
from annotation.queries.criteria.assertions import Results, current_assertions, results_of
from annotation.queries.criteria.grades import Thumbs, standing_thumbs
from annotation.queries.criteria.report import problem_of
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import DrawnChart, TradePoint, trade_off_curve

# A page shall come within seconds, whatever the grades are: each part that is held out gets so much of the time.
SECONDS_PER_CHOICE, SECONDS_PER_PART, SECONDS_OF_CURVE = 0.5, 0.03, 1.5
TITLES: Mapping[Method, Promise] = {
    "threshold": gettext_lazy("One per criterion, within its tolerance"),
    "mcc": gettext_lazy("One per criterion, by MCC"),
    "fewest": gettext_lazy("The fewest that cover enough"),
    "widest": gettext_lazy("The largest coverage, then the fewest"),
    "surest": gettext_lazy("The alignment that few grades can vouch for"),
}
# What is proved of the best choice where time ran out, by the aim whose proof is missing.
GAPS: Mapping[Aim, Promise] = {
    "most_caught": gettext_lazy(
        "Time ran out: it is proved only that no choice covers more than %(percent)s."
    ),
    "fewest_chosen": gettext_lazy("Time ran out: it is proved only that it takes at least %(n)s."),
    "fewest_wronged": gettext_lazy(
        "Time ran out: no choice covers more with fewer, but as many with fewer false failures are not ruled out"
        " (at least %(percent)s)."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOfChoosing:
    """One way: what it chooses and how that does; `refusal` says why it chooses nothing."""

    method: Method
    selection: Selection | None
    refusal: str
    honest: HeldOut
    interval: Interval | None
    is_standing: bool

    @property
    def gap(self) -> str:
        """What is proved where time ran out before the proof that no choice is better; empty where it did not."""
        found = self.selection
        if found is None or found.is_proven is not False:
            return ""
        if found.gap is None:
            return _("Not proved to be the best in the time given.")
        return str(GAPS[found.gap.aim]) % {
            "n": f"{found.gap.bound:.0f}",
            "percent": f"{100 * found.gap.bound:.0f} %",
        }

    @property
    def title(self) -> str | Promise:
        """What people call it."""
        return TITLES[self.method]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All ways side by side, with the curve of what tolerating more buys."""

    ways: Sequence[WayOfChoosing]
    curve: TradeOff
    chart: DrawnChart | None
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedProblem:
    """A set's assertions with what they and people said, over the graded outputs."""

    assertions: Sequence[Assertion]
    problem: SelectionProblem
    thumbs: Thumbs
    results: Results

    @property
    def chosen(self) -> list[str]:
        """The ids of what is chosen now."""
        return [str(own.uuid) for own in self.assertions if own.is_selected]

    @property
    def tolerances(self) -> dict[str, float]:
        """The tolerance of each criterion."""
        return {str(own.criterion.key): own.criterion.max_false_failure_rate for own in self.assertions}


def graded_problem(criteria_set: CriteriaSet) -> GradedProblem:
    """Return what choosing goes by; three queries."""
    assertions = list(current_assertions(criteria_set))
    thumbs, results = standing_thumbs(criteria_set), results_of(criteria_set)
    problem = problem_of(assertions, grades=thumbs.overall, results=results)
    return GradedProblem(assertions=assertions, problem=problem, thumbs=thumbs, results=results)


def choices_of(graded: GradedProblem, *, max_ffr: float, min_coverage: float) -> Choices:
    """Return what each way would choose; nothing where nothing is graded or there is no assertion."""
    if not graded.assertions or not len(graded.problem.is_bad):
        return Choices(ways=[], curve=TradeOff(points=(), is_proven=True), chart=None, parts=0)
    rules = [
        ChoiceRule(
            method=method,
            max_ffr=max_ffr,
            min_coverage=min_coverage,
            tolerances=graded.tolerances,
            seconds=SECONDS_PER_CHOICE,
        )
        for method in TITLES
    ]
    ways = [_way(graded, rule) for rule in rules]
    curve = trade_off(graded.problem, seconds=SECONDS_OF_CURVE)
    return Choices(
        ways=ways,
        curve=curve,
        chart=_chart(graded, curve),
        parts=max((way.honest.parts for way in ways), default=0),
    )


def _way(graded: GradedProblem, rule: ChoiceRule) -> WayOfChoosing:
    selection, refusal = _chosen(graded.problem, rule)
    hasty = in_haste(rule, seconds=SECONDS_PER_PART)
    honest = held_out(graded.problem, choose=lambda part: choose_or_nothing(part, rule=hasty).selected)
    return WayOfChoosing(
        method=rule.method,
        selection=selection,
        refusal=refusal,
        honest=honest,
        interval=honest.together.alignment_interval,
        is_standing=selection is not None
        and bool(graded.chosen)
        and set(selection.selected) == set(graded.chosen),
    )


def _chosen(problem: SelectionProblem, rule: ChoiceRule) -> tuple[Selection | None, str]:
    if rule.method == "fewest" and not problem.is_bad.any():
        return None, _("No graded output is bad, so no coverage can be asked for.")
    try:
        return choose(problem, rule=rule), ""
    except UnattainableCoverageError as error:
        return None, str(error)


def _chart(graded: GradedProblem, curve: TradeOff) -> DrawnChart | None:
    chosen = graded.chosen
    together = measure_set(graded.problem, selected=chosen)
    return trade_off_curve(
        [_point(point.together, size=len(point.selected)) for point in curve.points],
        title=_("What tolerating more false failures buys"),
        axes=(_("false failure rate"), _("coverage")),
        standing=_point(together, size=len(chosen)) if chosen and together.coverage is not None else None,
    )


def _point(together: Confusion, *, size: int) -> TradePoint:
    return TradePoint(x=together.false_failure_rate or 0.0, y=together.coverage or 0.0, size=size)
