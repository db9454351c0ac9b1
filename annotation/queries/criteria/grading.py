"""Which output to grade next, and what its grader sees: no model, no origin, no assertion's opinion."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.domain.criteria.grading_order import next_to_grade, selectivity_scores
from annotation.models import CriteriaSet, Criterion
from annotation.queries.criteria.assertions import current_criteria, responses_in_scope, results_of
from annotation.queries.criteria.grades import GRADES_BEFORE_CHOOSING, Thumbs, standing_thumbs
from annotation.queries.criteria.report import older_wording_responses
from curation.models import Response
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts

MOST_SUSPICIOUS, LEAST_SUSPICIOUS = "most suspicious", "least suspicious"
OLDER_WORDING, BY_HAND = "older wording", "chosen by hand"
POLICIES = (MOST_SUSPICIOUS, LEAST_SUSPICIOUS, OLDER_WORDING, BY_HAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionThumb:
    """A criterion with what was said of this output; `older_version` where that was under replaced words."""

    criterion: Criterion
    is_good: bool | None
    older_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingCard:
    """One output as its grader sees it, with the thumbs that stand and why it is shown."""

    response: Response
    question: str
    earlier_turns: Sequence[ChatMessage]
    answer: str
    policy: str
    is_good: bool | None
    note: str
    thumbs: Sequence[CriterionThumb]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingProgress:
    """How many outputs were graded, of how many, and how many more are wanted before choosing."""

    graded: int
    good: int
    outputs: int

    @property
    def bad(self) -> int:
        """Outputs called bad."""
        return self.graded - self.good

    @property
    def wanted(self) -> int:
        """How many more should be looked at before choosing."""
        return max(0, min(GRADES_BEFORE_CHOOSING, self.outputs) - self.graded)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingPage:
    """What the grading page shows; no card where every output is graded."""

    card: GradingCard | None
    progress: GradingProgress


def grading_page(
    criteria_set: CriteriaSet,
    *,
    output: UUID | None = None,
    skipped: Collection[UUID] = (),
    looks_again: bool = False,
) -> GradingPage:
    """Return the output asked for, else the next one: one graded under older words, or the order's choice.

    Turn by turn that is the most and the least suspicious of those that nobody graded.
    """
    thumbs = standing_thumbs(criteria_set)
    criteria = list(current_criteria(criteria_set))
    scope = dict(responses_in_scope(criteria_set.project).values_list("id", "uuid"))
    graded = thumbs.overall.keys() & scope.keys()
    progress = GradingProgress(
        graded=len(thumbs.overall),
        good=sum(bool(thumb.is_good) for thumb in thumbs.overall.values()),
        outputs=len(scope),
    )
    if output is not None:
        chosen: int | None = _response_id(criteria_set, output)
        policy = BY_HAND
    elif looks_again:
        chosen, policy = _first_under_older_words(criteria, thumbs=thumbs), OLDER_WORDING
    else:
        left = {response for response, uuid in scope.items() if uuid not in skipped}
        chosen = _next(criteria_set, outputs=left, graded=graded)
        policy = LEAST_SUSPICIOUS if len(graded & left) % 2 else MOST_SUSPICIOUS
    card = _card(chosen, criteria=criteria, thumbs=thumbs, policy=policy) if chosen is not None else None
    return GradingPage(card=card, progress=progress)


def _next(criteria_set: CriteriaSet, *, outputs: Collection[int], graded: Collection[int]) -> int | None:
    results = results_of(criteria_set)
    scores = selectivity_scores({response: results.get(response, {}) for response in outputs})
    return next_to_grade(scores, graded=graded, seed=str(criteria_set.uuid))


def _response_id(criteria_set: CriteriaSet, uuid: UUID) -> int | None:
    responses = Response.objects.for_project(criteria_set.project).filter(uuid=uuid)
    return responses.values_list("id", flat=True).first()


def _first_under_older_words(criteria: Sequence[Criterion], *, thumbs: Thumbs) -> int | None:
    outdated = {
        response for criterion in criteria for response in older_wording_responses(criterion, thumbs=thumbs)
    }
    return min(outdated, default=None)


def _card(response_id: int, *, criteria: Sequence[Criterion], thumbs: Thumbs, policy: str) -> GradingCard:
    response = Response.objects.get(pk=response_id)
    messages = prompt_texts([response.prompt_id])[response.prompt_id].messages
    overall = thumbs.overall.get(response_id)
    return GradingCard(
        response=response,
        question=messages[-1]["content"],
        earlier_turns=messages[:-1],
        answer=response_texts([response_id])[response_id],
        policy=policy,
        is_good=overall.is_good if overall else None,
        note=overall.note if overall else "",
        thumbs=[
            _criterion_thumb(criterion, thumbs=thumbs, response_id=response_id) for criterion in criteria
        ],
    )


def _criterion_thumb(criterion: Criterion, *, thumbs: Thumbs, response_id: int) -> CriterionThumb:
    thumb = thumbs.by_criterion.get((response_id, criterion.key))
    is_older = thumb is not None and thumb.wording_version != criterion.version
    return CriterionThumb(
        criterion=criterion,
        is_good=thumb.is_good if thumb else None,
        older_version=thumb.wording_version if thumb and is_older else None,
    )


def response_to_grade(criteria_set: CriteriaSet, *, uuid: UUID) -> Response | None:
    """Return the response of this id in the set's project."""
    return Response.objects.for_project(criteria_set.project).filter(uuid=uuid).first()
