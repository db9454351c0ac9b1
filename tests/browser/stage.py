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
    from curation.domain.roles import Role
    from curation.models import User
    from curation.services.people import add_member, create_project

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
    from curation.services.sign_in import sign_in_path

    return reverse("curation:sign_in_link", args=sign_in_path(user=User.objects.get(email=email)).split("/"))


def mined_queue(*, project: str, chat_log: str, overlap: int = 1) -> dict[str, Any]:
    """Import a chat log, mine it, build pairs and open a queue over them."""
    from django.core.management import call_command

    from annotation.services.queues import create_pair_queue
    from curation.models import Project

    quietly = {"project": project, "verbosity": 0, "stdout": StringIO()}
    call_command("import_conversations", chat_log, **quietly)
    call_command("mine_feedback", detector="phrases", **quietly)
    call_command("build_pairs", recipe="dsat_then_better", **quietly)
    queue = create_pair_queue(project=Project.objects.get(slug=project), name="Mined pairs", overlap=overlap)
    return {"queue": str(queue.uuid), "tasks": queue.tasks.count()}


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


ACTS: Mapping[str, Callable[..., Any]] = {
    act.__name__: act for act in (cast, sign_in_link, mined_queue, judgements)
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
