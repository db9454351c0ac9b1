"""Learning a project's rubric from its users' thumbs, and criteria that people add themselves."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, Project, User
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns
from curation.services.writing.asking import askable_endpoint
from feedback_mining.detectors.spur import SpurDetector
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorStoppedError
from feedback_mining.domain.rubric_learning import (
    MOST_REASONS,
    batches_of,
    extraction_request,
    reasons_in,
    signs_in,
    summary_request,
)
from feedback_mining.domain.rubrics import (
    ITEMS_PER_POLARITY,
    Rubric,
    RubricItem,
    best_threshold,
    fitted_steepness,
)
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import LearnedRubric, ProjectCriterion
from feedback_mining.queries.thumbs import ThumbedConversation, thumb_counts, thumbed_conversations
from feedback_mining.services.lesson_versions import take_version
from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatRequest, ChatUnavailableError
from language_models.chat.expense import Expense, expected_expense, expense_of, scaled
from language_models.chat.structured import UnreadableAnswerError
from language_models.protocols import BudgetSpentError

# Is told how many requests of how many have begun.
Report: TypeAlias = Callable[[int, int], None]
PURPOSE = "rubric"
# Fewer of either kind say nothing that holds for others.
FEWEST_THUMBS = 5
# Of each kind; more of them teach little more, and every one is asked about.
MOST_THUMBS = 500
# Every third conversation is held out, to say how well the rubric does.
_HELD_OUT_EVERY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learned:
    """A rubric with how it does on the thumbs that it was learned from, and on those held out."""

    rubric: Rubric
    figures: Mapping[str, Any]


class _Lesson:
    """A model that is being asked: counts its requests against how many there will be, and what they take."""

    def __init__(self, model: AskableModel, *, report: Report, requests: int) -> None:
        self.model, self.requests, self.expense = model, requests, Expense()
        self._report, self._begun = report, 0

    def step(self) -> None:
        """Report before a request; raises where the work was cancelled."""
        self._report(self._begun, self.requests)
        # An unreadable answer is asked for again, which nobody can foresee.
        self._begun = min(self._begun + 1, self.requests - 1)

    def ask(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, str]]:
        """Yield the place of each request that got an answer, with the answer."""
        with closing(self.model.ask_all(enumerate(requests), before_each=self.step)) as answers:
            for answered in answers:
                if answered.reply is not None:
                    self.expense += expense_of(answered.reply, price=self.model.price)
                    yield answered.key, answered.reply.text


def learn_rubric(
    *,
    project: Project,
    endpoint: ModelEndpoint,
    actor: User | None = None,
    report: Report = lambda _done, _total: None,
) -> LearnedRubric:
    """Learn the next version of the project's rubric; raises HarkenError where there are too few thumbs.

    `report` is told how many requests of how many have begun, and may raise to stop: replies that came are kept.
    """
    thumbed = thumbed_conversations(project, most=MOST_THUMBS)
    _require_both(thumbed)
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE)
    lesson = _Lesson(model, report=report, requests=len(_foreseen(thumbed)) + len(thumbed))
    try:
        learned = _learned(lesson, thumbed)
    except (BudgetSpentError, ChatUnavailableError, DetectorStoppedError) as error:
        raise HarkenError(str(error)) from error
    report(lesson.requests, lesson.requests)
    return _store(project, learned, endpoint, actor)


def price_rubric(*, project: Project, endpoint: ModelEndpoint, sample: int = MOST_THUMBS) -> dict[str, Any]:
    """Return what learning would take at most, without asking anyone; raises HarkenError for too few thumbs.

    Of each kind of thumb `sample` conversations are read, and the rest that a lesson takes is taken to be alike.
    """
    thumbed = thumbed_conversations(project, most=sample)
    _require_both(thumbed)
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE)
    expected = expected_expense(_foreseen(thumbed), price=model.price)
    scoring = SpurDetector(model, rubric=Rubric(version=0, items=tuple(_placeholders())))
    expected += scoring.estimate([context for each in thumbed for context in each.contexts])
    read, learned_from = (_most_of(project, most=most) for most in (sample, MOST_THUMBS))
    whole = scaled(expected, read=read, of=learned_from)
    return {"conversations": len(thumbed) * learned_from // read, **whole.as_json()}


def _most_of(project: Project, *, most: int) -> int:
    """Return how many conversations are read where at most so many of each kind are."""
    counts = thumb_counts(project)
    return min(counts.up, most) + min(counts.down, most)


def _foreseen(thumbed: Sequence[ThumbedConversation]) -> list[ChatRequest]:
    """Return the requests of a lesson as far as they can be foreseen: its summaries are of reasons yet unknown."""
    requests = []
    for polarity in Polarity:
        wanted = [each for each in _to_learn_from(thumbed) if each.is_pleased == (polarity is Polarity.SAT)]
        requests += [extraction_request(each.contexts, polarity=polarity) for each in wanted]
        reasons = ["a reason in about twenty words " * 4] * (MOST_REASONS * len(wanted))
        requests += [
            summary_request(batch, so_far=_placeholders(), polarity=polarity, sources=())
            for batch in batches_of(reasons)
        ]
    return requests


def _placeholders() -> list[RubricItem]:
    """Return as many signs as a rubric may have, as long as they usually are, for its price alone."""
    return [
        RubricItem(
            name=f"A sign by name {number}",
            polarity=polarity,
            definition="The user does something that takes about a line to say. " * 2,
            criterion="Praise" if polarity is Polarity.SAT else "Negative_Feedback",
        )
        for polarity in Polarity
        for number in range(ITEMS_PER_POLARITY)
    ]


def _to_learn_from(thumbed: Sequence[ThumbedConversation]) -> list[ThumbedConversation]:
    return [each for place, each in enumerate(thumbed) if place % _HELD_OUT_EVERY]


@transaction.atomic
def _store(project: Project, learned: _Learned, endpoint: ModelEndpoint, actor: User | None) -> LearnedRubric:
    row = LearnedRubric.objects.create(
        project=project,
        version=take_version(project=project, earlier=LearnedRubric.objects.for_project(project)),
        endpoint=endpoint,
        rubric_items=[{**asdict(item), "polarity": item.polarity.value} for item in learned.rubric.items],
        threshold=learned.rubric.threshold,
        steepness=learned.rubric.steepness,
        learned_from=dict(learned.figures),
        created_by=actor,
    )
    details = {"version": row.version, **learned.figures}
    record_event(action="rubric.learned", project=project, actor=actor, target=row, details=details)
    return row


def _require_both(thumbed: Sequence[ThumbedConversation]) -> None:
    up = sum(each.is_pleased for each in thumbed)
    if min(up, len(thumbed) - up) < FEWEST_THUMBS:
        raise HarkenError(
            _(
                "There are %(up)s conversations with a thumb up and %(down)s with a thumb down in which the user "
                "went on to say something. %(fewest)s of each are needed to learn a rubric."
            )
            % {"up": up, "down": len(thumbed) - up, "fewest": FEWEST_THUMBS}
        )


def _learned(lesson: _Lesson, thumbed: Sequence[ThumbedConversation]) -> _Learned:
    kept = _to_learn_from(thumbed)
    held_out = [each for place, each in enumerate(thumbed) if place % _HELD_OUT_EVERY == 0]
    found = [item for polarity in Polarity for item in _signs(lesson, kept, polarity)]
    # A sign that both kinds of thumbs share tells nothing, and would count for one of them.
    named = Counter(item.name.casefold() for item in found)
    items = [item for item in found if named[item.name.casefold()] == 1]
    if not items:
        raise HarkenError(_("The endpoint's answers held no sign that could be read. Try another model."))
    plain = Rubric(version=0, items=tuple(items))
    known, others = _scores(lesson, plain, kept), _scores(lesson, plain, held_out)
    scores, pleased = [score for score, _up in known], [up for _score, up in known]
    threshold = best_threshold(scores, pleased)
    rubric = Rubric(
        version=0,
        items=plain.items,
        threshold=threshold,
        steepness=fitted_steepness(scores, pleased, threshold=threshold),
    )
    right = sum((score >= threshold) == up for score, up in others)
    figures = {
        "conversations": len(kept),
        "held_out": len(others),
        "held_out_right": right,
        "signs": len(items),
        "expense": lesson.expense.as_json(),
    }
    return _Learned(rubric=rubric, figures=figures)


def _signs(lesson: _Lesson, thumbed: Sequence[ThumbedConversation], polarity: Polarity) -> list[RubricItem]:
    """Return what the reasons of one kind of thumb come down to; answers that cannot be read are left out."""
    wanted = [each for each in thumbed if each.is_pleased == (polarity is Polarity.SAT)]
    reasons = _reasons(lesson, [each.contexts for each in wanted], polarity)
    sources = tuple(each.conversation for each in wanted)
    items: list[RubricItem] = []
    for batch in batches_of(reasons):
        request = summary_request(batch, so_far=items, polarity=polarity, sources=sources)
        for _place, answer in lesson.ask([request]):
            found = _readable(answer, polarity)
            if not found:
                lesson.model.forget(request)
            items = found or items
    return items


def _reasons(
    lesson: _Lesson, conversations: Sequence[Sequence[FeedbackContext]], polarity: Polarity
) -> list[str]:
    requests = [extraction_request(each, polarity=polarity) for each in conversations]
    reasons: dict[int, list[str]] = {}
    for place, answer in lesson.ask(requests):
        try:
            reasons[place] = reasons_in(answer)
        except UnreadableAnswerError:
            lesson.model.forget(requests[place])
    return [reason for _place, found in sorted(reasons.items()) for reason in found]


def _readable(answer: str, polarity: Polarity) -> list[RubricItem]:
    try:
        return signs_in(answer, polarity=polarity)
    except UnreadableAnswerError:
        return []


def _scores(
    lesson: _Lesson, rubric: Rubric, thumbed: Sequence[ThumbedConversation]
) -> list[tuple[float, bool]]:
    """Return the score of each conversation that could be read, with its thumb."""
    detector = SpurDetector(lesson.model, rubric=rubric, before_each=lesson.step)
    detector.detect([context for each in thumbed for context in each.contexts])
    lesson.expense += detector.expense
    return [
        (detector.satisfaction[name].score, each.is_pleased)
        for each in thumbed
        if (name := each.contexts[0].conversation) in detector.satisfaction
    ]


@transaction.atomic
def add_criterion(*, criterion: ProjectCriterion, actor: User | None = None) -> ProjectCriterion:
    """Store a criterion of the project's own; the next run of a detector that asks a model looks for it.

    Raises HarkenError where the project has one of this name.
    """
    take_turns("criteria", criterion.project_id)
    standing = ProjectCriterion.objects.for_project(criterion.project).filter(archived_at__isnull=True)
    if standing.filter(name=criterion.name).exists():
        raise HarkenError(_("There is a criterion of this name already."))
    criterion.created_by = actor
    criterion.full_clean(exclude=["created_by"])
    criterion.save()
    record_event(
        action="criterion.added",
        project=criterion.project,
        actor=actor,
        target=criterion,
        details={"name": str(criterion), "definition": criterion.definition},
    )
    return criterion


@transaction.atomic
def archive_criterion(*, criterion: ProjectCriterion, actor: User) -> None:
    """Look for a criterion no longer; what was found by it stays."""
    criterion.archived_at = timezone.now()
    criterion.save(update_fields=["archived_at"])
    record_event(action="criterion.archived", project=criterion.project, actor=actor, target=criterion)
