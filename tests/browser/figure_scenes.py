"""Scenes of figures, set inside the instance: a queue that two people judged, votes between models, an answered set."""

from typing import Any
from uuid import uuid4

# More preferences than a page counts while somebody waits.
MANY = 650


def labelled(*, project: str, judge: str = "") -> dict[str, Any]:
    """Make mined pairs that two people judged, a set that two models answered, and votes on it."""
    from annotation.services.queues.setup import create_pair_queue
    from curation.models import ModelEndpoint, Project
    from curation.services.writing.endpoints import save_endpoint
    from tests.cast import make_pair
    from tests.curation.judged_sets import make_answered_set

    row = Project.objects.get(slug=project)
    for at in range(8):
        pair = make_pair(
            row, question=f"Question {at}?", chosen=f"A longer answer, number {at}.", rejected="No."
        )
        pair.confidence = 0.9 - at / 20
        pair.save()
    queue = create_pair_queue(project=row, name="Mined pairs", overlap=2)
    for name, turned in (("annotator", 0), ("second", 2)):
        _judge(row, queue, name, turned=turned)
    answered = make_answered_set(row, [("It is 1.", "It is 2, surely."), ("No.", "Yes, it is, as you say.")])
    _vote(row, answered)
    if judge:
        save_endpoint(endpoint=ModelEndpoint(project=row, name="judge", base_url=judge, model="good"))
    return {"queue": str(queue.uuid)}


def _judge(project: Any, queue: Any, name: str, *, turned: int) -> None:
    """Have somebody judge all of a queue: for the mined answer, but for the first tasks, which they turn."""
    from annotation.services.desk.judgements import submit_judgement
    from annotation.services.desk.leases import lease_next_task
    from curation.models import Membership

    person = Membership.objects.get(project=project, user__email=f"{name}@example.org")
    contrary = set(queue.tasks.order_by("id").values_list("pk", flat=True)[:turned])
    while lease := lease_next_task(queue=queue, membership=person):
        pair = lease.task.pair
        wanted = pair.rejected if lease.task_id in contrary else pair.chosen
        choice = "a" if lease.order_shown[0] == str(wanted.uuid) else "b"
        submit_judgement(
            lease=lease,
            membership=person,
            payload={"choice": [choice]},
            idempotency_key=uuid4(),
            active_ms=9_000,
        )


def _vote(project: Any, answered: Any) -> None:
    from curation.models import Comparison, Response

    prompts = answered.entries.values_list("prompt", flat=True).distinct()
    pairs = [
        Response.objects.filter(prompt=prompt, model_version__isnull=False).order_by("id")
        for prompt in prompts
    ]
    Comparison.objects.bulk_create(
        Comparison(
            project=project,
            response_a=pairs[at % 2][0],
            response_b=pairs[at % 2][1],
            outcome="b" if at % 4 else "a",
            source="person",
            source_name="Models",
            annotator_pseudonym=f"person-{at % 5}",
        )
        for at in range(MANY)
    )
