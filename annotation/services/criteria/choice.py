"""Choosing assertions by people's thumbs, and publishing what was chosen as a frozen scorer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.domain.criteria.alignment import Selection, SelectionProblem, describe_selection
from annotation.domain.criteria.choosing import ChoiceRule, choose
from annotation.models import Assertion, CriteriaSet
from annotation.queries.criteria.assertions import Results, current_assertions, results_of
from annotation.queries.criteria.grades import Thumb, standing_thumbs
from annotation.queries.criteria.report import problem_of
from curation.domain.corpus.hashing import canonical_json
from curation.domain.errors import HarkenError
from curation.domain.scoring.check_sets import VALUE_RULE
from curation.models import Scorer, User
from curation.services.corpus.preferences import publish_scorer
from curation.services.scoring.publishing import publish_verdicts
from curation.services.work.audit import record_event


@transaction.atomic
def choose_assertions(
    *, criteria_set: CriteriaSet, rule: ChoiceRule | None = None, actor: User | None = None
) -> Selection:
    """Choose by a rule and publish the choice; without one, by each criterion's own tolerance. Raises HarkenError."""
    asked = rule or ChoiceRule()
    assertions, problem = _held_problem(criteria_set)
    selection = choose(problem, rule=with_own_tolerances(asked, assertions))
    details: dict[str, Any] = {"method": asked.method, "is_proven": selection.is_proven}
    if selection.gap:
        details["at_best"] = {selection.gap.aim: selection.gap.bound}
    if asked.method in ("fewest", "widest"):
        details["max_ffr"] = asked.max_ffr
    if asked.method == "fewest":
        details["min_coverage"] = asked.min_coverage
    _keep(criteria_set, assertions, selection=selection, actor=actor, details=details)
    return selection


@transaction.atomic
def choose_by_hand(
    *, criteria_set: CriteriaSet, chosen: Collection[UUID], actor: User | None = None
) -> Selection:
    """Choose just these assertions and publish the choice; raises HarkenError where one is no longer there."""
    assertions, problem = _held_problem(criteria_set)
    wanted = {str(uuid) for uuid in chosen}
    if strangers := wanted - {str(own.uuid) for own in assertions}:
        raise HarkenError(
            _("%(n)d of the chosen assertions is no longer in the set. Reload the page.")
            % {"n": len(strangers)}
        )
    selection = describe_selection(
        problem, selected=[str(own.uuid) for own in assertions if str(own.uuid) in wanted]
    )
    _keep(criteria_set, assertions, selection=selection, actor=actor, details={"method": "by hand"})
    return selection


def with_own_tolerances(rule: ChoiceRule, assertions: Sequence[Assertion]) -> ChoiceRule:
    """Return the rule with the tolerance of each criterion."""
    tolerances = {str(own.criterion.key): own.criterion.max_false_failure_rate for own in assertions}
    return replace(rule, tolerances=tolerances)


def _held_problem(criteria_set: CriteriaSet) -> tuple[list[Assertion], SelectionProblem]:
    """Lock the assertions and return them with what they and people said."""
    assertions = list(current_assertions(criteria_set).select_for_update(of=("self",)))
    thumbs, results = standing_thumbs(criteria_set), results_of(criteria_set)
    _refuse_nothing_to_go_by(assertions, graded=thumbs.overall, results=results)
    return assertions, problem_of(assertions, grades=thumbs.overall, results=results)


def _refuse_nothing_to_go_by(
    assertions: Sequence[Assertion], *, graded: Mapping[int, Thumb], results: Results
) -> None:
    if not assertions:
        raise HarkenError(_("This set has no assertion yet, so there is nothing to choose."))
    if not graded:
        raise HarkenError(_("Nobody has graded an output yet. Grade about twenty, then choose."))
    if any(own.pk not in results.get(response, {}) for own in assertions for response in graded):
        raise HarkenError(_("Some assertions were not run over every graded output. Run them, then choose."))


