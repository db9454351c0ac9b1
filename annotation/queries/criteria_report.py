"""How well a set's assertions agree with people's thumbs: the figures of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.domain.alignment import (
    AssertionKey,
    Confusion,
    SelectionProblem,
    measure_assertions,
    measure_set,
    selection_problem,
)
from annotation.models import Assertion, CriteriaSet, Criterion
from annotation.queries.assertions import (
    Results,
    current_assertions,
    current_criteria,
    results_of,
    skip_reasons,
)
from annotation.queries.criteria_grades import GRADES_BEFORE_CHOOSING, Thumb, Thumbs, standing_thumbs
from curation.models import Response
from curation.queries.texts import response_texts

EXAMPLES = 3
EXCERPT_CHARACTERS = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingExample:
    """An output that an assertion fails, with the overall thumb where somebody gave one."""

    response_uuid: UUID
    excerpt: str
    is_good: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionReport:
    """One assertion against the overall thumbs, and what it said in all."""

    assertion: Assertion
    figures: Confusion
    results: int
    failed: int
    skipped: int
    skip_reasons: Sequence[tuple[str, int]]
    not_run: int
    examples: Sequence[FailingExample]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionReport:
    """One criterion with its assertions; `older_wording` counts thumbs given under words that were replaced."""

    criterion: Criterion
    assertions: Sequence[AssertionReport]
    thumbs_up: int
    thumbs_down: int
    older_wording: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReport:
    """A whole set: its criteria, and how the chosen assertions do together."""

    criteria: Sequence[CriterionReport]
    together: Confusion
    chosen: int
    assertions: int
    graded: int
    good: int
    bad: int

    @property
    def grades_wanted(self) -> int:
        """How many more outputs people should look at before they choose."""
        return max(0, GRADES_BEFORE_CHOOSING - self.graded)

    @property
    def undefined(self) -> list[str]:
        """Why coverage, false failure rate or alignment have no value, each reason once."""
        reasons = self.together.undefined
        figures = ("coverage", "false_failure_rate", "alignment")
        return list(dict.fromkeys(reasons[figure] for figure in figures if figure in reasons))

    @property
    def not_run(self) -> int:
        """How many results over graded outputs are missing."""
        return sum(own.not_run for criterion in self.criteria for own in criterion.assertions)


def problem_of(assertions: Sequence[Assertion], *, thumbs: Thumbs, results: Results) -> SelectionProblem:
    """Return the set as the domain's problem: a row for each graded output; what was not run counts as skipped."""
    graded = sorted(thumbs.overall)
    return selection_problem(
        [AssertionKey(id=str(own.uuid), criterion=str(own.criterion.key)) for own in assertions],
        results=[[results.get(response, {}).get(own.pk) for own in assertions] for response in graded],
        grades=[bool(thumbs.overall[response].is_good) for response in graded],
    )


def set_report(criteria_set: CriteriaSet) -> SetReport:
    """Return the figures of a set's page; seven queries, or eight where an assertion fails an output."""
    criteria, assertions = list(current_criteria(criteria_set)), list(current_assertions(criteria_set))
    thumbs, results = standing_thumbs(criteria_set), results_of(criteria_set)
    problem = problem_of(assertions, thumbs=thumbs, results=results)
    chosen = [str(own.uuid) for own in assertions if own.is_selected]
    reports = _assertion_reports(criteria_set, assertions, problem=problem, thumbs=thumbs, results=results)
    bad = int(problem.is_bad.sum())
    return SetReport(
        criteria=[_criterion_report(criterion, reports=reports, thumbs=thumbs) for criterion in criteria],
        together=measure_set(problem, selected=chosen),
        chosen=len(chosen),
        assertions=len(assertions),
        graded=len(thumbs.overall),
        good=len(thumbs.overall) - bad,
        bad=bad,
    )


def older_wording_responses(criterion: Criterion, *, thumbs: Thumbs) -> list[int]:
    """Return the outputs whose thumb on this criterion was given under an older wording."""
    given = thumbs.of_criterion(criterion.key)
    return sorted(response for response, thumb in given.items() if thumb.wording_version != criterion.version)


def _criterion_report(
    criterion: Criterion, *, reports: Sequence[AssertionReport], thumbs: Thumbs
) -> CriterionReport:
    given: Mapping[int, Thumb] = thumbs.of_criterion(criterion.key)
    thumbs_up = sum(bool(thumb.is_good) for thumb in given.values())
    return CriterionReport(
        criterion=criterion,
        assertions=[report for report in reports if report.assertion.criterion_id == criterion.pk],
        thumbs_up=thumbs_up,
        thumbs_down=len(given) - thumbs_up,
        older_wording=len(older_wording_responses(criterion, thumbs=thumbs)),
    )


def _assertion_reports(
    criteria_set: CriteriaSet,
    assertions: Sequence[Assertion],
    *,
    problem: SelectionProblem,
    thumbs: Thumbs,
    results: Results,
) -> list[AssertionReport]:
    failing = {own.pk: _failing(own, thumbs=thumbs, results=results)[:EXAMPLES] for own in assertions}
    excerpts = _excerpts({response for responses in failing.values() for response in responses})
    reasons = skip_reasons(criteria_set)
    return [
        _assertion_report(
            own,
            figures=figures,
            results=results,
            reasons=reasons.get(own.pk, []),
            not_run=sum(own.pk not in results.get(response, {}) for response in thumbs.overall),
            examples=[
                FailingExample(
                    response_uuid=excerpts[response][0],
                    excerpt=excerpts[response][1],
                    is_good=thumbs.overall[response].is_good if response in thumbs.overall else None,
                )
                for response in failing[own.pk]
            ],
        )
        for own, figures in zip(assertions, measure_assertions(problem), strict=True)
    ]


def _assertion_report(
    assertion: Assertion,
    *,
    figures: Confusion,
    results: Results,
    reasons: Sequence[tuple[str, int]],
    not_run: int,
    examples: Sequence[FailingExample],
) -> AssertionReport:
    said = [own[assertion.pk] for own in results.values() if assertion.pk in own]
    return AssertionReport(
        assertion=assertion,
        figures=figures,
        results=len(said),
        failed=said.count(False),
        skipped=said.count(None),
        skip_reasons=reasons,
        not_run=not_run,
        examples=examples,
    )


def _failing(assertion: Assertion, *, thumbs: Thumbs, results: Results) -> list[int]:
    """Return the outputs that an assertion fails: first those called good, then bad, then ungraded ones."""
    order = {True: 0, False: 1, None: 2}
    failed = [response for response, own in results.items() if own.get(assertion.pk) is False]
    return sorted(
        failed,
        key=lambda response: (
            order[thumbs.overall[response].is_good if response in thumbs.overall else None],
            -response,
        ),
    )


def _excerpts(response_ids: set[int]) -> dict[int, tuple[UUID, str]]:
    if not response_ids:
        return {}
    texts = response_texts(response_ids)
    uuids = Response.objects.filter(pk__in=response_ids).values_list("id", "uuid")
    return {response: (uuid, _cut(texts[response])) for response, uuid in uuids}


def _cut(text: str) -> str:
    return text if len(text) <= EXCERPT_CHARACTERS else text[:EXCERPT_CHARACTERS].rstrip() + " …"
