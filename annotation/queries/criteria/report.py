"""How well a set's assertions agree with people's thumbs: the figures of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.domain.criteria.alignment import (
    AssertionKey,
    Confusion,
    SelectionProblem,
    measure_assertions,
    measure_set,
    selection_problem,
)
from annotation.models import Assertion, CriteriaSet, Criterion
from annotation.queries.criteria.assertions import (
    Results,
    current_assertions,
    current_criteria,
    results_of,
    skip_reasons,
)
from annotation.queries.criteria.grades import Thumb, Thumbs, grades_wanted, standing_thumbs
from curation.domain.versions.intervals import Interval, wilson_interval
from curation.models import Response
from curation.queries.corpus.texts import response_texts

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
    """One assertion against the overall thumbs, against its criterion's own, and what it said in all."""

    assertion: Assertion
    figures: Confusion
    own_figures: Confusion | None
    results: int
    failed: int
    skipped: int
    skip_reasons: Sequence[tuple[str, int]]
    not_run: int
    examples: Sequence[FailingExample]

    @property
    def is_beyond_tolerance(self) -> bool:
        """Whether it fails more of the good outputs than its criterion tolerates."""
        share = self.figures.false_failure_rate
        return share is not None and share > self.assertion.criterion.max_false_failure_rate


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
        return grades_wanted(self.graded)

    @property
    def coverage_interval(self) -> Interval | None:
        """Wilson's 95 % interval of the set's coverage."""
        return wilson_interval(self.together.true_fail, self.together.bad)

    @property
    def false_failure_interval(self) -> Interval | None:
        """Wilson's 95 % interval of the set's false failure rate."""
        return wilson_interval(self.together.false_fail, self.together.good)

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


def problem_of(
    assertions: Sequence[Assertion], *, grades: Mapping[int, Thumb], results: Results
) -> SelectionProblem:
    """Return the domain's problem: a row for each graded output; what was not run counts as skipped."""
    graded = sorted(grades)
    return selection_problem(
        [AssertionKey(id=str(own.uuid), criterion=str(own.criterion.key)) for own in assertions],
        results=[[results.get(response, {}).get(own.pk) for own in assertions] for response in graded],
        grades=[bool(grades[response].is_good) for response in graded],
    )


def set_report(criteria_set: CriteriaSet) -> SetReport:
    """Return the figures of a set's page; six queries, and two more where an assertion fails an output."""
    criteria, assertions = list(current_criteria(criteria_set)), list(current_assertions(criteria_set))
    facts = _Facts(
        thumbs=standing_thumbs(criteria_set),
        results=results_of(criteria_set),
        skip_reasons=skip_reasons(criteria_set),
    )
    overall = facts.thumbs.overall
    problem = problem_of(assertions, grades=overall, results=facts.results)
    chosen = [str(own.uuid) for own in assertions if own.is_selected]
    bad = int(problem.is_bad.sum())
    figures = dict(zip([own.pk for own in assertions], measure_assertions(problem), strict=True))
    examples = _failing_examples(assertions, facts=facts)
    return SetReport(
        criteria=[
            _criterion_report(
                criterion,
                assertions=[
                    _assertion_report(own, figures=figures[own.pk], examples=examples[own.pk], facts=facts)
                    for own in assertions
                    if own.criterion_id == criterion.pk
                ],
                thumbs=facts.thumbs,
            )
            for criterion in criteria
        ],
        together=measure_set(problem, selected=chosen),
        chosen=len(chosen),
        assertions=len(assertions),
        graded=len(overall),
        good=len(overall) - bad,
        bad=bad,
    )


def older_wording_responses(criterion: Criterion, *, thumbs: Thumbs) -> list[int]:
    """Return the outputs whose thumb on this criterion was given under an older wording."""
    given = thumbs.of_criterion(criterion.key)
    return sorted(response for response, thumb in given.items() if thumb.wording_version != criterion.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What people and assertions said in a set."""

    thumbs: Thumbs
    results: Results
    skip_reasons: Mapping[int, Sequence[tuple[str, int]]]

    def thumb(self, response_id: int) -> bool | None:
        overall = self.thumbs.overall.get(response_id)
        return overall.is_good if overall else None

    def said_by(self, assertion: Assertion) -> dict[int, bool | None]:
        return {response: own[assertion.pk] for response, own in self.results.items() if assertion.pk in own}


def _criterion_report(
    criterion: Criterion, *, assertions: Sequence[AssertionReport], thumbs: Thumbs
) -> CriterionReport:
    given = thumbs.of_criterion(criterion.key)
    thumbs_up = sum(bool(thumb.is_good) for thumb in given.values())
    return CriterionReport(
        criterion=criterion,
        assertions=assertions,
        thumbs_up=thumbs_up,
        thumbs_down=len(given) - thumbs_up,
        older_wording=len(older_wording_responses(criterion, thumbs=thumbs)),
    )


def _assertion_report(
    assertion: Assertion, *, figures: Confusion, examples: Sequence[FailingExample], facts: _Facts
) -> AssertionReport:
    said = facts.said_by(assertion)
    verdicts = list(said.values())
    own_thumbs = facts.thumbs.of_criterion(assertion.criterion.key)
    own_problem = problem_of([assertion], grades=own_thumbs, results=facts.results)
    return AssertionReport(
        assertion=assertion,
        figures=figures,
        own_figures=measure_assertions(own_problem)[0] if own_thumbs else None,
        results=len(said),
        failed=verdicts.count(False),
        skipped=verdicts.count(None),
        skip_reasons=facts.skip_reasons.get(assertion.pk, []),
        not_run=sum(response not in said for response in facts.thumbs.overall),
        examples=examples,
    )


def _failing_examples(assertions: Sequence[Assertion], *, facts: _Facts) -> dict[int, list[FailingExample]]:
    """Return a few failing outputs of each assertion, those that people call good before all others."""
    failing = {own.pk: _failing(own, facts=facts)[:EXAMPLES] for own in assertions}
    excerpts = _excerpts({response for responses in failing.values() for response in responses})
    return {
        assertion: [
            FailingExample(
                response_uuid=excerpts[response][0],
                excerpt=excerpts[response][1],
                is_good=facts.thumb(response),
            )
            for response in responses
        ]
        for assertion, responses in failing.items()
    }


def failing_examples(
    assertions: Sequence[Assertion], *, thumbs: Thumbs, results: Results
) -> dict[int, list[FailingExample]]:
    """Return by assertion a few outputs that it fails, those that people call good first; two queries at most."""
    return _failing_examples(assertions, facts=_Facts(thumbs=thumbs, results=results, skip_reasons={}))


def _failing(assertion: Assertion, *, facts: _Facts) -> list[int]:
    order = {True: 0, False: 1, None: 2}
    failed = [response for response, passed in facts.said_by(assertion).items() if passed is False]
    return sorted(failed, key=lambda response: (order[facts.thumb(response)], -response))


def _excerpts(response_ids: set[int]) -> dict[int, tuple[UUID, str]]:
    if not response_ids:
        return {}
    texts = response_texts(response_ids)
    uuids = Response.objects.filter(pk__in=response_ids).values_list("id", "uuid")
    return {response: (uuid, _cut(texts[response])) for response, uuid in uuids}


def _cut(text: str) -> str:
    return text if len(text) <= EXCERPT_CHARACTERS else text[:EXCERPT_CHARACTERS].rstrip() + " …"
