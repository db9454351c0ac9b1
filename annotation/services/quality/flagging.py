"""Flags of people: what they read holds personal data, or others should be warned of it."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Lease
from curation.domain.errors import HarkenError
from curation.models import Tag, User
from curation.services.work.audit import record_event

# The tag of each flag: recipes of datasets refuse the first by themselves, and the desk warns of the second.
FLAGS = {"pii": gettext_lazy("personal data"), "content:unsafe": gettext_lazy("unsafe or upsetting")}


@transaction.atomic
def flag_conversation(*, lease: Lease, flag: str, actor: User) -> None:
    """Tag the conversation of the task in hand; twice changes nothing.

    Raises HarkenError where the task is not in hand any more, or the flag is none of FLAGS.
    """
    if lease.ended_at is not None:
        raise HarkenError(_("You do not hold this task any more, so nothing was flagged."))
    if flag not in FLAGS:
        raise HarkenError(_("There is no such flag. Choose one of those that are offered."))
    _tag, is_new = Tag.objects.get_or_create(
        conversation=lease.task.conversation,
        name=flag,
        message=None,
        defaults={"project_id": lease.project_id, "source": Tag.Source.PERSON, "created_by": actor},
    )
    if is_new:
        _note(lease, actor, action="conversation.flagged", flags=[flag])


@transaction.atomic
def take_flags_back(*, lease: Lease, actor: User) -> int:
    """Remove what this person flagged on the conversation of the task in hand, and return how much it was."""
    own = Tag.objects.filter(
        conversation=lease.task.conversation, source=Tag.Source.PERSON, created_by=actor, name__in=FLAGS
    )
    flags = sorted(own.values_list("name", flat=True))
    own.delete()
    if flags:
        _note(lease, actor, action="conversation.unflagged", flags=flags)
    return len(flags)


def _note(lease: Lease, actor: User, *, action: str, flags: list[str]) -> None:
    conversation = lease.task.conversation
    record_event(
        action=action,
        project=conversation.project,
        actor=actor,
        target=conversation,
        details={"flags": flags},
    )
