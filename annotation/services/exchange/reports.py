"""What an import of annotations added, in figures."""

from collections.abc import Mapping
from typing import Any

from annotation.models import Queue
from annotation.services.exchange.storing import Stored


def report_of(stored: Mapping[Queue, Stored], *, annotators: int) -> dict[str, Any]:
    """Return what was added, in all and by queue."""
    return {
        "queues": [
            {
                "name": queue.name,
                "protocol": queue.protocol,
                "tasks": each.tasks,
                "annotations": each.annotations,
                "known": each.known,
            }
            for queue, each in stored.items()
        ],
        "tasks": sum(each.tasks for each in stored.values()),
        "annotations": sum(each.annotations for each in stored.values()),
        "known": sum(each.known for each in stored.values()),
        "annotators": annotators,
    }
