"""The Alpaca layout, as LLaMA-Factory reads it: "instruction", "input", "output", "system" and "history"."""

from collections.abc import Iterator

from curation.domain.corpus.records import ConversationRecord, JsonValue, MessageRecord, Position, ReplyGroup
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    as_structured,
    convert_records,
    label_of,
    required_text,
    wrong_type,
)
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.rated_replies import rating_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import accepted_turns, text_message
from curation.importers.sharegpt_preference import KTO_TAG, kto_label
from curation.importers.trl_preference import judge_of
from curation.importers.trl_unpaired import LABEL, rated_answer

Judged = tuple[tuple[MessageRecord, ...], tuple[ReplyGroup, ...]]


class AlpacaImporter:
    """One instruction a record with its answer, with a chosen and a rejected one, or with a "kto_tag".

    What stands in "input" follows the instruction on a new line, as LLaMA-Factory joins both; a CUT file's
    "judgment" of the answer is kept as evidence, and its score as a rating.
    """

    name = "alpaca"
    title = "Alpaca (LLaMA-Factory)"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with an instruction and an answer to it."""
        return 0.965 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    messages, groups = _judged(record)
    return described(record, messages=messages, position=position, groups=groups)


def _judged(record: JsonObject) -> Judged:
    prompt = _prompt_of(record)
    if {"chosen", "rejected"} <= set(record):
        chosen, rejected = (
            Side(messages=[*prompt, text_message("assistant", required_text(record, side))])
            for side in ("chosen", "rejected")
        )
        messages, group = preference_of(chosen, rejected, judged_by=judge_of(record))
        return messages, (group,)
    messages = accepted_turns([*prompt, text_message("assistant", required_text(record, "output"))])
    ratings, critique = _ratings_of(record), label_of(record, "judgment", "judgement").strip()
    if not ratings and not critique:
        return messages, ()
    group = rated_answer(messages, ratings=ratings, judged_by=judge_of(record), critique=critique)
    return messages, (group,)


def _ratings_of(record: JsonObject) -> dict[str, float]:
    if KTO_TAG in record:
        return {LABEL: kto_label(record)}
    score = rating_of(record, "score")
    return {} if score is None else {"score": score}


def _prompt_of(record: JsonObject) -> list[MessageRecord]:
    asked = [text for key in ("instruction", "input") if (text := label_of(record, key)).strip()]
    system = label_of(record, "system")
    return [
        *([text_message("system", system)] if system.strip() else []),
        *_history_of(record.get("history")),
        text_message("user", "\n".join(asked)),
    ]


def _history_of(history: JsonValue) -> list[MessageRecord]:
    """Return earlier rounds, which are lists of a question and an answer."""
    if not history:
        return []
    history = as_structured(history)
    rounds = history if isinstance(history, list) else [None]
    turns: list[MessageRecord] = []
    for each in rounds:
        if not (isinstance(each, list) and len(each) == 2 and all(isinstance(text, str) for text in each)):
            raise wrong_type("history", value=history, wanted="a list of questions with their answers")
        turns += [text_message("user", each[0]), text_message("assistant", each[1])]
    return turns


def _fits(record: JsonObject) -> bool:
    has_answer = isinstance(record.get("output"), str) or {"chosen", "rejected"} <= set(record)
    return isinstance(record.get("instruction"), str) and has_answer
