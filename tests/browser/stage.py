"""The stagehand: a process inside the served instance that sets scenes and tells what the tables hold.

Reads a line `["act", {"argument": …}]` for each act and answers with a line `{"done": …}` or `{"failed": "…"}`.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

import django

ROLE_OF = {"annotator": "annotator", "second": "annotator", "researcher": "researcher", "admin": "admin"}


def cast(*, projects: list[str], password: str) -> dict[str, str]:
    """Make projects that share one set of people, an outsider in a project of their own, and the superuser."""
    from curation.domain.access.roles import Role
    from curation.models import User
    from curation.services.access.people import add_member, create_project

    people = {
        name: User.objects.create_user(f"{name}@example.org", password) for name in [*ROLE_OF, "outsider"]
    }
    people["root"] = User.objects.create_superuser("root@example.org", password)
    for slug in projects:
        project = create_project(slug=slug, name=slug.capitalize())
        for name, role in ROLE_OF.items():
            add_member(project=project, user=people[name], role=Role(role))
    elsewhere = create_project(slug="elsewhere", name="Elsewhere")
    add_member(project=elsewhere, user=people["outsider"], role=Role.ADMIN)
    return {name: user.email for name, user in people.items()}


def sign_in_link(*, email: str) -> str:
    """Return the path of a fresh one-time link."""
    from django.urls import reverse

    from curation.models import User
    from curation.services.access.sign_in import sign_in_path

    return reverse("curation:sign_in_link", args=sign_in_path(user=User.objects.get(email=email)).split("/"))


def stored_conversation(*, project: str, turns: list[list[str]]) -> str:
    """Store a conversation of (role, text) turns and return its path."""
    from django.urls import reverse

    from curation.models import Project
    from tests.cast import make_conversation

    made = make_conversation(Project.objects.get(slug=project), [(role, text) for role, text in turns])
    return reverse("curation:conversation_detail", args=[project, made.uuid])


def two_answers(*, project: str, left: str, right: str) -> str:
    """Store two answers to a prompt and return the path of the page that has them side by side."""
    from django.urls import reverse

    from curation.models import Project
    from tests.cast import make_pair

    pair = make_pair(Project.objects.get(slug=project), chosen=left, rejected=right)
    return reverse("curation:response_compare", args=[project, pair.chosen.uuid, pair.rejected.uuid])


def mined_queue(*, project: str, chat_log: str, overlap: int = 1) -> dict[str, Any]:
    """Import a chat log, mine it, build pairs and open a queue over them."""
    from django.core.management import call_command

    from annotation.services.queues.setup import create_pair_queue
    from curation.models import Project

    quietly = {"project": project, "verbosity": 0, "stdout": StringIO()}
    call_command("import_conversations", chat_log, **quietly)
    call_command("mine_feedback", detector="phrases", **quietly)
    call_command("build_pairs", recipe="dsat_then_better", **quietly)
    queue = create_pair_queue(project=Project.objects.get(slug=project), name="Mined pairs", overlap=overlap)
    return {"queue": str(queue.uuid), "tasks": queue.tasks.count()}


def frozen_version(*, project: str, name: str = "preferences") -> str:
    """Freeze the project's preferences and return the version's name."""
    from django.core.management import call_command

    call_command("freeze_dataset", project=project, name=name, verbosity=0, stdout=StringIO())
    return f"{name}@1"


def queued_run(*, project: str, version: str, settings: dict[str, Any]) -> str:
    """Ask for a run on the tiny model and return its id."""
    from uuid6 import uuid7

    from curation.models import DatasetVersion, User
    from training_jobs.services.runs import plan_run, queue_run

    dataset, number = version.split("@")
    asked = DatasetVersion.objects.get(project__slug=project, dataset__name=dataset, number=number)
    plan = plan_run(version=asked, objective="dpo", base_model="tiny", settings=settings)
    actor = User.objects.get(email="admin@example.org")
    run = queue_run(plan=plan, actor=actor, idempotency_key=uuid7())
    return str(run.uuid)


def run_state(*, uuid: str) -> dict[str, Any]:
    """Return how far a run is and how each attempt at it ended."""
    from training_jobs.models import TrainingRun

    run = TrainingRun.objects.get(uuid=uuid)
    attempts = list(run.attempts.order_by("number"))
    return {
        "state": run.state,
        "step": run.step,
        "endings": [attempt.ending for attempt in attempts],
        "resumed_from": [attempt.resumed_from_step for attempt in attempts],
        "evaluations": run.evaluations.count(),
        "adapter": str(run.adapter or ""),
    }


def minute_without_training_worker() -> None:
    """Have the last sign of life of the training worker lie a minute back, so that no test waits for one."""
    from datetime import timedelta

    from django.db.models import F

    from curation.models import Heartbeat
    from training_jobs.models import Worker

    minute = timedelta(minutes=1)
    Heartbeat.objects.filter(name="worker:training").update(seen_at=F("seen_at") - minute)
    Worker.objects.update(heartbeat_at=F("heartbeat_at") - minute)


def import_of(*, project: str, chat_log: str) -> str:
    """Ask the worker to import a file and return the job's id."""
    from pathlib import Path

    from curation.models import Project
    from curation.services.importers.imports import open_import
    from curation.services.work.jobs import ring_job

    job = open_import(project=Project.objects.get(slug=project), paths=[Path(chat_log)])
    ring_job(job=job)
    return str(job.uuid)


def import_state(*, uuid: str) -> dict[str, Any]:
    """Return how far an import is, and how many conversations its project has."""
    from curation.models import Conversation, Job

    job = Job.objects.get(uuid=uuid)
    batch = job.import_batch
    return {
        "state": job.state,
        "imported": batch.imported_count,
        "duplicates": batch.duplicate_count,
        "conversations": Conversation.objects.for_project(job.project).count(),
    }


