"""Choosing assertions by people's thumbs, and publishing what was chosen as a frozen scorer."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.domain.criteria.alignment import Selection, select_by_threshold
from annotation.models import Assertion, CriteriaSet
from annotation.queries.criteria.assertions import current_assertions, current_criteria, results_of
from annotation.queries.criteria.grades import standing_thumbs
from annotation.queries.criteria.report import problem_of
from curation.domain.corpus.hashing import canonical_json
from curation.domain.errors import HarkenError
from curation.models import Scorer, User
from curation.services.corpus.preferences import publish_scorer, publish_scores
from curation.services.work.audit import record_event


@transaction.atomic
def choose_assertions(*, criteria_set: CriteriaSet, actor: User | None = None) -> Selection:
    """Choose one assertion per criterion within the criterion's own tolerance, and publish the choice."""
    assertions = list(current_assertions(criteria_set).select_for_update(of=("self",)))
    thumbs, results = standing_thumbs(criteria_set), results_of(criteria_set)
    _refuse_nothing_to_go_by(assertions, graded=thumbs.overall, results=results)
    selection = select_by_threshold(
        problem_of(assertions, grades=thumbs.overall, results=results),
        max_ffr={
            str(criterion.key): criterion.max_false_failure_rate
            for criterion in current_criteria(criteria_set)
        },
    )
    for assertion in assertions:
        assertion.is_selected = str(assertion.uuid) in selection.selected
    Assertion.objects.bulk_update(assertions, ["is_selected"])
    record_event(
        action="assertions.chosen",
        project=criteria_set.project,
        actor=actor,
        target=criteria_set,
        details={"selected": list(selection.selected), "graded": len(thumbs.overall)},
    )
    publish_chosen_assertions(criteria_set=criteria_set)
    return selection


def _refuse_nothing_to_go_by(
    assertions: Sequence[Assertion],
    *,
    graded: Mapping[int, Any],
    results: Mapping[int, Mapping[int, bool | None]],
) -> None:
    if not assertions:
        raise HarkenError(_("This set has no assertion yet, so there is nothing to choose."))
    if not graded:
        raise HarkenError(_("Nobody has graded an output yet. Grade about twenty, then choose."))
    if any(own.pk not in results.get(response, {}) for own in assertions for response in graded):
        raise HarkenError(_("Some assertions were not run over every graded output. Run them, then choose."))


@transaction.atomic
def publish_chosen_assertions(*, criteria_set: CriteriaSet) -> int:
    """Publish the chosen assertions as a scorer, and each response's score: the share of them that it passes.

    What an assertion skips does not count; a response that all of them skip gets no score.
    """
    chosen = [assertion for assertion in current_assertions(criteria_set) if assertion.is_selected]
    if not chosen:
        return 0
    specification = _specification(criteria_set, chosen)
    scorer = publish_scorer(
        project=criteria_set.project,
        name=f"criteria: {criteria_set.name}"[:120],
        version=sha256(canonical_json(specification)).hexdigest()[:12],
        kind=Scorer.Kind.CHECKS,
        specification=specification,
    )
    shares = {
        response: _share([own.get(assertion.pk) for assertion in chosen])
        for response, own in results_of(criteria_set).items()
    }
    values = {response: share for response, share in shares.items() if share is not None}
    return publish_scores(scorer=scorer, target="response", values=values)


def _share(verdicts: Sequence[bool | None]) -> float | None:
    decided = [verdict for verdict in verdicts if verdict is not None]
    return sum(decided) / len(decided) if decided else None


def _specification(criteria_set: CriteriaSet, chosen: Sequence[Assertion]) -> dict[str, Any]:
    """Return all that is needed to run the choice again without this app."""
    return {
        "criteria_set": str(criteria_set.uuid),
        "value": "share of assertions passed; skipped ones do not count",
        "assertions": [
            {
                "name": assertion.name,
                "criterion": assertion.criterion.text,
                "wording_version": assertion.criterion.version,
                "kind": assertion.kind,
                "check": assertion.check_name,
                "parameters": assertion.parameters,
                "source": assertion.source,
            }
            for assertion in chosen
        ],
    }
