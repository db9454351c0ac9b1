"""Judges on probation: what each validation says, and what it earns under the project's thresholds as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404

from annotation.domain.judges.gates import Gate, Thresholds, labelling_gate, ranking_gate, scoring_gate
from annotation.models import JudgeThresholds, JudgeValidation
from curation.models import JudgedPair, JudgeRun, Project
from language_models.judges import JUDGES, version_with

SHOWN_VALIDATIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OnProbation:
    """A validation with what it earns; the gates are None until its run has ended.

    `scoring` stays None where the judge scores no single answers, or people rated none that it scored.
    `is_newest` where no later validation of the same judge, words and models has ended; `is_current` where the judge
    still asks with the words that were validated.
    """

    validation: JudgeValidation
    labelling: Gate | None
    ranking: Gate | None
    scoring: Gate | None
    is_newest: bool
    is_current: bool

    @property
    def run(self) -> JudgeRun:
        """The run that was reported."""
        return self.validation.run

    @property
    def title(self) -> str:
        """The judge's name for people."""
        return JUDGES.load(self.run.judge).title if self.run.judge in JUDGES else self.run.judge

    @property
    def models(self) -> list[str]:
        """The models that were asked."""
        return [each["model"] for each in self.run.configuration.get("asked", [])]

    @property
    def report(self) -> Mapping[str, Any]:
        """What is kept of the report."""
        report: Mapping[str, Any] = self.validation.report
        return report

    @property
    def may_label(self) -> bool:
        """Whether this judge has earned that its verdicts become labels."""
        return self.labelling is not None and self.labelling.is_passed and self.is_newest and self.is_current

    @property
    def may_rank(self) -> bool:
        """Whether this judge has earned that its verdicts rank models."""
        return self.ranking is not None and self.ranking.is_passed and self.is_newest and self.is_current

    @property
    def may_score(self) -> bool:
        """Whether this judge has earned that its scores of single answers are published."""
        return self.scoring is not None and self.scoring.is_passed and self.is_newest and self.is_current


def thresholds_of(project: Project) -> Thresholds:
    """Return what the project asks of its judges; the usual where it never said."""
    row = JudgeThresholds.objects.for_project(project).first()
    if row is None:
        return Thresholds()
    names = ("kappa", "pi", "pairs", "dummies", "rank", "systems")
    return Thresholds(**{name: getattr(row, name) for name in names})


def thresholds_row(project: Project) -> JudgeThresholds:
    """Return the row of a project's thresholds, a new one where there is none."""
    return JudgeThresholds.objects.for_project(project).first() or JudgeThresholds(project=project)


def judges_on_probation(project: Project) -> list[OnProbation]:
    """Return the newest validations with what they earn, newest first."""
    rows = _validations(project).order_by("-id")[:SHOWN_VALIDATIONS]
    thresholds, newest = thresholds_of(project), set[str]()
    found = []
    for row in rows:
        key = identity_of(row.run)
        found.append(_earned(row, thresholds=thresholds, is_newest=key not in newest))
        if row.report:
            newest.add(key)
    return found


def on_probation(project: Project, uuid: UUID) -> OnProbation:
    """Return one validation with what it earns, or raise Http404."""
    row = _validations(project).filter(uuid=uuid).first()
    if row is None:
        raise Http404
    later = _validations(project).filter(pk__gt=row.pk, run__judge=row.run.judge).exclude(report={})
    key = identity_of(row.run)
    is_newest = all(identity_of(each.run) != key for each in later)
    return _earned(row, thresholds=thresholds_of(project), is_newest=is_newest)


def standing_of(run: JudgeRun) -> OnProbation | None:
    """Return the newest ended validation of the judge of a run, of its words, rubric and models; None without any."""
    key = identity_of(run)
    rows = _validations(run.project).filter(run__judge=run.judge).exclude(report={}).order_by("-id")
    newest = next((row for row in rows if identity_of(row.run) == key), None)
    if newest is None:
        return None
    return _earned(newest, thresholds=thresholds_of(run.project), is_newest=True)


def identity_of(run: JudgeRun) -> str:
    """Return what tells one judge from another: its words, its rubric and its models."""
    asked = [(each["model"], each["address"]) for each in run.configuration.get("asked", [])]
    return repr((run.judge, run.prompt_version, asked, run.configuration.get("rubric", "")))


def disagreements(run: JudgeRun, *, humans: Mapping[tuple[int, int], str], most: int = 20) -> list[Any]:
    """Return judged pairs on which the judge decided otherwise than people, or not at all: (pair, people's verdict)."""
    rows = JudgedPair.objects.filter(run=run, prompt__conversation__withdrawn_at__isnull=True).exclude(
        outcome=""
    )
    found = []
    for pair in rows.select_related("prompt__last_message").defer("checklist").order_by("id"):
        human = humans.get((pair.response_a_id, pair.response_b_id))
        if human is not None and human != pair.outcome:
            found.append((pair, human))
        if len(found) == most:
            break
    return found


def cost_per_point(report: Mapping[str, Any]) -> Decimal | None:
    """Return what a thousand pairs cost for each percentage point of agreement above the best rule without a model.

    None where the cost is not known or the judge is not above the rules.
    """
    best = max((each["agreement"] or 0.0 for each in report["baselines"].values()), default=0.0)
    cost, asked = report.get("cost"), report["asked"]
    gained = 100 * ((report["agreement"] or 0.0) - best)
    if cost is None or not asked or gained <= 0:
        return None
    return Decimal(cost) * 1000 / int(asked) / Decimal(float(gained))


def _validations(project: Project) -> Any:
    rows = JudgeValidation.objects.for_project(project)
    return rows.select_related("run__endpoint", "run__job", "run__project", "created_by")


def _earned(row: JudgeValidation, *, thresholds: Thresholds, is_newest: bool) -> OnProbation:
    run = row.run
    words = version_with(run.judge, rubric=run.configuration.get("rubric", "")) if run.judge in JUDGES else ""
    return OnProbation(
        validation=row,
        labelling=labelling_gate(row.report, thresholds=thresholds) if row.report else None,
        ranking=ranking_gate(row.report, thresholds=thresholds) if row.report else None,
        scoring=scoring_gate(row.report, thresholds=thresholds) if row.report else None,
        is_newest=is_newest,
        is_current=words == run.prompt_version,
    )
