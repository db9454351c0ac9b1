"""Battles of a chatbot arena: two conversations with two models, and which one a person preferred."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from curation.domain.corpus.language_names import language_code
from curation.domain.corpus.records import (
    ConversationRecord,
    JointRecord,
    JsonValue,
    JudgedBy,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
    SourceScore,
)
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    moment_of,
    required_list,
    required_text,
    truth_of,
)
from curation.domain.importers.moderation import flagged_tags, moderation_scores
from curation.domain.importers.reading import Source
from curation.domain.work.turns import accepted_turns
from curation.importers.openai_chat import message_of

# Winner → the ranks of a and b.
_RANKS = {"model_a": (0, 1), "model_b": (1, 0), "tie": (0, 0), "both_bad": (0, 0)}
# Some releases are a table with a column for each outcome.
_WINNERS = {"model_a": "winner_model_a", "model_b": "winner_model_b", "tie": "winner_tie"}
_BOTH_BAD = {"tie (bothbad)", "both_bad", "bothbad", "tie_bothbad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Battle:
    """Both conversations of a record, and the verdict on them."""

    sides: tuple[tuple[MessageRecord, ...], tuple[MessageRecord, ...]]
    models: tuple[str, str]
    winner: str
    judge: str
    judged_by: JudgedBy

    @property
    def best(self) -> int:
        """Return which side was preferred; the first of equals."""
        ranks = _RANKS[self.winner]
        return ranks.index(min(ranks))

    @property
    def has_one_prompt(self) -> bool:
        """Say whether both last answers follow the same messages."""
        first, second = self.sides
        return _said(first[:-1]) == _said(second[:-1])


class ArenaImporter:
    """Where only the last answers differ, a battle is two replies to one prompt; else two conversations.

    After a first turn each model goes on from its own answer, so what the user judged are two conversations, not
    two answers to one prompt: they are joined by a verdict across prompts.
    """

    name = "arena"
    title = "Chatbot Arena battles"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with two conversations and a winner."""
        return 0.98 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation, or two joined by a verdict, a battle."""
        return convert_records(source, convert=_imported_of)


def _imported_of(record: JsonObject, position: Position) -> ConversationRecord | JointRecord:
    files: Files = []
    record = _as_battle(record) if _is_listed(record) else record
    battle = _battle_of(record, files=files)
    if _said(battle.sides[0]) == _said(battle.sides[1]):
        raise RecordError(RefusalReason.EQUAL_SIDES, "Both models said the same, so neither can be better.")
    common = _about(record, position=position, files=files)
    if battle.has_one_prompt:
        best = battle.sides[battle.best]
        return replace(
            common, messages=best, model=battle.models[battle.best], reply_groups=(_group_of(battle),)
        )
    conversations = [
        replace(common, messages=side, model=model)
        for side, model in zip(battle.sides, battle.models, strict=True)
    ]
    return JointRecord(
        chosen=conversations[battle.best],
        rejected=conversations[1 - battle.best],
        judged_by=battle.judged_by,
        position=position,
        is_tie=len(set(_RANKS[battle.winner])) == 1,
        is_both_bad=battle.winner == "both_bad",
    )


def _battle_of(record: JsonObject, *, files: Files) -> Battle:
    winner = required_text(record, "winner").strip().lower()
    winner = "both_bad" if winner in _BOTH_BAD else winner
    if winner not in _RANKS:
        raise RecordError(
            RefusalReason.WRONG_TYPE, f'The winner "{winner[:40]}" is not known. Known: {", ".join(_RANKS)}.'
        )
    return Battle(
        sides=(_side(record, "conversation_a", files=files), _side(record, "conversation_b", files=files)),
        models=(label_of(record, "model_a"), label_of(record, "model_b")),
        winner=winner,
        judge=_judge(record),
        judged_by="model" if _judge(record).startswith(("gpt", "claude", "model")) else "person",
    )


def _side(record: JsonObject, key: str, *, files: Files) -> tuple[MessageRecord, ...]:
    turns = required_list(record, key)
    read = [message_of(turn, number=number, files=files) for number, turn in enumerate(turns, start=1)]
    messages = accepted_turns(_judged_turns(read, rounds=record.get("turn")))
    if messages[-1].role != "assistant":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER,
            f'"{key}" ends with a message of the {messages[-1].role}, not with an answer.',
        )
    return messages


def _judged_turns(messages: Sequence[MessageRecord], *, rounds: JsonValue) -> Sequence[MessageRecord]:
    """Return the first rounds, where a record says that the verdict is on those."""
    asked = [at for at, message in enumerate(messages) if message.role == "user"]
    if isinstance(rounds, int) and not isinstance(rounds, bool) and 0 < rounds < len(asked):
        return messages[: asked[rounds]]
    return messages


def _group_of(battle: Battle) -> ReplyGroup:
    last = len(battle.sides[0]) - 1
    replies = tuple(
        Reply(
            parts=side[-1].parts,
            model=model,
            rank=rank,
            message_index=last if number == battle.best else None,
        )
        for number, (side, model, rank) in enumerate(
            zip(battle.sides, battle.models, _RANKS[battle.winner], strict=True)
        )
    )
    return ReplyGroup(
        prompt_length=last,
        replies=replies,
        judged_by=battle.judged_by,
        is_both_bad=battle.winner == "both_bad",
        judge=battle.judge,
    )


def _about(record: JsonObject, *, position: Position, files: Files) -> ConversationRecord:
    """Return what is told of a battle as a conversation that has no messages yet."""
    judge = _judge(record)
    return ConversationRecord(
        messages=(),
        source_id=label_of(record, "question_id", "id"),
        # Who judges in the arena is who asked; experts and authors judge what others asked.
        source_user=judge if judge.startswith("arena_user") else "",
        language=language_code(label_of(record, "language")),
        started_at=moment_of(record.get("tstamp", record.get("timestamp"))),
        scores=_scores_of(record),
        tags=_tags_of(record),
        attached_files=tuple(files),
        position=position,
    )


def _as_battle(record: JsonObject) -> JsonObject:
    """Return a row of lists, one text a turn, as the two conversations that it is; raises RecordError."""
    asked = required_list(record, "prompt")
    sides = {}
    for side in ("a", "b"):
        answers = required_list(record, f"response_{side}")
        if len(answers) != len(asked):
            raise RecordError(
                RefusalReason.SIDES_DISAGREE,
                f'There are {len(asked)} prompts, but {len(answers)} answers in "response_{side}".',
            )
        sides[f"conversation_{side}"] = [
            {"role": role, "content": text}
            for prompt, answer in zip(asked, answers, strict=True)
            for role, text in (("user", prompt), ("assistant", answer))
        ]
    return {**record, **sides, "winner": _winner_of(record)}


def _winner_of(record: JsonObject) -> str:
    chosen = [winner for winner, key in _WINNERS.items() if truth_of(record, key)]
    if len(chosen) != 1:
        raise RecordError(
            RefusalReason.WRONG_TYPE, f"One of {', '.join(_WINNERS.values())} must be 1, and the others 0."
        )
    return chosen[0]


def _judge(record: JsonObject) -> str:
    judge = record.get("judge")
    # Judges by model are named by the model and the prompt it was asked with.
    return str(judge[0] if isinstance(judge, list) and judge else judge or "")


def _scores_of(record: JsonObject) -> tuple[SourceScore, ...]:
    by_model = record.get("toxic_chat_tag")
    toxicity = [
        SourceScore(name=f"toxic chat: {name}", value=probability)
        for name, said in (by_model.items() if isinstance(by_model, Mapping) else ())
        if isinstance(said, Mapping) and (probability := number_of(said.get("probability"))) is not None
    ]
    return (*moderation_scores(record.get("openai_moderation"), message_count=-1), *toxicity)


def _tags_of(record: JsonObject) -> tuple[str, ...]:
    by_model = record.get("toxic_chat_tag")
    is_toxic = isinstance(by_model, Mapping) and any(
        isinstance(said, Mapping) and said.get("flagged") is True for said in by_model.values()
    )
    return (*(("toxic",) if is_toxic else ()), *flagged_tags(record.get("openai_moderation")))


def _said(messages: Sequence[MessageRecord]) -> list[tuple[str, object]]:
    return [(message.role, message.parts) for message in messages]


def _is_listed(record: JsonObject) -> bool:
    return {"prompt", "response_a", "response_b", *_WINNERS.values()} <= set(record)


def _fits(record: JsonObject) -> bool:
    if _is_listed(record):
        return True
    sides = (record.get("conversation_a"), record.get("conversation_b"))
    return all(isinstance(side, list) for side in sides) and "winner" in record
