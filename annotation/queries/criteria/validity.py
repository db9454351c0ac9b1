"""Whose thumbs a set rests on: how far its graders agree, and on which models' outputs it was graded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.domain.agreement.report import AgreementReport, Drawing, report_agreement
from annotation.domain.figures import Figure, Undefined
from annotation.domain.labels import LabelRow, label_table
from annotation.models import CriteriaSet, Criterion
from annotation.queries.criteria.assertions import current_criteria, responses_in_scope
from annotation.queries.criteria.grades import (
    GRADES_BEFORE_CHOOSING,
    Thumb,
    thumbs_of_people,
)
from curation.domain.versions.intervals import Interval
from curation.models import Membership, ModelVersion, Response

# Enough for two figures behind the point, and for a page that comes at once.
ROUNDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderFigures:
    """How far graders agree on the whole answer, or on one criterion in its newest wording."""

    criterion: Criterion | None
    agreement: AgreementReport
    people: int
    shared: int

    @property
    def alpha(self) -> Figure:
        """Krippendorff's alpha, or the sentence that says why there is none."""
        return self.agreement.figures["alpha"]

    @property
    def alpha_value(self) -> float | None:
        """Alpha as a number; None where there is none."""
        return None if isinstance(self.alpha, Undefined) else self.alpha

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of alpha, drawing other outputs; None where there is none."""
        found = self.agreement.intervals.get("alpha")
        return found if isinstance(found, Interval) else None

    @property
    def same(self) -> float | None:
        """The share of pairs of graders that say the same; None where no output has two."""
        found = self.agreement.figures["pairwise_agreement"]
        return None if isinstance(found, Undefined) else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How many of a model's outputs were graded on something, and how many more should be."""

    graded: int
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model that wrote outputs in the set's reach, None where it is not known; how far each thing was graded on it.

    `whole` is the whole answer, `criteria` each criterion in its newest wording, in the set's order.
    """

    model: ModelVersion | None
    outputs: int
    whole: Validity
    criteria: Sequence[Validity]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValidity:
    """What a set's thumbs rest on."""

    whole: GraderFigures
    criteria: Sequence[GraderFigures]
    models: Sequence[ModelRow]
    graders: Sequence[tuple[str, int]]

    @property
    def unseen_models(self) -> list[ModelRow]:
        """The models of which too few outputs were graded for the set to speak of them."""
        return [row for row in self.models if row.whole.wanted]


def set_validity(criteria_set: CriteriaSet) -> SetValidity:
    """Return how far graders agree and which models were graded; six queries."""
    people = thumbs_of_people(criteria_set)
    criteria = list(current_criteria(criteria_set))
    overall = [thumb for thumb in people if thumb.criterion_key is None]
    said = [overall, *(_of(people, criterion) for criterion in criteria)]
    return SetValidity(
        whole=_figures(overall, criterion=None),
        criteria=[
            _figures(own, criterion=criterion) for own, criterion in zip(said[1:], criteria, strict=True)
        ],
        models=_models(criteria_set, graded=[{thumb.response_id for thumb in own} for own in said]),
        graders=_graders(overall),
    )


def _of(people: Iterable[Thumb], criterion: Criterion) -> list[Thumb]:
    wording = (criterion.key, criterion.version)
    return [thumb for thumb in people if (thumb.criterion_key, thumb.wording_version) == wording]


def _figures(thumbs: Sequence[Thumb], *, criterion: Criterion | None) -> GraderFigures:
    table = label_table(
        LabelRow(str(thumb.response_id), str(thumb.membership_id), "good" if thumb.is_good else "bad")
        for thumb in thumbs
    )
    graders = Counter(thumb.response_id for thumb in thumbs)
    return GraderFigures(
        criterion=criterion,
        agreement=report_agreement(table, drawing=Drawing(rounds=ROUNDS), most_pairs=0),
        people=len({thumb.membership_id for thumb in thumbs}),
        shared=sum(count > 1 for count in graders.values()),
    )


def _models(criteria_set: CriteriaSet, *, graded: Sequence[set[int]]) -> list[ModelRow]:
    """Return every model that wrote an output in reach or graded, most outputs first; three queries.

    `graded` are the outputs with a thumb on the whole answer, then on each criterion.
    """
    reach = set(responses_in_scope(criteria_set).values_list("id", flat=True)).union(*graded)
    rows = Response.objects.for_project(criteria_set.project).filter(pk__in=reach)
    wrote: dict[int | None, set[int]] = defaultdict(set)
    for pk, model in rows.values_list("id", "model_version_id"):
        wrote[model].add(pk)
    models = ModelVersion.objects.for_project(criteria_set.project).in_bulk([pk for pk in wrote if pk])
    ordered = sorted(wrote.items(), key=lambda entry: (-len(entry[1]), entry[0] or 0))
    return [
        ModelRow(
            model=models.get(model) if model else None,
            outputs=len(outputs),
            whole=_validity(outputs, graded[0]),
            criteria=[_validity(outputs, own) for own in graded[1:]],
        )
        for model, outputs in ordered
    ]


def _validity(outputs: set[int], graded: set[int]) -> Validity:
    seen = len(outputs & graded)
    return Validity(graded=seen, wanted=max(0, min(GRADES_BEFORE_CHOOSING, len(outputs)) - seen))


def _graders(overall: Sequence[Thumb]) -> list[tuple[str, int]]:
    counts = Counter(thumb.membership_id for thumb in overall)
    pseudonyms = dict(Membership.objects.filter(pk__in=counts).values_list("id", "pseudonym"))
    return [(pseudonyms.get(person, ""), count) for person, count in counts.most_common()]
