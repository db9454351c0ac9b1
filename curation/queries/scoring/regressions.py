"""Two models' answers of a response set, compared by a frozen measure, criterion by criterion."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.scoring.check_sets import HOLDS
from curation.domain.scoring.regression import Regression, compare_failures
from curation.models import ModelVersion, ResponseSet, ResponseSetEntry, Scorer
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot
from curation.queries.scoring.measures import part_scorers, values_by_response

# Failing answers of one model, by prompt.
Failures = dict[int, list[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRegression:
    """How the newer model does by one criterion, or by all together (`criterion` "")."""

    criterion: str
    found: Regression
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionReport:
    """A newer model beside an older one; `unscored` answers of theirs the measure has not read."""

    before: ModelVersion
    after: ModelVersion
    scorer: Scorer
    tolerated: float
    lines: Sequence[CriterionRegression]
    unscored: int

    @property
    def is_worse(self) -> bool:
        """Whether the newer model fails something more often than is tolerated, beyond chance."""
        return any(line.verdict == "worse" for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """Return the report as its command prints it."""
        return {
            "measure": str(self.scorer),
            "before": self.before.name,
            "after": self.after.name,
            "tolerated": self.tolerated,
            "unscored": self.unscored,
            "is_worse": self.is_worse,
            "criteria": [
                {"criterion": line.criterion, "verdict": line.verdict, **line.found.as_json()}
                for line in self.lines
            ],
        }


def compare_models(
    response_set: ResponseSet,
    *,
    scorer: Scorer,
    before: ModelVersion,
    after: ModelVersion,
    tolerated: float = 0.0,
) -> RegressionReport:
    """Compare the standing answers of two models in a set: in all, and by criterion where the measure has several.

    Three queries.
    """
    answers = _answers(response_set, models=(before.pk, after.pk))
    parts = part_scorers(scorer)
    measures = [("", scorer), *(part for part in parts if part[1] != scorer)]
    values = values_by_response(
        {measure.pk for _criterion, measure in measures}, [answer for _model, _prompt, answer in answers]
    )
    lines = []
    for criterion, measure in measures:
        own = _failures(answers, values=values, scorer=measure.pk)
        found = compare_failures(own[before.pk], own[after.pk])
        lines.append(
            CriterionRegression(criterion=criterion, found=found, verdict=found.verdict(tolerated=tolerated))
        )
    return RegressionReport(
        before=before,
        after=after,
        scorer=scorer,
        tolerated=tolerated,
        lines=lines,
        unscored=sum((scorer.pk, answer) not in values for _model, _prompt, answer in answers),
    )


def regression_chart(report: RegressionReport) -> DrawnChart | None:
    """Draw the differences with their intervals, beside the line of what is tolerated."""
    estimates = [
        Estimated(
            name=line.criterion or _("all together"),
            value=100 * line.found.difference,
            interval=None if line.found.interval is None else _percent(line.found.interval),
            count=line.found.prompts,
        )
        for line in report.lines
        if line.found.difference is not None
    ]
    title = _("How much more often {after} fails than {before}").format(
        after=report.after.name, before=report.before.name
    )
    return forest_plot(estimates, title=title, axis=_("percentage points"), reference=100 * report.tolerated)


def _percent(interval: Any) -> Any:
    return type(interval)(100 * interval.low, 100 * interval.high)


def _answers(response_set: ResponseSet, *, models: tuple[int, int]) -> list[tuple[int, int, int]]:
    rows = ResponseSetEntry.objects.filter(
        response_set=response_set,
        model_version__in=models,
        response__isnull=False,
        prompt__conversation__withdrawn_at__isnull=True,
    )
    return [
        (model, prompt, answer or 0)
        for model, prompt, answer in rows.values_list("model_version_id", "prompt_id", "response_id")
    ]


def _failures(
    answers: Sequence[tuple[int, int, int]], *, values: Mapping[tuple[int, int], float], scorer: int
) -> Mapping[int, Failures]:
    """Return model → prompt → whether each scored answer failed."""
    failures: dict[int, Failures] = defaultdict(lambda: defaultdict(list))
    for model, prompt, answer in answers:
        value = values.get((scorer, answer))
        if value is not None:
            failures[model][prompt].append(value < HOLDS)
    return failures
