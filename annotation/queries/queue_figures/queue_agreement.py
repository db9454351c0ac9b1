"""How far the people of a queue agree, on each thing that was asked, and in each part of it."""

from typing import Any

from annotation.domain.agreement.report import Cluster, Drawing, report_agreement
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.labels import LabelTable, Level
from annotation.models import Annotation, Queue
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.queue_judgements import QueueJudgements, queue_judgements
from annotation.queries.queue_figures.queue_slices import slices_of
from curation.models import Project

# Judgements that a page reads while somebody waits.
AT_ONCE = 3_000
# The name of what was asked where nobody rated an attribute: which of two answers is better.
PREFERENCE = "preference"


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def judgement_count(project: Project, question: Question, *, limit: int) -> int:
    """Return how many acts of judging a queue holds, at most `limit`."""
    acts = Annotation.objects.for_project(project).filter(
        task__queue__uuid=question["queue"], act=Annotation.Act.JUDGED
    )
    return acts.values("pk")[:limit].count()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return `asked`: the agreement on each attribute that was rated and on preferences, with its slices."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    asked = asked_of(queue)
    drawing = Drawing(cluster=Cluster(question.get("drawn") or Cluster.ITEM))
    report(0, len(asked))
    found = {}
    for place, (name, (judgements, level)) in enumerate(asked.items()):
        slices = slices_of(queue, judgements, by=question["by"]) if question.get("by") else {}
        found[name] = report_agreement(
            label_table_of(judgements, level),
            level=level,
            drawing=drawing,
            slices={part: label_table_of(own, level) for part, own in slices.items()},
        ).as_json()
        report(place + 1, len(asked))
    return {"asked": found}


def asked_of(queue: Queue) -> dict[str, tuple[Judgements, Level]]:
    """Return what people judged: ratings by attribute, which have an order, and preferences, which have none."""
    return asked_in(queue_judgements(queue))


def asked_in(judged: QueueJudgements) -> dict[str, tuple[Judgements, Level]]:
    """Return the same of judgements that were read already."""
    asked = {name: (rated, Level.ORDINAL) for name, rated in sorted(judged.ratings.items())}
    if judged.orders.rows:
        asked[PREFERENCE] = (judged.orders, Level.NOMINAL)
    return asked


def label_table_of(judgements: Judgements, level: Level) -> LabelTable:
    """Return judgements as labels: preferences as what was said of each two answers, ratings as numbers."""
    return judgements.comparisons if level is Level.NOMINAL else judgements.ratings
