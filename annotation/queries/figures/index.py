"""What the index of figures lists: the pages of the whole project, and the queues that hold judgements."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.models import Annotation, Queue
from curation.models import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePage:
    """A page of figures about the whole project: its route, its title, and the question that it answers."""

    route: str
    title: str | Promise
    asks: str | Promise


# Shown in this order; a route takes the project's slug alone.
PROJECT_PAGES: Sequence[FigurePage] = (
    FigurePage(
        route="annotation:judge_list",
        title=_("Judges"),
        asks=_("How far does a model judge as people do, and has it earned that its verdicts become labels?"),
    ),
    FigurePage(
        route="annotation:crossed_new",
        title=_("A crossed experiment"),
        asks=_("Would the same people say the same by rating as by choosing? How many does it take to know?"),
    ),
    FigurePage(
        route="annotation:source_protocols",
        title=_("Scores and ranks"),
        asks=_("Do the scores of answers tell the same story as the orders that they stand in?"),
    ),
    FigurePage(
        route="annotation:trained_protocols",
        title=_("Trained on ratings, trained on choices"),
        asks=_("Does it matter to a trained model by which protocol its pairs were decided?"),
    ),
    FigurePage(
        route="annotation:model_ranking",
        title=_("Model ranking"),
        asks=_("Which model is preferred to which, how surely, and whom nobody can tell apart?"),
    ),
    FigurePage(
        route="annotation:tournament_list",
        title=_("Tournaments"),
        asks=_("Which answer to each prompt is the best, in as few matches as possible?"),
    ),
    FigurePage(
        route="annotation:preference_factors",
        title=_("What drives the choice"),
        asks=_("Does length, form or wording explain the labels, and do judges choose as people do?"),
    ),
    FigurePage(
        route="annotation:calibration",
        title=_("Calibration"),
        asks=_("Does what the miner or a scorer claims come true with people?"),
    ),
    FigurePage(
        route="annotation:label_noise",
        title=_("Noise, and what to ask again"),
        asks=_("How many labels are wrong, and which answer would tell most for a minute of work?"),
    ),
    FigurePage(
        route="annotation:robustness",
        title=_("Robustness"),
        asks=_("Would the answers be the same, had the question been put in another way?"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQueue:
    """A queue with the acts of judging in it, revisions included, and how many people they came from."""

    queue: Queue
    judgements: int
    people: int


def judged_queues(project: Project) -> list[JudgedQueue]:
    """Return the queues of a project, the newest first, in one query."""
    judged = Q(tasks__annotations__act=Annotation.Act.JUDGED, tasks__is_gold=False)
    queues = Queue.objects.for_project(project).annotate(
        judgements=Count("tasks__annotations", filter=judged),
        judges=Count("tasks__annotations__membership", filter=judged, distinct=True),
    )
    return [
        JudgedQueue(queue=queue, judgements=queue.judgements, people=queue.judges)
        for queue in queues.order_by("-id")
    ]
