"""WildFeedback's three files: labelled utterances, preferences, and what users would have preferred.

The keys are read as they were released, misspelt, and as they would be spelt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    Refusal,
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
    label_of,
    object_of,
    read_or_refused,
    required_text,
    wrong_type,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.reading import Source
from curation.domain.importers.utterances import Utterance, Utterances
from curation.domain.work.turns import accepted_turns, text_message
from curation.importers import sharegpt, sharegpt_preference
from curation.importers.trl_preference import messages_of

_ROLES = {"user": "user", "human": "user", "agent": "assistant", "assistant": "assistant"}
_NUMBER = ("UtteranceId", "UtteranceID", "utterance_id")
# The name of a label → how its key is spelt.
_LABELS = {
    "satisfaction": ("Satisfaction",),
    "dissatisfaction": ("Disatisfaction", "Dissatisfaction"),
}
_JUSTIFICATIONS = (
    ("Satisfaction-Justificiation", "Satisfaction-Justification"),
    (
        "Dissatisfaction-Justificiation",
        "Dissatisfaction-Justification",
        "Disatisfaction-Justificiation",
        "Disatisfaction-Justification",
    ),
)
_TAGS = {"domain": ("Domain", "domain"), "intent": ("Intent", "intent", "User-Intent", "UserIntent")}
_SAID = {"true": 1.0, "yes": 1.0, "1": 1.0, "false": 0.0, "no": 0.0, "0": 0.0}
_BLANKS = {"", "n/a", "na", "none", "null", "-"}

# The file of preferences that users made plain: its fields are described, not shown, so several names are read.
_PROMPTS = ("prompt", "conversations", "conversation", "history", "messages")
_WISHES = (
    *("user_preference", "user_preferences", "preferences", "preference"),
    *("extracted_preferences", "preference_summary"),
)
_PREFERRED = ("chosen", "preferred", "preferred_response")
_DISPREFERRED = ("rejected", "dispreferred", "dispreferred_response")


class WildFeedbackImporter:
    """Utterances become conversations, cut where their number is 0 again; labels are scores of users' messages.

    The justification of a label is kept as evidence of the answer that the user judges: the one before. What users
    would have preferred is kept as the wish behind the preferred answer, or else behind the last answer given.
    """

    name = "wildfeedback"
    title = "WildFeedback"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that are of one of the three files."""
        return 0.985 * head.share_of(
            lambda record: _is_utterance(record) or _is_pair(record) or _is_wish(record)
        )

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield conversations and refusals; units count utterances in the file of labels, records elsewhere."""
        utterances = Utterances()
        for record in json_records(source):
            read = read_or_refused(record, read=_read)
            if isinstance(read, Utterance):
                yield from utterances.add(read)
            else:
                if isinstance(read, Refusal):
                    yield from utterances.interrupt()
                yield read
        yield from utterances.close()


def _read(record: JsonRecord) -> Utterance | ConversationRecord:
    value = object_of(record)
    if _first_of(value, _PREFERRED) is not None or _first_of(value, _WISHES) is not None:
        read = sharegpt_preference.conversation_of if sharegpt_preference.fits(value) else _wish_of
        return replace(read(value, record.position), cleaned=record.cleaned)
    return _utterance_of(value, record=record)


def _utterance_of(value: JsonObject, *, record: JsonRecord) -> Utterance:
    number = _first_of(value, _NUMBER)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise wrong_type(_NUMBER[0], value=number, wanted="a whole number from 0")
    speaker = required_text(value, "Role" if "Role" in value else "role")
    role = _ROLES.get(speaker.strip().lower())
    if role is None:
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE, f'The role "{speaker[:40]}" is not known. Known: User, Agent.'
        )
    text = required_text(value, "Content" if "Content" in value else "content")
    if not text.strip():
        raise RecordError(RefusalReason.EMPTY_MESSAGE, f"Utterance {number} is empty.")
    is_users = role == "user"
    return Utterance(
        number=number,
        message=text_message(role, text),
        position=record.position,
        excerpt=record.excerpt,
        labels=_labels_of(value) if is_users else (),
        justification=_justification_of(value) if is_users else "",
        tags=tuple(f"{name}: {said}" for name, keys in _TAGS.items() if (said := _text_of(value, keys))),
        cleaned=record.cleaned,
    )


def _labels_of(value: JsonObject) -> tuple[tuple[str, float], ...]:
    labels = {name: _label_of(value, keys) for name, keys in _LABELS.items()}
    state = _text_of(value, ("State", "state"))
    return (
        *((name, label) for name, label in labels.items() if label is not None),
        *(((f"state: {state.lower()}", 1.0),) if state else ()),
    )


def _label_of(value: JsonObject, keys: Sequence[str]) -> float | None:
    said = _first_of(value, keys)
    label = "" if said is None else str(said).strip().lower()
    if label in _BLANKS:
        return None
    if label not in _SAID:
        raise wrong_type(keys[0], value=said, wanted="true or false")
    return _SAID[label]


def _justification_of(value: JsonObject) -> str:
    return "\n".join(filter(None, (_text_of(value, keys) for keys in _JUSTIFICATIONS)))


def _text_of(value: JsonObject, keys: Sequence[str]) -> str:
    said = _first_of(value, keys)
    text = said.strip() if isinstance(said, str) else ""
    return "" if text.lower() in _BLANKS else text


def _wish_of(value: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    wishes = _wishes_in(_first_of(value, _WISHES))
    prompt = _turns_of(value, files=files)
    messages, group = _judged(value, prompt, wishes=wishes, files=files)
    return ConversationRecord(
        messages=messages,
        source_id=label_of(value, "id", "conversation_id", "prompt_id"),
        reply_groups=(group,),
        attached_files=tuple(files),
        position=position,
    )


def _judged(
    value: JsonObject, prompt: list[MessageRecord], *, wishes: tuple[str, ...], files: Files
) -> tuple[tuple[MessageRecord, ...], ReplyGroup]:
    preferred = _first_of(value, _PREFERRED)
    if preferred is None:
        return _behind_last_answer(accepted_turns(prompt), wishes=wishes)
    chosen, rejected = (
        Side(messages=[*prompt, *messages_of(said, key=keys[0], role="assistant", files=files)])
        for keys, said in ((_PREFERRED, preferred), (_DISPREFERRED, _first_of(value, _DISPREFERRED)))
    )
    messages, group = preference_of(chosen, rejected, judged_by="model")
    best, *others = group.replies
    return messages, replace(group, replies=(replace(best, wishes=wishes), *others))


def _behind_last_answer(
    messages: tuple[MessageRecord, ...], *, wishes: tuple[str, ...]
) -> tuple[tuple[MessageRecord, ...], ReplyGroup]:
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        raise RecordError(
            RefusalReason.MISSING_FIELD, "There is no answer that the user's preferences could be about."
        )
    reply = Reply(parts=messages[answers[-1]].parts, message_index=answers[-1], wishes=wishes)
    return messages, ReplyGroup(prompt_length=answers[-1], replies=(reply,), judged_by="model")


def _turns_of(value: JsonObject, *, files: Files) -> list[MessageRecord]:
    key = next((key for key in _PROMPTS if value.get(key) is not None), _PROMPTS[0])
    said = value.get(key)
    if isinstance(said, list) and all(isinstance(turn, Mapping) and "from" in turn for turn in said):
        return [sharegpt.message_of(turn, number=number) for number, turn in enumerate(said, start=1)]
    return messages_of(said, key=key, role="user", files=files)


def _wishes_in(said: JsonValue) -> tuple[str, ...]:
    wishes = said if isinstance(said, list) else [said]
    if not all(isinstance(wish, str) for wish in wishes):
        raise wrong_type(_WISHES[0], value=said, wanted="text or a list of texts")
    return tuple(wish.strip() for wish in wishes if wish.strip())


def _first_of(value: JsonObject, keys: Sequence[str]) -> JsonValue:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _is_utterance(record: JsonObject) -> bool:
    return any(key in record for key in _NUMBER) and ("Role" in record or "role" in record)


def _is_pair(record: JsonObject) -> bool:
    """Tell WildFeedback's preferences from others of the same layout: their sides do not say who speaks."""
    sides = [record.get(side) for side in ("chosen", "rejected")]
    return sharegpt_preference.fits(record) and all(
        isinstance(side, Mapping) and "value" in side and "from" not in side for side in sides
    )


def _is_wish(record: JsonObject) -> bool:
    return any(key in record for key in _WISHES) and any(key in record for key in _PROMPTS)
