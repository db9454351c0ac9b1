"""Which output to grade next, and what its grader sees: no model, no origin, no assertion's opinion."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotation.domain.criteria.grading_order import (
    AT_RANDOM,
    DREW_A_COMPLAINT,
    LEAST_SUSPICIOUS,
    MOST_DIVIDED,
    MOST_SUSPICIOUS,
    Standing,
    choose_next,
)
from annotation.models import CriteriaSet, Criterion, SuspectOutput
from annotation.queries.criteria.assertions import current_criteria, responses_in_scope, results_of
from annotation.queries.criteria.grades import (
    GRADES_BEFORE_CHOOSING,
    Thumb,
    Thumbs,
    counting,
    thumbs_of_people,
)
from annotation.queries.criteria.report import older_wording_responses
from curation.models import Membership, Response
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts

OLDER_WORDING, BY_HAND = "older wording", "chosen by hand"
POLICIES = (
    MOST_SUSPICIOUS,
    LEAST_SUSPICIOUS,
    MOST_DIVIDED,
    AT_RANDOM,
    DREW_A_COMPLAINT,
    OLDER_WORDING,
    BY_HAND,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a grader asks to see: an output, any but some, what was graded under older words, one criterion alone."""

    output: UUID | None = None
    skipped: Collection[UUID] = ()
    looks_again: bool = False
    only: UUID | None = None


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
    """How many outputs were graded, of how many, how many by oneself, and how many more before choosing."""

    graded: int
    good: int
    outputs: int
    own: int

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
    """What the grading page shows; no card where nothing is left for this grader.

    `only` is the criterion that is graded alone.
    """

    card: GradingCard | None
    progress: GradingProgress
    criteria: Sequence[Criterion]
    only: Criterion | None


def grading_page(
    criteria_set: CriteriaSet, *, grader: Membership, wanted: Wanted | None = None
) -> GradingPage:
    """Return the output asked for, else the next one: one graded under older words, or the order's choice.

    Others' thumbs on an output are never shown, so that graders stay independent.
    """
    wanted = wanted or Wanted()
    people = thumbs_of_people(criteria_set)
    criteria = list(current_criteria(criteria_set))
    only = next((criterion for criterion in criteria if criterion.uuid == wanted.only), None)
    own = counting(thumb for thumb in people if thumb.membership_id == grader.pk)
    scope = dict(responses_in_scope(criteria_set).values_list("id", "uuid"))
    chosen, policy = _chosen(
        criteria_set, wanted=wanted, field=_Field(scope=scope, people=people, own=own, only=only)
    )
    shown = [only] if only else criteria
    return GradingPage(
        card=_card(chosen, criteria=shown, thumbs=own, policy=policy) if chosen is not None else None,
        progress=_progress(people, scope=scope, own=own),
        criteria=criteria,
        only=only,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """The outputs of a set and what people said of them."""

    scope: dict[int, UUID]
    people: Sequence[Thumb]
    own: Thumbs
    only: Criterion | None

    def said(self) -> list[Thumb]:
        """Return the thumbs that tell whether an output was graded: overall, or of the one criterion."""
        if self.only is None:
            return [thumb for thumb in self.people if thumb.criterion_key is None]
        wording = (self.only.key, self.only.version)
        return [each for each in self.people if (each.criterion_key, each.wording_version) == wording]


def _progress(people: Sequence[Thumb], *, scope: dict[int, UUID], own: Thumbs) -> GradingProgress:
    overall = counting(people).overall
    return GradingProgress(
        graded=len(overall),
        good=sum(thumb.is_good for thumb in overall.values()),
        outputs=len(scope),
        own=len(own.overall),
    )


def _chosen(criteria_set: CriteriaSet, *, wanted: Wanted, field: _Field) -> tuple[int | None, str]:
    if wanted.output is not None:
        return _response_id(criteria_set, wanted.output), BY_HAND
    if wanted.looks_again:
        criteria = [field.only] if field.only else list(current_criteria(criteria_set))
        return _first_under_older_words(criteria, thumbs=field.own), OLDER_WORDING
    return _next(criteria_set, skipped=wanted.skipped, field=field) or (None, "")


def _next(criteria_set: CriteriaSet, *, skipped: Collection[UUID], field: _Field) -> tuple[int, str] | None:
    said = field.said()
    own = field.own.overall if field.only is None else field.own.of_criterion(field.only.key)
    mine = {thumb.response_id for thumb in said if thumb.response_id in own}
    graders = Counter(thumb.response_id for thumb in said)
    full = {response for response, count in graders.items() if count >= criteria_set.graders_wanted}
    results = results_of(criteria_set)
    standing = Standing(
        results={response: results.get(response, {}) for response in field.scope},
        left=[
            response
            for response, uuid in field.scope.items()
            if response not in mine | full and uuid not in skipped
        ],
        suspects=_suspects(criteria_set),
        begun=graders.keys(),
        turn=len(mine),
        seed=str(criteria_set.uuid),
    )
    return choose_next(standing, order=criteria_set.order)


def _suspects(criteria_set: CriteriaSet) -> dict[int, int]:
    rows = SuspectOutput.objects.for_project(criteria_set.project).filter(criteria_set=criteria_set)
    return dict(rows.values_list("response_id", "count"))


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
