"""The rules of a queue as its researcher sees them: the source in words, the people, and what was passed on."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from annotation.models import Annotation, CrossedReading, Queue, QueueMember, Task
from annotation.queries.queues.crossing import first_queue_id
from curation.models import Membership
from curation.queries.corpus.saved_views import view_of
from curation.queries.versions.datasets import version_of
from curation.queries.writing.generation import response_set_of

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredTask:
    """A task that too many passed on, with their reasons."""

    task: Task
    reasons: list[str]


def source_in_words(queue: Queue) -> str:
    """Return what a queue is filled with, as a researcher calls it."""
    words = [_pairs_in_words(queue)]
    if "view" in queue.source:
        view = view_of(queue.project, UUID(queue.source["view"]))
        words.append(_("of the view %(name)s") % {"name": view.name if view else _("that was put away")})
    if queue.source.get("answers") == "written":
        words.append(_("only what models wrote"))
    return ", ".join(words)


def _pairs_in_words(queue: Queue) -> str:
    if "signals" in queue.source:
        return _("messages with signals")
    kind, _colon, rest = str(queue.source.get("pairs", "mined")).partition(":")
    if kind == "recipe":
        return _("pairs of the recipe %(name)s") % {"name": rest}
    if kind == "version":
        version = version_of(queue.project, UUID(rest))
        return _("dataset version %(name)s") % {"name": version or rest}
    if kind == "set":
        found = response_set_of(queue.project, UUID(rest))
        return _("answers of %(name)s") % {"name": found.name if found else rest}
    if kind == "imported":
        return _("annotations of a file of %(name)s") % {"name": rest.replace("_", " ")}
    names = {
        "mined": _("pairs mined from feedback"),
        "candidates": _("regenerated and edited answers"),
        "again": _("tasks of another queue, asked again"),
        "tournament": _("the games of a tournament"),
    }
    return names.get(kind, kind)


def named_members(queue: Queue) -> list[QueueMember]:
    """Return the people named for a queue, in the order of naming."""
    return list(queue.people.select_related("membership__user").order_by("id"))


def retired_tasks(queue: Queue) -> list[RetiredTask]:
    """Return the tasks that were passed on too often, the newest first, each with the reasons given."""
    tasks = list(
        queue.tasks.filter(retired_at__isnull=False)
        .select_related("conversation")
        .order_by("-retired_at")[:MOST_SHOWN]
    )
    reasons: dict[int, list[str]] = defaultdict(list)
    skips = Annotation.objects.filter(task__in=tasks, act=Annotation.Act.SKIPPED).order_by("id")
    for task, answer in skips.values_list("task_id", "answer"):
        reasons[task].append(str(answer.get("reason", "")))
    return [RetiredTask(task=task, reasons=reasons[task.pk]) for task in tasks]


def readers_of(queue: Queue) -> list[dict[str, Any]]:
    """Return who holds places at crossed items, and how many."""
    if queue.partner_id is None:
        return []
    places = CrossedReading.objects.filter(item__queue_id=first_queue_id(queue), ended_at__isnull=True)
    held = dict(places.order_by().values_list("membership").annotate(places=Count("id")))
    people = Membership.objects.in_bulk(held)
    return [
        {"uuid": people[pk].uuid, "pseudonym": people[pk].pseudonym, "places": count}
        for pk, count in held.items()
    ]
