"""Whether it matters to a trained model by which protocol its pairs were decided: two models, one of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from annotation.queries.judges.ranking import that_may_rank
from annotation.queries.ranking.compared_models import standing_comparisons
from curation.domain.judging.win_rates import WinRate, win_rate
from curation.models import Comparison, DatasetRow, ModelVersion, Project, ResponseSet, ResponseSetEntry
from curation.queries.corpus.preferences import PEOPLE

Source, Outcome = Comparison.Source, Comparison.Outcome
TURNED = {Outcome.A: "b", Outcome.B: "a"}
STRAIGHT = {Outcome.A: "a", Outcome.B: "b"}
MIDDLE = 0.5
# Of its training rows, those that ratings decided, and those that somebody chose between.
_RATED = Q(source__startswith="rating: ")
_CHOSEN = Q(decided_by__in=[DatasetRow.DecidedBy.PEOPLE, DatasetRow.DecidedBy.IMPORTED]) & ~(
    _RATED | Q(source__startswith="answer: ")
)


class _Verdict(NamedTuple):
    """What somebody said of two answers to a prompt: a for the model of ratings, b for the other, or tie."""

    prompt: int
    by: str
    outcome: str


class Decided(StrEnum):
    """By which protocol the pairs were decided that a model was trained on."""

    RATINGS = "ratings"
    CHOICES = "choices"
    OTHER = "other"


class Missing(StrEnum):
    """What there has to be before anything can be said."""

    RATED_MODEL = "rated_model"
    CHOSEN_MODEL = "chosen_model"
    ANSWERS = "answers"
    VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A trained model with its dataset version: how many rows it was trained on, and how they were decided."""

    model: ModelVersion
    rows: int
    decided: Decided

    @property
    def in_words(self) -> str:
        """The model, what it was trained on, and how that was decided."""
        told = {
            Decided.RATINGS: _("decided by ratings"),
            Decided.CHOICES: _("decided by choices"),
            Decided.OTHER: _("decided in other or several ways"),
        }
        return f"{self.model.name} · {self.model.trained_on} · {told[self.decided]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRate:
    """How often the model of ratings is preferred, as people or one judge see it."""

    by: str
    rate: WinRate

    @property
    def preferred(self) -> Decided | None:
        """Which model is preferred, by how it was trained; None where the interval holds a half."""
        interval = self.rate.interval
        if interval is None or interval.low <= MIDDLE <= interval.high:
            return None
        return Decided.RATINGS if interval.low > MIDDLE else Decided.CHOICES


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedEffect:
    """Two trained models side by side, as far as there are two; `missing` says what nothing can be said without.

    `shared` prompts are in both training sets, of `prompts` in either; verdicts on these prompts are `seen`, and left
    out. `sets` are the response sets that both answered.
    """

    models: Sequence[TrainedModel]
    rated: TrainedModel | None = None
    chosen: TrainedModel | None = None
    missing: Missing | None = None
    rates: Sequence[DecidedRate] = ()
    sets: Sequence[ResponseSet] = ()
    shared: int = 0
    prompts: int = 0
    seen: int = 0


def trained_effect(project: Project, *, rated: str = "", chosen: str = "") -> TrainedEffect:
    """Return how the model trained on ratings fares against the one trained on choices.

    Without their ids, these are the newest of which every training row was decided so.
    """
    models = _trained_models(project)
    one, other = (
        _picked(models, wanted, decided)
        for wanted, decided in ((rated, Decided.RATINGS), (chosen, Decided.CHOICES))
    )
    if one is None or other is None or one.model == other.model:
        missing = Missing.RATED_MODEL if one is None else Missing.CHOSEN_MODEL
        return TrainedEffect(models=models, rated=one, chosen=other, missing=missing)
    return _effect(project, models, one, other)


def _trained_models(project: Project) -> list[TrainedModel]:
    """Return the trained models whose dataset is known, the newest first; two queries."""
    adapters = ModelVersion.objects.for_project(project).filter(
        kind=ModelVersion.Kind.ADAPTER, trained_on__isnull=False
    )
    found = list(adapters.select_related("trained_on__dataset").order_by("-id"))
    rows = _training_rows().filter(version__in={model.trained_on_id for model in found}).order_by()
    counted = rows.values("version").annotate(
        all=Count("id"), rated=Count("id", filter=_RATED), chosen=Count("id", filter=_CHOSEN)
    )
    counts: dict[int | None, tuple[int, int, int]] = {
        row["version"]: (row["all"], row["rated"], row["chosen"]) for row in counted
    }
    return [_trained(model, *counts.get(model.trained_on_id, (0, 0, 0))) for model in found]


