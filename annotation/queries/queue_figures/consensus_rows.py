"""The consensus of every subject of a queue with its soft labels, as the rows of a file."""

from typing import Any

from annotation.consensus import load_method
from annotation.domain.consensus.files import consensus_rows
from annotation.models import Queue
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.consensus_figures import attribute_of
from annotation.queries.queue_figures.queue_agreement import judgement_count
from annotation.queries.queue_figures.queue_consensus import queue_consensus
from curation.models import Project

# Judgements whose consensus is written while somebody waits for the file.
AT_ONCE = 3_000


def consensus_question(queue: Queue, *, attribute: str, method: str) -> Question:
    """Return the question for the file of a queue's consensus, the attribute by the name that pages give it."""
    return {"queue": str(queue.uuid), "attribute": attribute, "method": method}


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the rows, the names of the columns first; raises HarkenError where the method gives none."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    method = load_method(question["method"])
    report(0, None)
    consensus = queue_consensus(queue, method=method, attribute=attribute_of(question["attribute"]))
    return {"rows": [list(row) for row in consensus_rows(consensus)]}
