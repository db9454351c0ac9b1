"""Users' checklists: constraints found in their words, what people change of them, and how answers follow them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Message, Project, Scorer, User
from curation.services.corpus.preferences import publish_scorer, publish_scores
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns_with_withdrawals
from feedback_mining.domain.checklists import is_same_place
from feedback_mining.domain.constraints import Binding, Constraint, binding_after, constraints_in
from feedback_mining.models import UserWish
from feedback_mining.queries.conversations import (
    CHUNK_CONVERSATIONS,
    conversations_with_messages,
    unread_conversation_ids,
    withdrawn_conversation_ids,
)
from feedback_mining.queries.wishes import BY_PERSON, BY_RULES, constraints_by_message

FOLLOWED, RULES_VERSION = "constraints followed", "1"
LONGEST_WISH = 500


def find_constraints(
    project: Project, *, after_message_id: int, before_each: Callable[[], None] = lambda: None
) -> int:
    """Find constraints in the conversations with newer messages, and score how their answers follow them.

    Returns how many answers were scored. It reads a chunk at a time and repeats without harm; `before_each` is called
    before each chunk, and raises to stop.
    """
    ids, scored = unread_conversation_ids(project, after_message_id=after_message_id), 0
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        before_each()
        chunk = ids[start : start + CHUNK_CONVERSATIONS]
        scored += store_constraints(project, [messages for _, messages in conversations_with_messages(chunk)])
    return scored


def store_constraints(project: Project, conversations: Sequence[Sequence[Message]]) -> int:
    """Store the constraints and the scores of a chunk; what a person edited or removed stays as it is.

    Words are searched and answers checked before the rows are stored: whoever withdraws waits for the storing alone.
    """
    said = [
        message for messages in conversations for message in messages if message.role == Message.Role.USER
    ]
    _store_rows(project, said, _rows(project, said))
    followed = _shares_followed(project, [messages for messages in conversations if messages])
    return _publish_scores(project, followed)


@transaction.atomic
def _store_rows(project: Project, said: Sequence[Message], rows: Sequence[UserWish]) -> None:
    take_turns_with_withdrawals(project)
    withdrawn = withdrawn_conversation_ids(message.conversation_id for message in said)
    found = UserWish.objects.for_project(project).filter(
        detector=BY_RULES, message__in=[message.pk for message in said]
    )
    found.filter(edited_at__isnull=True, removed_at__isnull=True).delete()
    standing = [row for row in rows if row.message.conversation_id not in withdrawn]
    UserWish.objects.bulk_create(standing, ignore_conflicts=True)


def _rows(project: Project, messages: Iterable[Message]) -> list[UserWish]:
    return [
        UserWish(
            project_id=project.pk,
            message=message,
            detector=BY_RULES,
            number=number,
            text=message.text[constraint.start : constraint.end],
            span_start=constraint.start,
            span_end=constraint.end,
            constraint=constraint.kind,
            settings=dict(constraint.settings),
        )
        for message in messages
        for number, constraint in enumerate(constraints_in(message.text))
    ]


def _shares_followed(
    project: Project, conversations: Sequence[Sequence[Message]]
) -> dict[int, dict[int, float]]:
    """Return by conversation which share of its binding constraints each answer follows."""
    by_conversation = {messages[0].conversation_id: messages for messages in conversations}
    wishes = constraints_by_message(project, conversation_ids=by_conversation)
    return {
        conversation: _followed(messages, wishes)
        for conversation, messages in by_conversation.items()
        if any(message.pk in wishes for message in messages)
    }


@transaction.atomic
def _publish_scores(project: Project, followed: Mapping[int, Mapping[int, float]]) -> int:
    """Publish the shares of what stands by now."""
    take_turns_with_withdrawals(project)
    withdrawn = withdrawn_conversation_ids(followed)
    standing = (shares for conversation, shares in followed.items() if conversation not in withdrawn)
    values = {message: share for shares in standing for message, share in shares.items()}
    scorer = publish_scorer(
        project=project,
        name=FOLLOWED,
        version=RULES_VERSION,
        kind=Scorer.Kind.CHECKS,
        specification={
            "value": "share of the binding constraints that code can check and the answer follows"
        },
    )
    return publish_scores(scorer=scorer, target="message", values=values)


def _followed(messages: Sequence[Message], wishes: dict[int, list[Constraint]]) -> dict[int, float]:
    binding: list[Binding] = []
    shares: dict[int, float] = {}
    for message in messages:
        if message.role == Message.Role.USER:
            set_here = wishes.get(message.pk, [])
            binding = binding_after(binding, at=message.position, text=message.text, constraints=set_here)
        elif message.role == Message.Role.ASSISTANT and message.text.strip():
            held = [each.constraint.is_followed(answer=message.text) for each in binding]
            known = [each for each in held if each is not None]
            if known:
                shares[message.pk] = sum(known) / len(known)
    return shares


@transaction.atomic
def add_wish(*, message: Message, text: str, actor: User) -> UserWish:
    """Add an entry to a conversation's checklist in a person's words; code checks it where it can."""
    _require_standing(message)
    numbers = UserWish.objects.filter(message=message, detector=BY_PERSON).aggregate(Max("number"))
    newest = numbers["number__max"]
    wish = UserWish(
        project_id=message.project_id,
        message=message,
        detector=BY_PERSON,
        number=0 if newest is None else newest + 1,
    )
    return _written(wish, text, actor, action="wish.added")


@transaction.atomic
def edit_wish(*, wish: UserWish, text: str, actor: User) -> UserWish:
    """Put an entry in other words; what code checks follows the new words. No run changes it any more."""
    _require_standing(wish.message)
    return _written(wish, text, actor, action="wish.edited")


@transaction.atomic
def remove_wish(*, wish: UserWish, actor: User) -> None:
    """Take an entry off the checklist for good, whoever found the same words or says the same of them."""
    now = timezone.now()
    standing = UserWish.objects.filter(message=wish.message, removed_at__isnull=True)
    same = [each.pk for each in standing if _is_same(each, wish)]
    UserWish.objects.filter(pk__in=same).update(removed_at=now, edited_at=now, edited_by=actor)
    record_event(action="wish.removed", project=wish.project, actor=actor, target=wish)


def _is_same(one: UserWish, other: UserWish) -> bool:
    """Tell whether two entries of a message say the same: in the same words, or of the same words to the same check."""
    if one.text.casefold() == other.text.casefold():
        return True
    spans = ((one.span_start, one.span_end), (other.span_start, other.span_end))
    is_alike = (one.constraint, one.settings) == (other.constraint, other.settings)
    return one.edited_at is None and is_alike and is_same_place(*spans)


def _require_standing(message: Message) -> None:
    """Wait for whoever withdraws or writes at this moment; raises HarkenError where the conversation is withdrawn."""
    take_turns_with_withdrawals(message.project)
    if withdrawn_conversation_ids([message.conversation_id]):
        raise HarkenError(_("This conversation was withdrawn, so it has no checklist any more."))


def _written(wish: UserWish, text: str, actor: User, *, action: str) -> UserWish:
    """Save a person's words; raises HarkenError where they are no wish."""
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_WISH:
        raise HarkenError(
            _("A wish is a sentence of at most %(count)s characters.") % {"count": LONGEST_WISH}
        )
    constraint = next(iter(constraints_in(words)), None)
    wish.text, wish.edited_by, wish.edited_at = words, actor, timezone.now()
    wish.constraint = constraint.kind if constraint else ""
    wish.settings = dict(constraint.settings) if constraint else {}
    wish.save()
    record_event(action=action, project=wish.project, actor=actor, target=wish, details=_details(wish))
    return wish


def _details(wish: UserWish) -> dict[str, Any]:
    return {"message": str(wish.message.uuid), "constraint": wish.constraint}