def _keep(
    criteria_set: CriteriaSet,
    assertions: Sequence[Assertion],
    *,
    selection: Selection,
    actor: User | None,
    details: Mapping[str, Any],
) -> None:
    """Mark what was chosen, record who chose it how, and publish it."""
    for assertion in assertions:
        assertion.is_selected = str(assertion.uuid) in selection.selected
    Assertion.objects.bulk_update(assertions, ["is_selected"])
    record_event(
        action="assertions.chosen",
        project=criteria_set.project,
        actor=actor,
        target=criteria_set,
        details={
            "selected": list(selection.selected),
            "graded": selection.together.bad + selection.together.good,
            "coverage": selection.coverage,
            "false_failure_rate": selection.false_failure_rate,
            **details,
        },
    )
    publish_chosen_assertions(criteria_set=criteria_set)


@transaction.atomic
def publish_chosen_assertions(*, criteria_set: CriteriaSet) -> int:
    """Publish the chosen assertions as a frozen scorer, and the scores of the responses that all of them ran over.

    An assertion that skips a response does not fail it, as in the figures that the choice was made by.
    """
    chosen = [assertion for assertion in current_assertions(criteria_set) if assertion.is_selected]
    if not chosen:
        return 0
    keys = [assertion.pk for assertion in chosen]
    verdicts = {
        response: [said[key] for key in keys]
        for response, said in results_of(criteria_set).items()
        if said.keys() >= set(keys)
    }
    return publish_verdicts(scorer=_published(criteria_set, chosen), verdicts=verdicts)


def published_scorer(criteria_set: CriteriaSet) -> Scorer | None:
    """Return the scorer of the choice that stands, or None where nothing is chosen."""
    chosen = [assertion for assertion in current_assertions(criteria_set) if assertion.is_selected]
    return _newest(criteria_set) if chosen else None


def _published(criteria_set: CriteriaSet, chosen: Sequence[Assertion]) -> Scorer:
    """Return the choice's scorer; one that was chosen before, and others since, is published as a newer version.

    Recipes that name no version mean the newest, so the choice that stands has to be it.
    """
    specification = _specification(criteria_set, chosen)
    digest = sha256(canonical_json(specification)).hexdigest()[:12]
    newest = _newest(criteria_set)
    if newest is not None and newest.version.partition(".")[0] == digest:
        return newest
    scorers = Scorer.objects.for_project(criteria_set.project).filter(name=scorer_name(criteria_set))
    again = scorers.filter(version__startswith=digest).count()
    return publish_scorer(
        project=criteria_set.project,
        name=scorer_name(criteria_set),
        version=f"{digest}.{again + 1}" if again else digest,
        kind=Scorer.Kind.CHECKS,
        specification=specification,
    )


def _newest(criteria_set: CriteriaSet) -> Scorer | None:
    scorers = Scorer.objects.for_project(criteria_set.project).filter(name=scorer_name(criteria_set))
    return scorers.select_related("project").order_by("-id").first()


def scorer_name(criteria_set: CriteriaSet) -> str:
    """Return the name under which a set's choices are published."""
    return f"criteria: {criteria_set.name}"[:120]


def _specification(criteria_set: CriteriaSet, chosen: Sequence[Assertion]) -> dict[str, Any]:
    """Return all that is needed to run the choice again without this app."""
    return {
        "criteria_set": str(criteria_set.uuid),
        "value": VALUE_RULE,
        "assertions": [_entry(assertion) for assertion in chosen],
    }


def _entry(assertion: Assertion) -> dict[str, Any]:
    # A user's or a grader's own sentence must not outlive its withdrawal in what is frozen.
    is_quoted = assertion.criterion.quoted_response_id is not None
    entry = {
        "name": assertion.name,
        "criterion": "" if is_quoted else assertion.criterion.text,
        "criterion_name": "in a user's words" if is_quoted else assertion.criterion.name,
        "criterion_key": str(assertion.criterion.key),
        "wording_version": assertion.criterion.version,
        "kind": assertion.kind,
        "check": assertion.check_name,
        "parameters": assertion.parameters,
        "source": assertion.source,
    }
    if assertion.kind == Assertion.Kind.JUDGE:
        entry |= {
            "prompt_version": assertion.prompt_version,
            "endpoint": assertion.endpoint.name if assertion.endpoint else "",
            "model": assertion.endpoint.model if assertion.endpoint else "",
        }
    return entry
