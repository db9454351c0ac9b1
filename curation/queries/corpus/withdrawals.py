"""What a withdrawal would reach."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from curation.models import Conversation, DatasetRow, DatasetVersion, ModelVersion, Project, SourceUser

# A pseudonym is shown by its beginning; a shorter one would name nobody for sure.
SHORTEST_BEGINNING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReach:
    """What the withdrawal of a user would erase and mark."""

    user: SourceUser
    conversations: int
    rows: int
    versions: list[DatasetVersion]
    models: list[ModelVersion]


def source_user_named(project: Project, pseudonym: str) -> SourceUser | None:
    """Return the one user whose pseudonym is, or begins with, this; None where none or several are."""
    if len(pseudonym.strip()) < SHORTEST_BEGINNING or "\x00" in pseudonym:
        return None
    users = SourceUser.objects.for_project(project).filter(pseudonym__startswith=pseudonym.strip())
    found = list(users.select_related("project")[:2])
    return found[0] if len(found) == 1 else None


def rows_holding(project: Project, *, conversations: Iterable[int]) -> Q:
    """Return which rows hold text of these conversations, on either side."""
    ids = list(conversations)
    prompts = ("prompt", "rejected_prompt", "chosen__prompt", "rejected__prompt")
    condition = Q()
    for prompt in prompts:
        condition |= Q(**{f"{prompt}__conversation_id__in": ids})
    return condition & Q(project=project)


def versions_holding(project: Project, *, conversations: Iterable[int]) -> list[int]:
    """Return the versions with rows that hold text of these conversations."""
    rows = DatasetRow.objects.filter(rows_holding(project, conversations=conversations))
    return sorted(set(rows.values_list("version_id", flat=True)))


def user_reach(user: SourceUser) -> UserReach:
    """Return what the withdrawal of a user would erase and mark."""
    rows = Conversation.objects.for_project(user.project).filter(source_user=user, withdrawn_at__isnull=True)
    conversations = list(rows.values_list("id", flat=True))
    held = versions_holding(user.project, conversations=conversations)
    return UserReach(
        user=user,
        conversations=len(conversations),
        rows=DatasetRow.objects.filter(rows_holding(user.project, conversations=conversations)).count(),
        versions=list(DatasetVersion.objects.filter(pk__in=held).select_related("dataset").order_by("id")),
        models=list(ModelVersion.objects.filter(trained_on__in=held).order_by("name")),
    )
