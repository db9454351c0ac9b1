"""Users' wishes as a checklist, and which of them bind which answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from curation.models import Conversation, Message, Project
from feedback_mining.domain.checklists import is_same_place
from feedback_mining.domain.constraints import Binding, Constraint, binding_after
from feedback_mining.models import UserWish

# Who found a wish, as its `detector` says: code that knows constraints, a language model, a person. Any other is the
# detector whose complaint states it.
BY_RULES, BY_MODEL, BY_PERSON = "constraints", "language model", "person"
# Checking a long conversation again would keep a reader waiting.
CHECKED_ANSWERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistEntry:
    """A wish; `is_binding` and `broken_at`, the positions of the answers that break it, where code checks it."""

    wish: UserWish
    words: str
    is_binding: bool
    broken_at: Sequence[int]


def standing_wishes(project: Project) -> QuerySet[UserWish]:
    """Return the wishes that no person removed and no withdrawal emptied."""
    return UserWish.objects.for_project(project).filter(removed_at__isnull=True).exclude(text="")


def constraints_by_message(
    project: Project, *, conversation_ids: Iterable[int]
) -> dict[int, list[Constraint]]:
    """Return the constraints of each message, as people left them."""
    wishes = wishes_by_message(project, conversation_ids=conversation_ids)
    found = {
        message: [constraint_of(each) for each in said if each.constraint] for message, said in wishes.items()
    }
    return {message: constraints for message, constraints in found.items() if constraints}


def wishes_by_message(project: Project, *, conversation_ids: Iterable[int]) -> dict[int, list[UserWish]]:
    """Return the wishes of each message, as people left them, each once."""
    found: dict[int, list[UserWish]] = defaultdict(list)
    rows = standing_wishes(project).filter(message__conversation__in=list(conversation_ids))
    for wish in without_doubles(rows.order_by("span_start", "id")):
        found[wish.message_id].append(wish)
    return dict(found)


def without_doubles(wishes: Iterable[UserWish]) -> list[UserWish]:
    """Leave out what code or a detector found where a language model says the same in fewer words.

    What a person wrote or edited stays.
    """
    listed = list(wishes)
    read: dict[int, list[UserWish]] = defaultdict(list)
    for wish in listed:
        if wish.detector == BY_MODEL:
            read[wish.message_id].append(wish)
    return [wish for wish in listed if not any(_says(each, wish) for each in read[wish.message_id])]


def _says(better: UserWish, wish: UserWish) -> bool:
    """Tell whether a model's wish, perhaps edited by a person, says what another one says, which nobody edited."""
    if wish.detector in (BY_MODEL, BY_PERSON) or wish.edited_at is not None:
        return False
    is_checked_alike = (wish.constraint, wish.settings) == (better.constraint, better.settings)
    if wish.constraint and not is_checked_alike and better.edited_at is None:
        return False
    return is_same_place((better.span_start, better.span_end), (wish.span_start, wish.span_end))


def conversations_with_constraints(project: Project) -> list[int]:
    """Return the ids of the conversations that stand and in which a user set a constraint, oldest first."""
    rows = (
        standing_wishes(project)
        .exclude(constraint="")
        .filter(
            message__conversation__archived_at__isnull=True, message__conversation__withdrawn_at__isnull=True
        )
    )
    return sorted(set(rows.values_list("message__conversation_id", flat=True)))


def constraint_of(wish: UserWish) -> Constraint:
    """Return what code checks of a wish."""
    return Constraint(kind=wish.constraint, settings=wish.settings, start=wish.span_start, end=wish.span_end)


def checklist_of(conversation: Conversation) -> list[ChecklistEntry]:
    """Return the checklist of a conversation in the order of its messages, each wish once."""
    wishes = standing_wishes(conversation.project).filter(message__conversation=conversation)
    rows = wishes.select_related("message").order_by("message__position", "span_start", "id")
    ordered = without_doubles(rows)
    turns = _turns(conversation, ordered)
    seen: dict[tuple[int, str], ChecklistEntry] = {}
    for wish in ordered:
        key = (wish.message.position, wish.text.casefold())
        if key not in seen or (wish.constraint and not seen[key].wish.constraint):
            seen[key] = _entry(wish, turns)
    return list(seen.values())


def wish_of(project: Project, *, uuid: UUID) -> UserWish | None:
    """Return a wish of the project that stands."""
    return (
        standing_wishes(project).filter(uuid=uuid).select_related("message__conversation", "project").first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    """What binds at the end, and what of it each answer was bound by and broke."""

    binding: Sequence[Binding]
    broken: Sequence[tuple[int, Binding]]


def _turns(conversation: Conversation, wishes: Sequence[UserWish]) -> _Turns:
    by_message: dict[int, list[Constraint]] = defaultdict(list)
    for wish in wishes:
        if wish.constraint:
            by_message[wish.message_id].append(constraint_of(wish))
    if not by_message:
        return _Turns(binding=[], broken=[])
    is_turn = Q(role=Message.Role.USER) | Q(role=Message.Role.ASSISTANT)
    binding: list[Binding] = []
    broken: list[tuple[int, Binding]] = []
    checked = 0
    for message in conversation.messages.filter(is_turn).order_by("position").iterator():
        if message.role == Message.Role.USER:
            set_here = by_message.get(message.pk, [])
            binding = binding_after(binding, at=message.position, text=message.text, constraints=set_here)
        elif message.text.strip() and checked < CHECKED_ANSWERS:
            checked += 1
            broken += [
                (message.position, each)
                for each in binding
                if each.constraint.is_followed(answer=message.text) is False
            ]
    return _Turns(binding=binding, broken=broken)


def _entry(wish: UserWish, turns: _Turns) -> ChecklistEntry:
    own = constraint_of(wish) if wish.constraint else None
    position = wish.message.position
    return ChecklistEntry(
        wish=wish,
        words=wish.message.text[wish.span_start : wish.span_end],
        is_binding=any(each.constraint == own and each.set_at == position for each in turns.binding),
        broken_at=[at for at, each in turns.broken if each.constraint == own and each.set_at == position],
    )
