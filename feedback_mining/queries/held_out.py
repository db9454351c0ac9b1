"""Prompts that no model was trained on, with what their users made plain that they want."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import MD5

from curation.models import Conversation, DatasetRow, Message, Project, Prompt
from feedback_mining.domain.held_out import WishTurn, checklist_at, request_to_evaluate
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.queries.signals import findings_by_message
from feedback_mining.queries.wishes import standing_wishes, without_doubles

CHUNK_CONVERSATIONS = 200
TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPrompt:
    """A user message that an evaluation may ask about, with the wishes that answers to it are held against."""

    message_id: int
    text: str
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The prompts to choose from, and how many conversations with wishes are not among them, by reason."""

    prompts: list[HeldOutPrompt]
    left_out: Mapping[str, int]


def held_out_prompts(project: Project) -> HeldOut:
    """Return a prompt of each conversation whose user made a wish plain and that no version trains on.

    What shares its conversation, its user or the words of its prompt with a row of a frozen version's train split is
    not held out, and of several prompts of the same words one is enough.
    """
    wished = _with_wishes(project)
    ids = list(_untrained(project, wished).order_by("id").values_list("id", flat=True))
    trained_words, seen = _trained_words(project), set[str]()
    prompts: list[HeldOutPrompt] = []
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        for prompt, words in _prompts_of(project, ids[start : start + CHUNK_CONVERSATIONS]):
            if words not in trained_words and words not in seen:
                prompts.append(prompt)
            seen.add(words)
    left_out = {"trained_on": wished.count() - len(ids), "same_words": len(ids) - len(prompts)}
    return HeldOut(prompts=prompts, left_out=left_out)


def checklists_of_prompts(project: Project, prompts: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return what answers to each prompt are held against, by the prompt's id; none for a prompt without wishes."""
    rows = Prompt.objects.for_project(project).filter(pk__in=list(prompts))
    places = list(rows.order_by("id").values_list("id", "conversation_id", "last_message__position"))
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(places), CHUNK_CONVERSATIONS):
        chunk = places[start : start + CHUNK_CONVERSATIONS]
        turns = _turns(project, {conversation for _prompt, conversation, _at in chunk})
        for prompt, conversation, position in chunk:
            found[prompt] = checklist_at(turns.get(conversation, ()), position=position)
    return {prompt: checklist for prompt, checklist in found.items() if checklist}


def _with_wishes(project: Project) -> QuerySet[Conversation]:
    wished = standing_wishes(project).values("message__conversation")
    return Conversation.objects.for_project(project).filter(
        pk__in=wished, archived_at__isnull=True, withdrawn_at__isnull=True
    )


def _untrained(project: Project, conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Leave out what a frozen version trains on, and the other conversations of the same users."""
    rows = _trained(project)
    trained = Conversation.objects.filter(
        Q(pk__in=rows.values("prompt__conversation")) | Q(pk__in=rows.values("rejected_prompt__conversation"))
    )
    users = trained.filter(source_user__isnull=False).values("source_user")
    return conversations.exclude(pk__in=trained.values("pk")).exclude(source_user__in=users)


def _trained(project: Project) -> QuerySet[DatasetRow]:
    return DatasetRow.objects.for_project(project).filter(split=TRAIN, version__frozen_at__isnull=False)


def _trained_words(project: Project) -> set[str]:
    """Return the hash of the last message of every prompt that is trained on."""
    prompts = Prompt.objects.filter(pk__in=_trained(project).values("prompt"))
    return set(prompts.annotate(hashed=MD5("last_message__text")).values_list("hashed", flat=True))


def _prompts_of(project: Project, ids: Sequence[int]) -> Iterator[tuple[HeldOutPrompt, str]]:
    """Yield the prompt of each of these conversations, with the hash of its words."""
    turns = _turns(project, ids)
    asked = {each: request_to_evaluate(turns.get(each, ())) for each in ids}
    chosen = Q(pk__in=[])
    for conversation, position in asked.items():
        if position is not None:
            chosen |= Q(conversation=conversation, position=position)
    messages = Message.objects.filter(chosen).annotate(hashed=MD5("text"))
    for row in messages.order_by("conversation_id").only("id", "conversation_id", "position", "text"):
        if row.text.strip():
            wishes = checklist_at(turns[row.conversation_id], position=row.position)
            yield HeldOutPrompt(message_id=row.pk, text=row.text, wishes=wishes), row.hashed


def _turns(project: Project, conversations: Collection[int]) -> dict[int, list[WishTurn]]:
    """Return the messages of those of these conversations that hold wishes."""
    wishes: dict[int, list[str]] = defaultdict(list)
    rows = standing_wishes(project).filter(message__conversation__in=conversations)
    for wish in without_doubles(rows.order_by("span_start", "id")):
        wishes[wish.message_id].append(wish.text)
    with_wishes = set(rows.values_list("message__conversation", flat=True))
    complaints = _complaints(project, with_wishes)
    turns: dict[int, list[WishTurn]] = defaultdict(list)
    messages: Any = Message.objects.filter(conversation_id__in=with_wishes).order_by("position")
    for key, conversation, position, role in messages.values_list(
        "id", "conversation_id", "position", "role"
    ):
        said, complains = tuple(wishes.get(key, ())), key in complaints
        turn = WishTurn(position=position, role=role, wishes=said, complains=complains)
        turns[conversation].append(turn)
    return dict(turns)


def _complaints(project: Project, conversations: Collection[int]) -> set[int]:
    """Return the messages that complain, as people left what was found."""
    found = findings_by_message(project, conversation_ids=conversations)
    return {
        message
        for message, findings in found.items()
        if any(polarity_of(finding.criterion) is Polarity.DSAT for finding in findings)
    }