def _trained(model: ModelVersion, rows: int, rated: int, chosen: int) -> TrainedModel:
    decided = (
        Decided.RATINGS if 0 < rows == rated else Decided.CHOICES if 0 < rows == chosen else Decided.OTHER
    )
    return TrainedModel(model=model, rows=rows, decided=decided)


def _training_rows() -> QuerySet[DatasetRow]:
    return DatasetRow.objects.filter(split=DatasetRow.Split.TRAIN)


def _picked(models: Sequence[TrainedModel], wanted: str, decided: Decided) -> TrainedModel | None:
    """Return the model of this id, or else the newest whose rows were all decided so."""
    named = (each for each in models if str(each.model.uuid) == wanted)
    return next(named, next((each for each in models if each.decided is decided), None))


def _effect(
    project: Project, models: Sequence[TrainedModel], rated: TrainedModel, chosen: TrainedModel
) -> TrainedEffect:
    one, other = _prompts_of(rated), _prompts_of(chosen)
    verdicts = list(_verdicts(project, rated.model, chosen.model))
    unseen = [each for each in verdicts if each.prompt not in one | other]
    sets = _answered_by_both(project, rated.model, chosen.model)
    rates = _rates(unseen)
    missing = None if rates else Missing.VERDICTS if sets or verdicts else Missing.ANSWERS
    return TrainedEffect(
        models=models,
        rated=rated,
        chosen=chosen,
        missing=missing,
        rates=rates,
        sets=sets,
        shared=len(one & other),
        prompts=len(one | other),
        seen=len(verdicts) - len(unseen),
    )


def _prompts_of(trained: TrainedModel) -> set[int]:
    rows = _training_rows().filter(version=trained.model.trained_on_id)
    return set(rows.values_list("prompt_id", flat=True))


def _verdicts(project: Project, rated: ModelVersion, chosen: ModelVersion) -> Iterator[_Verdict]:
    """Yield the blind verdicts of people and of judges that may rank, from the side of the model of ratings.

    Of what a judge said of the same two answers, the newest counts; people each have a word.
    """
    both = Q(response_a__model_version=rated, response_b__model_version=chosen)
    both |= Q(response_a__model_version=chosen, response_b__model_version=rated)
    rows = standing_comparisons(project).filter(both, source__in=[*PEOPLE, Source.JUDGE])
    told: set[tuple[str, frozenset[int]]] = set()
    for row in that_may_rank(rows, project=project).select_related("response_a").order_by("-id"):
        key = (_decider(row), frozenset((row.response_a_id, row.response_b_id)))
        if row.source == Source.JUDGE and key in told:
            continue
        told.add(key)
        outcomes = STRAIGHT if row.response_a.model_version_id == rated.pk else TURNED
        yield _Verdict(row.response_a.prompt_id, key[0], outcomes.get(Outcome(row.outcome), "tie"))


def _decider(row: Comparison) -> str:
    """Return who decided: "" for people, or a judge by its name."""
    return "" if row.source != Source.JUDGE else row.protocol or row.source_name


def _rates(verdicts: Sequence[_Verdict]) -> list[DecidedRate]:
    """Return how the model of ratings fared, people first."""
    deciders = sorted({each.by for each in verdicts})
    return [
        DecidedRate(by=by, rate=win_rate([(each.prompt, each.outcome) for each in verdicts if each.by == by]))
        for by in deciders
    ]


def _answered_by_both(project: Project, rated: ModelVersion, chosen: ModelVersion) -> list[ResponseSet]:
    """Return the sets that hold an answer of each, the newest first."""
    given = ResponseSetEntry.objects.filter(
        response_set=OuterRef("pk"), state=ResponseSetEntry.State.GIVEN, response__isnull=False
    )
    sets = ResponseSet.objects.for_project(project).filter(archived_at__isnull=True)
    both = [Exists(given.filter(model_version=model)) for model in (rated, chosen)]
    return list(sets.filter(*both).order_by("-id"))
