"""A small cast for every test: plain functions that make rows."""

from itertools import count

from django.utils import timezone

from curation.domain.access.roles import Role
from curation.domain.corpus.hashing import content_hash
from curation.domain.corpus.records import MessageRecord, TextPart
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

numbers = count(1)


def make_project(slug: str) -> Project:
    """Make a project."""
    return create_project(slug=slug, name=slug.capitalize())


def make_user(email: str = "") -> User:
    """Make a person with an account."""
    return User.objects.create_user(email or f"person{next(numbers)}@example.org", "a-long-password")


def make_member(project: Project, role: Role) -> User:
    """Make a person who has this role in the project."""
    user = make_user()
    add_member(project=project, user=user, role=role)
    return user


def make_conversation(
    project: Project, turns: list[tuple[str, str]], *, language: str = "en", batch: ImportBatch | None = None
) -> Conversation:
    """Make a conversation of (role, text) turns."""
    records = [MessageRecord(role=role, parts=(TextPart(text=text),)) for role, text in turns]
    conversation = Conversation.objects.create(
        project=project,
        batch=batch or ImportBatch.objects.create(project=project, name="made by a test"),
        content_hash=content_hash(records) + f"#{next(numbers)}",
        language=language,
        title=turns[0][1][:100],
        message_count=len(turns),
        user_message_count=sum(role == "user" for role, _ in turns),
        started_at=timezone.now(),
    )
    Message.objects.bulk_create(
        Message(
            project=project,
            conversation=conversation,
            position=position,
            role=role,
            text=text,
        )
        for position, (role, text) in enumerate(turns)
    )
    return conversation


def make_pair(
    project: Project, *, question: str = "What is 2+2?", chosen: str = "4", rejected: str = "5"
) -> PreferencePair:
    """Make a pair whose rejected answer is logged and whose chosen answer is imported."""
    conversation = make_conversation(project, [("user", question), ("assistant", rejected)])
    asked, answered = conversation.messages.order_by("position")
    prompt = Prompt.objects.create(project=project, conversation=conversation, last_message=asked)
    logged = Response.objects.create(
        project=project, prompt=prompt, message=answered, origin="logged", content_hash=f"h1:{next(numbers)}"
    )
    better = Response.objects.create(
        project=project,
        prompt=prompt,
        body=[{"type": "text", "text": chosen}],
        body_text=chosen,
        origin="imported",
        content_hash=f"h1:{next(numbers)}",
    )
    return PreferencePair.objects.create(
        project=project,
        prompt=prompt,
        chosen=better,
        rejected=logged,
        origin="mined",
        recipe="dsat_then_better",
    )
