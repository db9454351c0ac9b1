"""The runs of judges over a response set, and what they said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from curation.domain.judging.win_rates import WinRate, win_rate
from curation.models import JudgedPair, Judgement, JudgeRun, ResponseSet

NEWEST_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How far a run is, and what its judgements took; the cost is None where a price is not known.

    A reply that was stored before counts nothing, also where the same run paid for it before it was interrupted.
    """

    total: int
    judged: int
    with_checklist: int
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal | None

    @property
    def waiting(self) -> int:
        """How many pairs wait."""
        return self.total - self.judged


def runs_of_set(response_set: ResponseSet) -> list[JudgeRun]:
    """Return the newest runs over a set, newest first."""
    rows = JudgeRun.objects.filter(response_set=response_set)
    return list(rows.select_related("endpoint", "model_a", "model_b", "job").order_by("-id")[:NEWEST_RUNS])


def run_counts(run: JudgeRun) -> RunCounts:
    """Count the pairs of a run, and what its judgements took."""
    return counts_of_runs([run])[run.pk]


def counts_of_runs(runs: Iterable[JudgeRun]) -> dict[int, RunCounts]:
    """Return the counts of each run by its id, in as many queries however many runs there are."""
    ids = [run.pk for run in runs]
    pairs: Any = JudgedPair.objects.filter(run__in=ids).order_by().values("run")
    found = pairs.annotate(
        total=Count("id"),
        judged=Count("id", filter=~Q(outcome="")),
        with_checklist=Count("id", filter=~Q(checklist=[])),
    )
    judgements: Any = Judgement.objects.filter(pair__run__in=ids).order_by().values("pair__run")
    took = judgements.annotate(
        asked=Count("id"),
        unpriced=Count("id", filter=Q(cost__isnull=True)),
        prompt=Sum("prompt_tokens"),
        completion=Sum("completion_tokens"),
        spent=Sum("cost"),
    )
    by_run = {row["run"]: row for row in found}
    expenses = {row["pair__run"]: row for row in took}
    return {pk: _counts(by_run.get(pk, {}), expenses.get(pk, {})) for pk in ids}


def _counts(pairs: Mapping[str, Any], took: Mapping[str, Any]) -> RunCounts:
    return RunCounts(
        total=pairs.get("total", 0),
        judged=pairs.get("judged", 0),
        with_checklist=pairs.get("with_checklist", 0),
        requests=took.get("asked", 0),
        prompt_tokens=took.get("prompt") or 0,
        completion_tokens=took.get("completion") or 0,
        cost=None if took.get("unpriced") else took.get("spent") or Decimal(0),
    )


def outcomes_of(run: JudgeRun) -> list[tuple[int, str]]:
    """Return (prompt, outcome) of every pair that was judged; withdrawn conversations are left out."""
    rows = judged_pairs(run).exclude(outcome="")
    return list(rows.order_by("id").values_list("prompt_id", "outcome"))


def run_win_rate(run: JudgeRun) -> WinRate:
    """Return how the run's first model fared against its second."""
    return win_rate(outcomes_of(run))


def judged_pairs(run: JudgeRun) -> QuerySet[JudgedPair]:
    """Return the pairs of a run whose conversations stand."""
    return JudgedPair.objects.filter(run=run, prompt__conversation__withdrawn_at__isnull=True)
