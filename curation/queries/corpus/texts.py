"""The text of prompts and responses, fetched in bulk as chat messages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.domain.versions.recipe_rows import StoredTurn, StoredTurns
from curation.models import Message, Prompt, Response

ChatMessage = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """A prompt as chat messages, with what its row's split hangs on."""

    messages: list[ChatMessage]
    conversation_id: int
    source_user_id: int | None


def prompt_texts(prompt_ids: Iterable[int]) -> dict[int, PromptText]:
    """Return the text of prompts by id, in two queries."""
    prompts = list(
        Prompt.objects.filter(pk__in=set(prompt_ids)).values_list(
            "id", "conversation_id", "conversation__source_user_id", "last_message__position"
        )
    )
    messages: dict[int, list[tuple[int, ChatMessage]]] = defaultdict(list)
    rows = Message.objects.filter(conversation_id__in={row[1] for row in prompts}).order_by("position")
    for conversation, position, role, text in rows.values_list("conversation_id", "position", "role", "text"):
        messages[conversation].append((position, {"role": role, "content": text}))
    return {
        prompt: PromptText(
            messages=[message for position, message in messages[conversation] if position <= last],
            conversation_id=conversation,
            source_user_id=user,
        )
        for prompt, conversation, user, last in prompts
    }


def response_texts(response_ids: Iterable[int]) -> dict[int, str]:
    """Return the text of responses by id, in one query."""
    rows = Response.objects.filter(pk__in=set(response_ids)).values_list("id", "body_text", "message__text")
    return {response: logged or body for response, body, logged in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTurns:
    """A prompt as stored turns, with what leads to its conversation."""

    turns: StoredTurns
    conversation_id: int
    last_message_id: int


def prompt_turns(prompt_ids: Iterable[int]) -> dict[int, PromptTurns]:
    """Return prompts by id, with the parts of what is more than text, in two queries."""
    prompts = list(
        Prompt.objects.filter(pk__in=set(prompt_ids)).values_list(
            "id", "conversation_id", "last_message_id", "last_message__position"
        )
    )
    messages: dict[int, list[tuple[int, StoredTurn]]] = defaultdict(list)
    rows = Message.objects.filter(conversation_id__in={row[1] for row in prompts}).order_by("position")
    fields = ("conversation_id", "position", "role", "text", "rich_parts")
    for conversation, position, role, text, rich_parts in rows.values_list(*fields):
        messages[conversation].append((position, stored_turn(role, text, rich_parts or ())))
    return {
        prompt: PromptTurns(
            turns=[turn for position, turn in messages[conversation] if position <= end],
            conversation_id=conversation,
            last_message_id=last,
        )
        for prompt, conversation, last, end in prompts
    }


def stored_turn(role: str, text: str, parts: Sequence[Mapping[str, Any]]) -> StoredTurn:
    """Return a message as a frozen row keeps it: with its parts only where it is more than text."""
    turn: StoredTurn = {"role": role, "content": text}
    if any(part.get("type") != "text" for part in parts):
        turn["parts"] = list(parts)
    return turn
