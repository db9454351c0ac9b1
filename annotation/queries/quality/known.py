"""Known answers and what is said against them, in words: what a researcher decides by."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Annotation, GoldAnswer, GoldContest, Queue
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.quality.gold import gold_answers, open_contests
from annotation.queries.quality.review import answers_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInWords:
    """A known answer and what it says."""

    gold: GoldAnswer
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestInWords:
    """A contest, what is known, and what whoever contests it answered; "" where that was taken back."""

    contest: GoldContest
    known: str
    answered: str


def known_in_words(queue: Queue) -> list[KnownInWords]:
    """Return the queue's known answers, the newest first."""
    golds = list(gold_answers(queue))
    says = _say(queue, golds)
    return [KnownInWords(gold=gold, says=said) for gold, said in zip(golds, says, strict=True)]


def contests_in_words(queue: Queue) -> list[ContestInWords]:
    """Return the contests that wait for a decision, the oldest first."""
    contests = list(open_contests(queue))
    known = _say(queue, [contest.gold for contest in contests])
    given = list(
        standing_judgements()
        .filter(task__gold__contests__in=contests, membership__in={each.membership_id for each in contests})
        .select_related("task")
        .distinct()
    )
    words = zip(given, answers_in_words(queue, given), strict=True)
    answered = {(each.task_id, each.membership_id): said for each, said in words}
    return [
        ContestInWords(
            contest=contest,
            known=said,
            answered=answered.get((contest.gold.task_id, contest.membership_id), ""),
        )
        for contest, said in zip(contests, known, strict=True)
    ]


def _say(queue: Queue, golds: Sequence[GoldAnswer]) -> list[str]:
    """Say what is known in the words in which answers are told."""
    as_given = [
        Annotation(task=gold.task, answer=gold.answer, order_shown=gold.order_shown, way=gold.way)
        for gold in golds
    ]
    return answers_in_words(queue, as_given)
