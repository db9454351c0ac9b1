"""Preferences as TRL takes them: chosen and rejected, as strings or messages, with or without a prompt."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TypeAlias

from curation.domain.column_mapping import ColumnMapping
from curation.domain.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required,
    wrong_type,
)
from curation.domain.preference_sides import Side, preference_of
from curation.domain.reading import Source
from curation.domain.records import (
    ConversationRecord,
    JsonValue,
    JudgedBy,
    MessageRecord,
    Position,
    RefusalReason,
)
from curation.domain.turns import text_message
from curation.importers.openai_chat import message_of

Split: TypeAlias = tuple[list[MessageRecord], list[MessageRecord], list[MessageRecord]]

_JUDGES: dict[str, JudgedBy] = {"people": "person", "person": "person", "human": "person", "model": "model"}


class TrlPreferenceImporter:
    """One preference a record: prompt and chosen answer are the conversation, both answers are the group.

    Without a prompt, the longest common beginning of both sides is the prompt, as TRL reads it. Fields
    score_chosen, score_rejected, model_chosen, model_rejected and decided_by are read where they are given.
    """

    name = "trl_preference"
    title = "TRL preference"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with both sides, as strings or as messages."""
        return 0.9 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    prompt, chosen, rejected = _texts_split(record)
    messages, group = preference_of(
        _side(record, [*prompt, *chosen], name="chosen"),
        _side(record, [*prompt, *rejected], name="rejected"),
        judged_by=_JUDGES.get(label_of(record, "judged_by", "decided_by"), "unknown"),
    )
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id", "prompt_id"),
        source_user=label_of(record, "user", "user_id"),
        language=label_of(record, "language", "lang"),
        model=group.replies[0].model,
        reply_groups=(group,),
        position=position,
    )


def _texts_split(record: JsonObject) -> Split:
    """Return prompt, chosen and rejected as messages."""
    chosen, rejected = required(record, "chosen"), required(record, "rejected")
    if isinstance(chosen, str) and isinstance(rejected, str) and record.get("prompt") is None:
        return _split_strings(chosen, rejected)
    prompt = _messages(record.get("prompt") or [], key="prompt", role="user")
    chosen_side = _messages(chosen, key="chosen", role="assistant")
    rejected_side = _messages(rejected, key="rejected", role="assistant")
    # Some data sets repeat the prompt inside both sides.
    if all(_spoken(side[: len(prompt)]) == _spoken(prompt) for side in (chosen_side, rejected_side)):
        prompt = []
    return prompt, chosen_side, rejected_side


def _spoken(messages: Sequence[MessageRecord]) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages]


def _split_strings(chosen: str, rejected: str) -> Split:
    length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(chosen, rejected, strict=False)))
    prompt = chosen[:length]
    if not prompt.strip():
        raise RecordError(
            RefusalReason.SIDES_DISAGREE,
            "There is no prompt, and the two sides do not begin alike, so none can be found.",
        )
    # The space before the first different word belongs to the answer.
    length -= prompt.endswith(" ")
    answers = [[text_message("assistant", side[length:])] for side in (chosen, rejected)]
    return [text_message("user", chosen[:length])], answers[0], answers[1]


def _messages(value: JsonValue, *, key: str, role: str) -> list[MessageRecord]:
    if isinstance(value, str):
        return [text_message(role, value)]
    if isinstance(value, list):
        return [message_of(turn, number=number) for number, turn in enumerate(value, start=1)]
    raise wrong_type(key, value=value, wanted="text or a list of messages")


def _side(record: JsonObject, messages: Sequence[MessageRecord], *, name: str) -> Side:
    return Side(
        messages=messages,
        model=label_of(record, f"model_{name}", f"{name}_model"),
        ratings=_score(record, key=f"score_{name}"),
    )


def _score(record: JsonObject, *, key: str) -> dict[str, float]:
    score = record.get(key)
    if score is None:
        return {}
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise wrong_type(key, value=score, wanted="a number")
    return {"score": float(score)}


def _fits(record: JsonObject) -> bool:
    return all(isinstance(record.get(side), str | list) for side in ("chosen", "rejected"))
