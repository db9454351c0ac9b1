"""Queues for what came in a file: found by their name, or made with what the file says of how people were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Guideline, Queue
from curation.domain.errors import HarkenError
from curation.models import Project
from curation.services.work.audit import record_event

BEGINNING = "imported:"
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How people were asked in a file; `queue` is there where an earlier file made it."""

    name: str
    protocol: str
    platform: str
    settings: Mapping[str, Any]
    guideline: str
    queue: Queue | None = None


def imported_queue(project: Project, name: str) -> Queue | None:
    """Return the queue of this name; raises HarkenError where it was not made from a file."""
    queue = Queue.objects.for_project(project).filter(name=name).select_related("guideline").first()
    if queue is not None and not str(queue.source.get("pairs", "")).startswith(BEGINNING):
        raise HarkenError(
            _(
                "The queue %(name)s asks people here, so nothing of a file is put into it. "
                "Name another queue with --queue; it is made when it is absent."
            )
            % {"name": name}
        )
    if queue is not None:
        queue.project = project
    return queue


def queue_for(
    project: Project, *, base: str, protocols: Sequence[str], is_only: bool
) -> tuple[str, Queue | None]:
    """Return the name for a queue of one of these protocols, and the queue where it is there.

    It is the base where nothing else comes in the file, else the base with the protocol.
    """
    longer = [f"{base}: {protocol}" for protocol in protocols]
    there = {name: imported_queue(project, name) for name in (base, *longer)}
    for name, queue in there.items():
        if queue is not None and queue.protocol in protocols:
            return name, queue
    return (base if is_only and there[base] is None else longer[0]), None


def ensure_queue(project: Project, asking: Asking) -> Queue:
    """Return the queue, made where it is absent, with the guideline of its file."""
    if asking.queue is not None:
        return asking.queue
    queue = Queue(
        project=project,
        name=asking.name,
        protocol=asking.protocol,
        settings=dict(asking.settings),
        source={"pairs": f"{BEGINNING}{asking.platform}"},
    )
    queue.full_clean()
    queue.save()
    queue.guideline = Guideline.objects.create(
        project_id=project.pk, queue=queue, version=1, body=asking.guideline
    )
    queue.save(update_fields=["guideline"])
    record_event(action="queue.created", project=project, target=queue, details={"from": asking.platform})
    return queue


def guideline_or_origin(words: str, *, platform: str, file_name: str) -> str:
    """Return the guideline of a file, or where it has none a sentence that says where its queue came from."""
    return words or _(
        "These annotations came from the file %(file)s of %(platform)s, which does not say how people were asked "
        "to judge. Write down what you know of it: it becomes the next version."
    ) % {"file": file_name, "platform": platform.replace("_", " ")}
