"""Which conversations a language model has yet to read for wishes, and what was found so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Greatest, Least, Substr

from curation.models import Conversation, Message, Project
from feedback_mining.domain.checklists import SAME_PLACE
from feedback_mining.models import ChecklistReading, Signal, UserWish
from feedback_mining.queries.wishes import BY_MODEL, BY_PERSON, standing_wishes

PAGE = 25
SHOWN_WORDS = 300
# What so often gave no readable answer is left alone until the user says more.
TRIES = 3


class Scope(StrEnum):
    """Whose wishes are asked for."""

    ALL = "all"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPage:
    """One page of wishes, newest first, and the wish before which the next page begins."""

    wishes: Sequence[UserWish]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishCounts:
    """How many wishes stand, in how many conversations, how many of them code checks, and who found them."""

    wishes: int
    conversations: int
    checked: int
    by_model: int
    by_people: int


def conversations_to_read(project: Project, *, scope: Scope, version: str = "") -> list[int]:
    """Return the ids of the conversations that hold what this version has not read, oldest first.

    Without a version they are all that stand.
    """
    said = Message.objects.filter(conversation=OuterRef("pk"), role=Message.Role.USER).order_by("-id")
    read = ChecklistReading.objects.filter(conversation=OuterRef("pk"), version=version)
    standing = Conversation.objects.for_project(project).filter(
        archived_at__isnull=True, withdrawn_at__isnull=True
    )
    newest = standing.annotate(newest_said=Subquery(said.values("id")[:1])).filter(newest_said__isnull=False)
    given_up = Q(failures__gte=TRIES, failed_at_message_id__gte=OuterRef("newest_said"))
    done = read.filter(Q(through_message_id__gte=OuterRef("newest_said")) | given_up)
    unread = newest.exclude(Exists(done))
    if scope is Scope.COMPLAINTS:
        complaints = Signal.objects.current().filter(polarity=Signal.Polarity.DSAT)
        unread = unread.filter(Exists(complaints.filter(message__conversation=OuterRef("pk"))))
    return list(unread.order_by("id").values_list("id", flat=True))


def shown_wishes(project: Project) -> QuerySet[UserWish]:
    """Return the wishes that stand, without those that a language model says in fewer words.

    It is `feedback_mining.queries.wishes.without_doubles` for a whole project.
    """
    read = standing_wishes(project).filter(message=OuterRef("message"), detector=BY_MODEL)
    ends, starts = (F("span_end"), OuterRef("span_end")), (F("span_start"), OuterRef("span_start"))
    whole = IntegerField()
    at_once = Least(*ends, output_field=whole) - Greatest(*starts, output_field=whole)
    lengths = [
        ExpressionWrapper(end - start, output_field=whole) for end, start in zip(ends, starts, strict=True)
    ]
    shorter = Least(*lengths, output_field=whole)
    same_place = read.annotate(at_once=at_once, shorter=shorter).filter(
        shorter__gt=0, at_once__gte=F("shorter") * SAME_PLACE
    )
    is_alike = Q(constraint=OuterRef("constraint"), settings=OuterRef("settings"))
    is_double = Exists(same_place.filter(is_alike | Q(edited_at__isnull=False))) | Q(
        Exists(same_place), constraint=""
    )
    touched = Q(edited_at__isnull=False) | Q(detector__in=[BY_MODEL, BY_PERSON])
    return standing_wishes(project).filter(touched | ~Q(is_double))


def wish_page(project: Project, *, before: UUID | None = None) -> WishPage:
    """Return a page of the wishes that stand, each with the words that it came from as `quote`."""
    wishes = shown_wishes(project).filter(message__conversation__archived_at__isnull=True)
    # Cut in the database: a message may be a megabyte long.
    length = Least(F("span_end") - F("span_start"), Value(SHOWN_WORDS))
    wishes = wishes.annotate(quote=Substr("message__text", F("span_start") + 1, length))
    if before is not None:
        place = UserWish.objects.for_project(project).filter(uuid=before).values_list("id", flat=True)
        wishes = wishes.filter(pk__lt=place.first() or 0)
    related = wishes.select_related("message__conversation").defer("message__text", "message__rich_parts")
    found = list(related.order_by("-id")[: PAGE + 1])
    return WishPage(wishes=found[:PAGE], next_before=found[PAGE - 1].uuid if len(found) > PAGE else None)


def wish_counts(project: Project) -> WishCounts:
    """Return how many wishes stand and who found them."""
    counts = shown_wishes(project).aggregate(
        wishes=Count("id"),
        conversations=Count("message__conversation", distinct=True),
        checked=Count("id", filter=~Q(constraint="")),
        by_model=Count("id", filter=Q(detector=BY_MODEL, edited_at__isnull=True)),
        by_people=Count("id", filter=Q(edited_at__isnull=False)),
    )
    return WishCounts(**counts)
