"""Prompts that no model was trained on, with what their users made plain that they want."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import MD5, Left

from curation.domain.versions.splitting import group_rows, near_duplicate_links
from curation.models import Conversation, DatasetRow, Message, Project, Prompt
from feedback_mining.domain.held_out import WishTurn, checklist_at, request_to_evaluate
from feedback_mining.domain.pairs import KnownWish
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.queries.signals import findings_by_message
from feedback_mining.queries.wishes import constraint_of, standing_wishes, without_doubles

CHUNK_CONVERSATIONS = 200
TRAIN = "train"
# Of a prompt so much is compared, and embedded; from this likeness on splits keep rows together.
COMPARED, NEAR_DUPLICATE = 2_000, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPrompt:
    """A user message that an evaluation may ask about, with the wishes that answers to it are held against.

    `text` is its beginning, as far as prompts are compared.
    """

    message_id: int
    text: str
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A prompt with the hashes of its words and of what its user said first."""

    prompt: HeldOutPrompt
    words: str
    opening: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The prompts to choose from, and how many conversations with wishes are not among them, by reason."""

    prompts: list[HeldOutPrompt]
    left_out: Mapping[str, int]


def held_out_prompts(project: Project) -> HeldOut:
    """Return a prompt of each conversation whose user made a wish plain and that no version trains on.

    What shares its conversation or its user with a row of a frozen version's train split is not held out, nor what is
    tied to one as splits tie rows: by nearly the same words, or the same opening. Of several prompts of the same words
    one is enough.
    """
    wished = _with_wishes(project)
    ids = list(_untrained(project, wished).order_by("id").values_list("id", flat=True))
    found: dict[str, _Candidate] = {}
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        for each in _candidates(project, ids[start : start + CHUNK_CONVERSATIONS]):
            found.setdefault(each.words, each)
    prompts = _unlike_trained(project, list(found.values()))
    left_out = {
        "trained_on": wished.count() - len(ids),
        "same_words": len(ids) - len(found),
        "near_duplicate": len(found) - len(prompts),
    }
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


def _unlike_trained(project: Project, candidates: Sequence[_Candidate]) -> list[HeldOutPrompt]:
    """Return the prompts that nothing ties to what is trained on."""
    rows = _trained(project)
    prompts = Prompt.objects.filter(
        Q(pk__in=rows.values("prompt")) | Q(pk__in=rows.values("rejected_prompt"))
    ).annotate(said=Left("last_message__text", COMPARED), opening=_opening("conversation"))
    trained = list(prompts.values_list("said", "opening").distinct())
    if not trained:
        return [each.prompt for each in candidates]
    texts = [*(said for said, _opened in trained), *(each.prompt.text for each in candidates)]
    openings = [*(opened for _said, opened in trained), *(each.opening for each in candidates)]
    alike = near_duplicate_links(texts, threshold=NEAR_DUPLICATE)
    groups = group_rows([[opened] if opened else [] for opened in openings], links=alike)
    taken = set(groups[: len(trained)])
    return [
        each.prompt
        for each, group in zip(candidates, groups[len(trained) :], strict=True)
        if group not in taken
    ]


def _opening(conversation: str) -> Subquery:
    """Return the hash of what the user said first: threads of one tree share it."""
    said = Message.objects.filter(conversation=OuterRef(conversation), role=Message.Role.USER)
    return Subquery(said.order_by("position").values(opened=MD5("text"))[:1])


def _candidates(project: Project, ids: Sequence[int]) -> Iterator[_Candidate]:
    """Yield the prompt of each of these conversations."""
    turns = _turns(project, ids)
    asked = {each: request_to_evaluate(turns.get(each, ())) for each in ids}
    chosen = Q(pk__in=[])
    for conversation, position in asked.items():
        if position is not None:
            chosen |= Q(conversation=conversation, position=position)
    messages: Any = Message.objects.filter(chosen).annotate(
        hashed=MD5("text"), said=Left("text", COMPARED), opening=_opening("conversation")
    )
    for key, conversation, position, said, hashed, opening in messages.order_by(
        "conversation_id"
    ).values_list("id", "conversation_id", "position", "said", "hashed", "opening"):
        if said.strip():
            wishes = checklist_at(turns[conversation], position=position)
            prompt = HeldOutPrompt(message_id=key, text=said, wishes=wishes)
            yield _Candidate(prompt=prompt, words=hashed, opening=opening)


def _turns(project: Project, conversations: Collection[int]) -> dict[int, list[WishTurn]]:
    """Return the messages of those of these conversations that hold wishes."""
    wishes: dict[int, list[KnownWish]] = defaultdict(list)
    rows = standing_wishes(project).filter(message__conversation__in=conversations)
    for wish in without_doubles(rows.order_by("span_start", "id")):
        constraint = constraint_of(wish) if wish.constraint else None
        wishes[wish.message_id].append(KnownWish(text=wish.text, constraint=constraint))
    with_wishes = set(rows.values_list("message__conversation", flat=True))
    complaints = _complaints(project, with_wishes)
    turns: dict[int, list[WishTurn]] = defaultdict(list)
    messages: Any = Message.objects.filter(conversation_id__in=with_wishes).order_by("position")
    user_text = Case(
        When(role=Message.Role.USER, then=F("text")), default=Value(""), output_field=TextField()
    )
    rows_of_turns = messages.annotate(user_text=user_text).values_list(
        "id", "conversation_id", "position", "role", "user_text"
    )
    for key, conversation, position, role, text in rows_of_turns.iterator():
        said, complains = tuple(wishes.get(key, ())), key in complaints
        turn = WishTurn(position=position, role=role, text=text, wishes=said, complains=complains)
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
