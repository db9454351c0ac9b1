"""A project with a queue, and people who are signed in; and what the tables say after they have worked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count, F, Q
from django.urls import reverse
from uuid6 import uuid7

from annotation.models import Annotation, Lease, Queue
from annotation.queries.desk.cards import standing_judgements
from annotation.services.queues.setup import create_pair_queue
from benchmarks.annotators import Shift
from curation.domain.access.roles import Role
from curation.models import (
    Conversation,
    ImportBatch,
    Message,
    PreferencePair,
    Project,
    Prompt,
    Response,
    User,
)
from curation.services.access.people import add_member, create_project

# As long as the answers of a chat usually are.
ANSWER = (
    "The tide turns twice a day. **Why** it does is a matter of two pulls:\n\n- the moon's\n- the sun's\n\n"
    * 6
)
BACKEND = "curation.queries.access.signed_in.PersonBackend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A queue, the address of its desk, and a session for everybody who works there."""

    queue: Queue
    path: str
    sessions: Sequence[str]

    @classmethod
    def set(cls, *, people: int, tasks: int) -> "Scene":
        """Make a project of its own with so many people and tasks."""
        project = create_project(slug=f"load-{uuid7()}", name="Load")
        _store_pairs(project, count=tasks)
        queue = create_pair_queue(project=project, name="Load")
        path = reverse("annotation:desk", args=[project.slug, queue.uuid])
        return cls(queue=queue, path=path, sessions=[_signed_in(project) for _ in range(people)])

    def audit(self, shifts: Sequence[Shift]) -> dict[str, Any]:
        """Return what was confirmed and what is stored: lost, doubled, beyond the overlap, and errors."""
        keys = [key for shift in shifts for key in shift.confirmed]
        made = Annotation.objects.filter(task__queue=self.queue)
        stored = set(made.values_list("idempotency_key", flat=True))
        standing = standing_judgements().filter(task__queue=self.queue)
        judged = Count("annotations", distinct=True)
        active = Count("leases", filter=Q(leases__ended_at__isnull=True), distinct=True)
        tasks = self.queue.tasks.annotate(judged=judged, active=active)
        errors = [error for shift in shifts for error in shift.errors]
        return {
            "confirmed": len(keys),
            "stored": standing.count(),
            "lost": sum(UUID(key) not in stored for key in keys),
            "doubled": made.count() - len(set(keys)),
            "beyond_overlap": tasks.filter(judged__gt=F("wanted")).count(),
            "stuck": tasks.exclude(wanted=F("open_slots") + F("judged") + F("active")).count(),
            "leases_left": Lease.objects.filter(task__queue=self.queue, ended_at__isnull=True).count(),
            "errors": len(errors),
            **({"first_error": errors[0]} if errors else {}),
        }


def _signed_in(project: Project) -> str:
    """Return the session key of a new annotator of the project."""
    user = User.objects.create_user(f"{uuid7()}@example.org")
    add_member(project=project, user=user, role=Role.ANNOTATOR)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _store_pairs(project: Project, *, count: int) -> None:
    """Store conversations of one question with a logged answer, each paired with another answer."""
    batch = ImportBatch.objects.create(project=project, name="load")
    numbers = range(count)
    conversations = Conversation.objects.bulk_create(
        Conversation(
            project=project,
            batch=batch,
            content_hash=f"h1:{number}",
            title=f"Question {number}",
            language="en",
            message_count=2,
            user_message_count=1,
        )
        for number in numbers
    )
    asked, answered = (
        Message.objects.bulk_create(
            Message(
                project=project, conversation=each, position=place, role=role, text=f"{text} {each.title}"
            )
            for each in conversations
        )
        for place, (role, text) in enumerate([("user", "Why is there a tide?"), ("assistant", ANSWER)])
    )
    prompts = Prompt.objects.bulk_create(
        Prompt(project=project, conversation=conversation, last_message=message)
        for conversation, message in zip(conversations, asked, strict=True)
    )
    logged = Response.objects.bulk_create(
        Response(
            project=project, prompt=prompt, message=message, origin="logged", content_hash=f"h1:{message.pk}"
        )
        for prompt, message in zip(prompts, answered, strict=True)
    )
    written = Response.objects.bulk_create(
        Response(
            project=project,
            prompt=prompt,
            body=[{"type": "text", "text": ANSWER}],
            body_text=f"{prompt.pk}: {ANSWER} In short: gravity.",
            origin="imported",
            content_hash=f"h1:w{prompt.pk}",
        )
        for prompt in prompts
    )
    PreferencePair.objects.bulk_create(
        PreferencePair(
            project=project, prompt=prompt, chosen=one, rejected=other, origin="mined", recipe="load"
        )
        for prompt, one, other in zip(prompts, written, logged, strict=True)
    )