def minute_without_worker() -> None:
    """Have the leases of running jobs and the worker's last sign of life lie a minute back."""
    from datetime import timedelta

    from django.db.models import F

    from curation.models import Heartbeat, Job

    minute = timedelta(minutes=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_expires_at=F("lease_expires_at") - minute)
    Heartbeat.objects.filter(name="worker:default").update(seen_at=F("seen_at") - minute)


def answered_set(*, project: str, answers: list[list[str]], wishes: list[str], judge: str) -> str:
    """Store a set that two models answered, the wishes of its first prompts, and an endpoint that judges.

    Returns the path of the set.
    """
    from django.urls import reverse

    from curation.models import ModelEndpoint, Project, Prompt
    from curation.services.writing.endpoints import save_endpoint
    from feedback_mining.models import UserWish
    from tests.curation.judged_sets import make_answered_set

    row = Project.objects.get(slug=project)
    save_endpoint(endpoint=ModelEndpoint(project=row, name="judge", base_url=judge, model="good"))
    made = make_answered_set(row, [(one, two) for one, two in answers])
    prompts = Prompt.objects.filter(project=row).order_by("id")
    for prompt, wish in zip(prompts, wishes, strict=False):
        UserWish.objects.create(project=row, message=prompt.last_message, detector="person", text=wish)
    return reverse("curation:response_set_detail", args=[project, made.uuid])


def probation(*, project: str, judge: str) -> str:
    """Store pairs that people decided, a queue with undecided ones, and two endpoints: one judges, one takes the first.

    Returns the path of the page of judges.
    """
    from django.urls import reverse

    from curation.models import ModelEndpoint, Project
    from curation.services.writing.endpoints import save_endpoint
    from tests.annotation.probation import ask_for, make_decided, make_undecided_queue

    row = Project.objects.get(slug=project)
    prices = {"prompt_price": 2, "completion_price": 8}
    for name, model in (("reader", "good"), ("place-taker", "first")):
        endpoint = ModelEndpoint(project=row, name=name, base_url=judge, model=model, **prices)
        save_endpoint(endpoint=endpoint)
    make_decided(row, pairs=24)
    ask_for(row)
    make_undecided_queue(row)
    return reverse("annotation:judge_list", args=[project])


def endpoint(*, project: str, address: str, model: str) -> str:
    """Store an endpoint of this project and return its name."""
    from curation.models import ModelEndpoint, Project
    from curation.services.writing.endpoints import save_endpoint

    made = ModelEndpoint(
        project=Project.objects.get(slug=project), name="local", base_url=address, model=model
    )
    return save_endpoint(endpoint=made).name


def judgements(*, project: str) -> list[dict[str, Any]]:
    """Return every act at the desk of a project, oldest first, with what was on which side."""
    from annotation.models import Annotation

    rows = Annotation.objects.filter(project__slug=project).select_related(
        "task__pair__chosen", "membership__user"
    )
    return [
        {
            "who": row.membership.user.email,
            "task": str(row.task.uuid),
            "act": row.act,
            "answer": row.answer,
            "order": row.order_shown,
            "chosen": str(row.task.pair.chosen.uuid),
            "active_ms": row.active_ms,
        }
        for row in rows.order_by("id")
    ]


def protocol_queue(**details: Any) -> str:
    """Open a queue of some protocol; see tests/browser/protocol_queues.py, as for the next two."""
    from tests.browser import protocol_queues

    return protocol_queues.protocol_queue(**details)


def answers_given(**details: Any) -> list[dict[str, Any]]:
    """Return what was judged, with the texts of answers in place of their ids."""
    from tests.browser import protocol_queues

    return protocol_queues.answers_given(**details)


def published(**details: Any) -> dict[str, Any]:
    """Return what judgements published."""
    from tests.browser import protocol_queues

    return protocol_queues.published(**details)


def graded_set(**details: Any) -> dict[str, Any]:
    """Make a graded criteria set; see tests/browser/criteria_scenes.py."""
    from tests.browser import criteria_scenes

    return criteria_scenes.graded_set(**details)


def labelled(**details: Any) -> dict[str, Any]:
    """Make labels that say something; see tests/browser/figure_scenes.py."""
    from tests.browser import figure_scenes

    return figure_scenes.labelled(**details)


def trained_protocols(*, project: str) -> None:
    """Make a model trained on ratings and one trained on choices, and have people compare their answers."""
    from curation.models import Project
    from tests.annotation.trained_models import answered_by_both, judge
    from tests.cast import make_pair

    row = Project.objects.get(slug=project)
    pairs = [make_pair(row, question=f"Question {at}?") for at in range(4)]
    judge(row, answered_by_both(row, pairs), wins=6)


ACTS: Mapping[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        cast,
        sign_in_link,
        stored_conversation,
        two_answers,
        mined_queue,
        frozen_version,
        queued_run,
        run_state,
        minute_without_training_worker,
        import_of,
        import_state,
        minute_without_worker,
        answered_set,
        endpoint,
        probation,
        judgements,
        protocol_queue,
        answers_given,
        published,
        labelled,
        trained_protocols,
        graded_set,
    )
}


def carry_out(line: str) -> dict[str, Any]:
    """Carry out one act; what went wrong is for the test that asked."""
    act, details = json.loads(line)
    try:
        return {"done": ACTS[act](**details)}
    except Exception:  # noqa: BLE001 - whatever it was, the test says it
        return {"failed": traceback.format_exc()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    django.setup()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(line)) + "\n")
        sys.stdout.flush()
