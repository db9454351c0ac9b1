"""A model judged by its answers: the verdicts on a response set, drawn together into win rates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Comparison, ModelVersion, Response, ResponseSet, ResponseSetEntry
from training_jobs.domain.headlines import interval_text, percent
from training_jobs.domain.win_rates import Verdict, WinRate, win_rates
from training_jobs.models import TrainingRun

Outcome = Comparison.Outcome
PEOPLE, JUDGE = "people", "judge"
VALUES_OF_A = {Outcome.A: 1.0, Outcome.B: 0.0, Outcome.TIE: 0.5, Outcome.BOTH_BAD: 0.5}
# A verdict of somebody who saw the complaint says what the user wanted, not how good the answer is.
BLIND = Q(source=Comparison.Source.PERSON, saw_signal=False) | Q(source=Comparison.Source.JUDGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRate:
    """A win rate in a reader's words."""

    against: str
    decided_by: str
    share: str
    interval: str
    prompts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """A response set in which a run's model answered, and how its answers fared."""

    response_set: ResponseSet
    given: int
    rates: list[ShownRate]


def sets_of_run(run: TrainingRun) -> list[JudgedSet]:
    """Return the sets that a run's model has answered, newest first, each with its win rates."""
    if run.adapter is None:
        return []
    rows = ResponseSet.objects.for_project(run.project).filter(archived_at__isnull=True)
    answered = rows.filter(pk__in=_given(run.adapter).values("response_set")).order_by("-id")[:10]
    return [_judged(each, run.adapter) for each in answered]


def _judged(response_set: ResponseSet, model: ModelVersion) -> JudgedSet:
    return JudgedSet(
        response_set=response_set,
        given=_given(model).filter(response_set=response_set).count(),
        rates=[_shown(rate) for rate in rates_over_set(response_set, model=model)],
    )


def _shown(rate: WinRate) -> ShownRate:
    return ShownRate(
        against=rate.against or _("the logged answer"),
        decided_by=_decided_by(rate.decided_by),
        share=percent(rate.share),
        interval=interval_text(rate.low, rate.high),
        prompts=rate.prompts,
    )


def _decided_by(name: str) -> str:
    """Return who decided, in a reader's words; judges by their names, for each weighs something else."""
    if name == PEOPLE:
        return _("people")
    return (
        _("a judge") if name == JUDGE else _("the judge %(name)s") % {"name": name.removeprefix(f"{JUDGE} ")}
    )


def set_named(run: TrainingRun, name: str) -> ResponseSet:
    """Return the run's project's set of this name; raises HarkenError with the known ones."""
    sets = ResponseSet.objects.for_project(run.project).filter(archived_at__isnull=True)
    found = sets.filter(name=name).first()
    if found is None:
        known = ", ".join(sets.order_by("-id").values_list("name", flat=True)[:10]) or _("none")
        raise HarkenError(
            _("There is no response set named %(name)s. Known: %(known)s.") % {"name": name, "known": known}
        )
    return found


def rates_over_set(response_set: ResponseSet, *, model: ModelVersion) -> list[WinRate]:
    """Return how often people, and judges, prefer a model's answers to the others' and to the logged ones.

    Opponents are named as models are, those of endpoints with their host; the logged answer has no name here.
    """
    return win_rates(_verdicts(response_set, model))


def _given(model: ModelVersion) -> QuerySet[ResponseSetEntry]:
    return ResponseSetEntry.objects.filter(model_version=model, state=ResponseSetEntry.State.GIVEN)


def _verdicts(response_set: ResponseSet, model: ModelVersion) -> Iterator[Verdict]:
    """Yield the standing blind verdicts on an answer of the model's beside another answer to the same prompt."""
    mine = set(_given(model).filter(response_set=response_set).values_list("response", flat=True))
    rows = Comparison.objects.for_project(response_set.project).filter(
        BLIND, Q(response_a__in=mine) | Q(response_b__in=mine), retracted_at__isnull=True
    )
    theirs = _opponents(response_set, model)
    for row in _newest_of_judges(rows.select_related("response_a").order_by("-id").iterator()):
        is_a = row.response_a_id in mine
        other = row.response_b_id if is_a else row.response_a_id
        if other in theirs:
            value = VALUES_OF_A[Outcome(row.outcome)]
            yield Verdict(
                prompt=row.response_a.prompt_id,
                against=theirs[other],
                decided_by=_decider(row),
                value=value if is_a else 1 - value,
            )


def _newest_of_judges(rows: Iterable[Comparison]) -> Iterator[Comparison]:
    """Yield what people said, and of each judge's verdicts on the same answers the newest; rows come newest first."""
    seen: set[tuple[str, frozenset[int]]] = set()
    for row in rows:
        key = (_decider(row), frozenset((row.response_a_id, row.response_b_id)))
        if key[0] == PEOPLE or key not in seen:
            seen.add(key)
            yield row


def _decider(row: Comparison) -> str:
    """Return who decided: people, or a judge by its name."""
    if row.source != Comparison.Source.JUDGE:
        return PEOPLE
    return f"{JUDGE} {row.protocol}" if row.protocol else JUDGE


def _opponents(response_set: ResponseSet, model: ModelVersion) -> dict[int, str]:
    """Return the other answers to the set's prompts, by id, with the name of their maker."""
    entries = ResponseSetEntry.objects.filter(response_set=response_set)
    others = entries.filter(state=ResponseSetEntry.State.GIVEN).exclude(model_version=model)
    named = {
        response: f"{name} ({revision})" if kind == ModelVersion.Kind.ENDPOINT and revision else name
        for response, name, kind, revision in others.values_list(
            "response", "model_version__name", "model_version__kind", "model_version__revision"
        )
    }
    logged = Response.objects.filter(prompt__in=entries.values("prompt"), origin=Response.Origin.LOGGED)
    return {**dict.fromkeys(logged.values_list("pk", flat=True), ""), **named}
