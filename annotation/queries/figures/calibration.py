"""A scorer of a project against people: what it claims of two answers, and what people chose."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from annotation.domain.calibration.report import Claim, calibrate, calibrate_groups, claims_of_margins
from annotation.domain.calibration.temperature import Scaling, try_temperature
from annotation.domain.figures import Undefined
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.figures.scorer_chances import CONFIDENCE
from annotation.queries.ranking.compared_models import standing_comparisons
from annotation.queries.ranking.stored_preferences import PreferenceRow, preference_rows
from curation.models import PreferencePair, Project, Score, Scorer
from curation.queries.corpus.preferences import PEOPLE

# Verdicts that are held against claims while somebody waits.
AT_ONCE = 3_000
MOST_CLAIMS = 200_000
BINS = 10
SCORES_AT_ONCE = 10_000
# A verdict as the share of it that speaks for the first of the two.
_SHARES = {"a": 1.0, "b": 0.0, "tie": 0.5, "both_bad": 0.5}


def size(project: Project, question: Question) -> int:
    """Return how many verdicts of people would be read."""
    people = standing_comparisons(project).filter(source__in=PEOPLE).order_by()
    return people[: AT_ONCE + 1].count()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the calibration of all claims and of each group's, and what a temperature would mend."""
    report(0, None)
    claims = claims_of(project, question)
    found = calibrate(claims, bins=BINS)
    if isinstance(found, Undefined):
        return {"calibration": None, "reason": found.reason, "groups": {}}
    groups = calibrate_groups(claims, bins=BINS)
    return {
        "calibration": found.as_json(),
        "groups": {name: each.as_json() for name, each in groups.items()} if len(groups) > 1 else {},
        "temperature": _scaling(try_temperature(claims)),
    }


def claims_of(project: Project, question: Question) -> list[Claim]:
    """Return what a scorer claims of the answers that people chose between."""
    by, name = question.get("by", "queue"), question.get("scorer") or CONFIDENCE
    if name == CONFIDENCE:
        return _of_pairs(project, values={}, by=by, pairs=_mined(project))
    scorer = Scorer.objects.for_project(project).filter(uuid=name).first()
    if scorer is None:
        return []
    values: dict[int | None, float] = dict(
        Score.objects.filter(scorer=scorer, pair__isnull=False).values_list("pair_id", "value")[:MOST_CLAIMS]
    )
    if values:
        return _of_pairs(project, values=values, by=by, pairs=None)
    return _of_answers(project, scorer=scorer, by=by)


def _mined(project: Project) -> Any:
    return PreferencePair.objects.for_project(project).filter(origin=PreferencePair.Origin.MINED)


def _of_pairs(project: Project, *, values: dict[int | None, float], by: str, pairs: Any) -> list[Claim]:
    """Return the claim that chosen is better, of pairs with a value; of mined pairs their own confidence."""
    said = standing_comparisons(project).filter(source__in=PEOPLE, pair__isnull=False)
    said = said.filter(pair__in=pairs) if pairs is not None else said
    fields = ("pair_id", "pair__confidence", "pair__chosen_id", "response_a_id", "outcome")
    groups = ("pair__recipe", "annotator_pseudonym", "source_name")
    claims = []
    for pair, confidence, chosen, a, outcome, *named in said.values_list(*fields, *groups)[:MOST_CLAIMS]:
        value = values.get(pair) if values else confidence
        if value is not None and 0 <= value <= 1:
            share = _SHARES[outcome] if a == chosen else 1 - _SHARES[outcome]
            group = dict(zip(("recipe", "person", "queue"), named, strict=True)).get(by, "")
            claims.append(Claim(probability=value, outcome=share, group=group or ""))
    return claims


def _of_answers(project: Project, *, scorer: Scorer, by: str) -> list[Claim]:
    """Return σ(score of one − score of the other) of every two answers that people chose between."""
    rows = [
        row
        for row in preference_rows(
            project, by=by if by in ("person", "queue") else "queue", limit=MOST_CLAIMS
        )
        if row.source in PEOPLE
    ]
    values = _values_of(scorer, rows)
    known = [row for row in rows if row.chosen in values and row.rejected in values]
    claims = claims_of_margins([values[row.chosen] - values[row.rejected] for row in known])
    return [replace(claim, group=row.group) for claim, row in zip(claims, known, strict=True)]


def _values_of(scorer: Scorer, rows: Sequence[PreferenceRow]) -> dict[int, float]:
    wanted = list({side for row in rows for side in (row.chosen, row.rejected)})
    found: dict[int, float] = {}
    for start in range(0, len(wanted), SCORES_AT_ONCE):
        scores = Score.objects.filter(scorer=scorer, response__in=wanted[start : start + SCORES_AT_ONCE])
        found.update((response or 0, value) for response, value in scores.values_list("response_id", "value"))
    return found


def _scaling(found: Scaling | Undefined) -> dict[str, Any]:
    if isinstance(found, Undefined):
        return {"undefined": found.reason}
    return {"temperature": found.temperature, "before": found.before.ece, "after": found.after.ece}
