"""Preferences as TRL takes them: chosen and rejected, as strings or messages, with or without a prompt."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeAlias

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    JudgedBy,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
)
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    as_structured,
    convert_records,
    label_of,
    required,
    wrong_type,
)
from curation.domain.importers.named_prompts import prompt_turns
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.rated_replies import Answered, answered_prompt, rating_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import text_message
from curation.importers import hh
from curation.importers.openai_chat import message_of

Split: TypeAlias = tuple[list[MessageRecord], list[MessageRecord], list[MessageRecord]]

_JUDGES: dict[str, JudgedBy] = {"people": "person", "person": "person", "human": "person", "model": "model"}


class TrlPreferenceImporter:
    """One preference a record: prompt and chosen answer are the conversation, both answers are the group.

    Without a prompt, the longest common beginning of both sides is the prompt, as TRL reads it. Fields
    score_chosen, score_rejected, model_chosen, model_rejected and decided_by are read where they are given. A
    "reference", as Triple Preference Optimization has it, is the best of three answers.
    """

    name = "trl_preference"
    title = "TRL preference"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with both sides, as strings or as messages."""
        return 0.96 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    prompt, chosen, rejected = _texts_split(record, files=files)
    messages, group = preference_of(
        _side(record, [*prompt, *chosen], name="chosen"),
        _side(record, [*prompt, *rejected], name="rejected"),
        judged_by=judge_of(record),
    )
    if record.get("reference") is not None:
        best = messages_of(record["reference"], key="reference", role="assistant", files=files)
        messages, group = _with_reference([*prompt, *best], messages=messages, group=group)
    told = described(
        record,
        messages=messages,
        position=position,
        groups=(group,),
        files=files,
        model=group.replies[0].model,
    )
    return replace(told, source_id=label_of(record, "id", "prompt_id"))


def judge_of(record: JsonObject) -> JudgedBy:
    """Return who judged, as the record says it."""
    return _JUDGES.get(label_of(record, "judged_by", "decided_by"), "unknown")


def messages_of(value: JsonValue, *, key: str, role: str, files: Files) -> list[MessageRecord]:
    """Read a field that is text of one role, or a list of messages; a prompt's text may name several speakers."""
    value = _listed(value)
    if isinstance(value, str):
        return prompt_turns(value) if role == "user" else [text_message(role, value)]
    if isinstance(value, list):
        return [message_of(turn, number=number, files=files) for number, turn in enumerate(value, start=1)]
    raise wrong_type(key, value=value, wanted="text or a list of messages")


def _listed(value: JsonValue) -> JsonValue:
    """Return the messages that a cell of a table holds as text; any other text is what was said."""
    if not isinstance(value, str):
        return value
    read = as_structured(value)
    is_chat = isinstance(read, list) and all(isinstance(turn, dict) and "role" in turn for turn in read)
    return read if is_chat and read else value


def _with_reference(
    best: Sequence[MessageRecord], *, messages: Sequence[MessageRecord], group: ReplyGroup
) -> Answered:
    """Put a better answer before the chosen one; raises RecordError where it answers another prompt."""
    if _spoken(best[:-1]) != _spoken(messages[:-1]):
        raise RecordError(
            RefusalReason.SIDES_DISAGREE, "The reference does not answer the prompt of the other two."
        )
    others = [
        replace(reply, rank=rank, message_index=None) for rank, reply in enumerate(group.replies, start=1)
    ]
    first = Reply(parts=best[-1].parts, rank=0)
    return answered_prompt(messages[:-1], [first, *others], judged_by=group.judged_by)


def _texts_split(record: JsonObject, *, files: Files) -> Split:
    """Return prompt, chosen and rejected as messages."""
    chosen, rejected = required(record, "chosen"), required(record, "rejected")
    if isinstance(chosen, str) and isinstance(rejected, str) and record.get("prompt") is None:
        return _split_strings(chosen, rejected)
    prompt = messages_of(record.get("prompt") or [], key="prompt", role="user", files=files)
    chosen_side = messages_of(chosen, key="chosen", role="assistant", files=files)
    rejected_side = messages_of(rejected, key="rejected", role="assistant", files=files)
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


def _side(record: JsonObject, messages: Sequence[MessageRecord], *, name: str) -> Side:
    return Side(
        messages=messages,
        model=label_of(record, f"model_{name}", f"{name}_model"),
        ratings=_score(record, key=f"score_{name}"),
    )


def _score(record: JsonObject, *, key: str) -> dict[str, float]:
    score = rating_of(record, key)
    return {} if score is None else {"score": score}


def _fits(record: JsonObject) -> bool:
    # Of two whole dialogues, the common beginning is no prompt.
    return not hh.fits(record) and all(
        isinstance(record.get(side), str | list) for side in ("chosen", "rejected")
    )
