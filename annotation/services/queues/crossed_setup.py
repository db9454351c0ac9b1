"""Two queues over the same items under two protocols, opened as one setting."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from annotation.models import Queue
from annotation.protocols import load_protocol
from annotation.services.queues.crossing import lay_out_items
from annotation.services.queues.setup import QueueRules, create_queue
from curation.models import Project, User

NAME_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The two protocols, how each of them asks, and how many hours lie between them for a person."""

    protocols: tuple[str, str]
    rules: tuple[QueueRules, QueueRules] = (QueueRules(), QueueRules())
    wash_out_hours: float = 24.0


@transaction.atomic
def create_crossed_queues(
    *,
    project: Project,
    name: str,
    source: Mapping[str, str],
    crossing: Crossing,
    actor: User | None = None,
) -> tuple[Queue, Queue]:
    """Open a queue for each protocol: every person meets each of them first on half of the items.

    Whoever began an item reads it under the other protocol too, and not before the gap has passed.
    """
    names = (name, _second_name(name, crossing.protocols[1]))
    first, second = (
        create_queue(project=project, name=own, protocol=protocol, source=source, rules=rules, actor=actor)
        for own, protocol, rules in zip(names, crossing.protocols, crossing.rules, strict=True)
    )
    for queue, partner, is_second in ((first, second, False), (second, first, True)):
        queue.partner, queue.is_second = partner, is_second
        queue.wash_out_hours = crossing.wash_out_hours
        queue.save(update_fields=["partner", "is_second", "wash_out_hours"])
    lay_out_items(queue=first)
    return first, second


def _second_name(name: str, protocol: str) -> str:
    title = str(load_protocol(protocol).title)
    return f"{name[: NAME_LENGTH - len(title) - 3]} · {title}"
