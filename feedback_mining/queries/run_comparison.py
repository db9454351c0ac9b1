"""Mining runs, and what one version of a detector finds that another does not, on the messages that both read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from curation.models import Project, Score, Scorer
from feedback_mining.domain.taxonomy import CRITERIA, polarity_of
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.screens import Quote, quote_of

SHOWN_RUNS = 50
EXAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionChange:
    """How often both versions, the old one alone and the new one alone claim a criterion."""

    criterion: str
    polarity: str
    both: int
    lost: int
    gained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """Two versions on the messages that both read; `examples` are of one criterion and side where they are asked."""

    old: MiningRun
    new: MiningRun
    messages: int
    changes: Sequence[CriterionChange]
    examples: Sequence[Quote]

    @property
    def unchanged(self) -> int:
        """Return how many claims both make."""
        return sum(each.both for each in self.changes)

    @property
    def changed(self) -> int:
        """Return how many claims one makes and the other does not."""
        return sum(each.lost + each.gained for each in self.changes)


def run_rows(project: Project) -> list[MiningRun]:
    """Return the newest runs with their jobs."""
    rows = MiningRun.objects.for_project(project).select_related("job", "created_by")
    return list(rows.order_by("-id")[:SHOWN_RUNS])


def comparable_runs(project: Project) -> list[MiningRun]:
    """Return the newest finished run of each version of each detector, newest first."""
    newest: dict[tuple[str, str], MiningRun] = {}
    rows = MiningRun.objects.for_project(project).filter(finished_at__isnull=False).order_by("-id")
    for run in rows:
        newest.setdefault((run.detector, run.detector_version), run)
    return list(newest.values())


def run_of(project: Project, *, uuid: UUID) -> MiningRun | None:
    """Return a finished run of the project."""
    return MiningRun.objects.for_project(project).filter(uuid=uuid, finished_at__isnull=False).first()


def compare_runs(old: MiningRun, new: MiningRun, *, criterion: str = "", side: str = "") -> RunComparison:
    """Compare two versions; `side` is lost or gained, of which examples of the criterion are wanted."""
    before, after = _claims(old, other=new), _claims(new, other=old)
    counted = {"old": _counted(before), "new": _counted(after)}
    names = {name for counts in counted.values() for name, _ in counts}
    shown = {"lost": before, "gained": after}.get(side)
    return RunComparison(
        old=old,
        new=new,
        messages=_read_by_both(old, new),
        changes=[
            _change(name, counted) for name in [*CRITERIA, *sorted(names - set(CRITERIA))] if name in names
        ],
        examples=_examples(shown, criterion) if shown is not None and criterion else [],
    )


def _claims(run: MiningRun, *, other: MiningRun) -> Any:
    """Return what a version found in messages that the other read too, each with whether the other claims it."""
    read = Score.objects.filter(message=OuterRef("message"), scorer__in=_scorers(other))
    twin = _found_by(other).filter(message=OuterRef("message"), criterion=OuterRef("criterion"))
    standing = {
        "message__conversation__archived_at__isnull": True,
        "message__conversation__withdrawn_at__isnull": True,
    }
    return _found_by(run).filter(Exists(read), **standing).annotate(is_shared=Exists(twin))


def _found_by(run: MiningRun) -> Any:
    signals = Signal.objects.for_project(run.project)
    return signals.filter(detector=run.detector, detector_version=run.detector_version)


def _scorers(run: MiningRun) -> Any:
    return Scorer.objects.filter(
        project=run.project, name=f"{run.detector}: dsat", version=run.detector_version
    )


def _read_by_both(old: MiningRun, new: MiningRun) -> int:
    again = Score.objects.filter(message=OuterRef("message"), scorer__in=_scorers(new))
    return Score.objects.filter(Exists(again), scorer__in=_scorers(old)).count()


def _counted(claims: Any) -> Counter[tuple[str, bool]]:
    rows = claims.values_list("criterion", "is_shared").annotate(n=Count("id")).order_by()
    return Counter({(name, is_shared): n for name, is_shared, n in rows})


def _change(name: str, counted: dict[str, Counter[tuple[str, bool]]]) -> CriterionChange:
    return CriterionChange(
        criterion=name,
        polarity=polarity_of(name).value,
        both=counted["new"][name, True],
        lost=counted["old"][name, False],
        gained=counted["new"][name, False],
    )


def _examples(claims: Any, criterion: str) -> list[Quote]:
    rows = claims.filter(criterion=criterion, is_shared=False).select_related("message__conversation")
    return [quote_of(signal) for signal in rows.order_by("-probability", "id")[:EXAMPLES]]
