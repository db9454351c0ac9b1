"""Answers that the people of an annotation platform judged: which field is what, and what was said of it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    JudgedBy,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
    SourceScore,
    TextPart,
)
from curation.domain.exporters.choice_codes import choice_key, infer_choice_codes
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.logged_messages import logged_messages
from curation.domain.importers.record_fields import RecordError, mean_of
from curation.domain.work.turns import accepted_turns

_PROMPT = re.compile(
    r"(?:prompt|instruction|question|query|input|context|messages|chat|conversation|dialogue)s?"
)
_ANSWER = re.compile(
    r"(?:chosen|rejected|(?:[a-z]+[ _.-])?(?:response|answer|reply|output|completion|generation|candidate)s?"
    r"[ _.-]?(?:\d{1,2}|[a-f]|one|two|left|right)?|(?:text|summary|model)[ _.-]?(?:\d{1,2}|[a-b]))"
)
_REWRITES = re.compile(r"correct|edit|improv|rewrit|better|ideal|preferred[ _-]?(?:response|answer)")


def is_prompt(name: str) -> bool:
    """Say whether a field of this name is what was asked."""
    return bool(_PROMPT.fullmatch(name.casefold()))


def is_answer(name: str) -> bool:
    """Say whether a field of this name is an answer that was judged."""
    return bool(_ANSWER.fullmatch(name.casefold()))


def asks_for_rewriting(question: str) -> bool:
    """Say whether a question of this name asks for a better answer, rather than for a word on the one given."""
    return bool(_REWRITES.search(question.casefold()))


class JudgedAnswers:
    """The prompt and the answers of one record, and every judgement on them, until they become a conversation.

    Fields are told apart by their names; `listed` are answers that the record names as such.
    """

    def __init__(self, fields: Mapping[str, JsonValue], *, listed: Mapping[str, str] | None = None) -> None:
        self.files: Files = []
        self.answers = {name: value for name, value in fields.items() if _is_words(value) and is_answer(name)}
        self.answers |= {name: text for name, text in (listed or {}).items() if text.strip()}
        self._asked = self._asked_in(fields)
        self._rankings: list[tuple[str, JudgedBy, dict[str, int]]] = []
        self._ratings: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self._critiques: defaultdict[str, list[str]] = defaultdict(list)
        self._edits: list[tuple[str, str]] = []
        self.tags: list[str] = []

    def rank(self, ranks: Mapping[str, int], *, judge: str, judged_by: JudgedBy = "person") -> None:
        """Note an order of answers by name; lower is better, equal ranks tie."""
        known = {name: rank for name, rank in ranks.items() if name in self.answers}
        if len(known) > 1:
            self._rankings.append((judge, judged_by, known))

    def choose(
        self, choice: str, *, judge: str, judged_by: JudgedBy = "person", among: Sequence[str] = ()
    ) -> bool:
        """Note a choice between two answers, by name or by side, and say whether it was one."""
        sides = [name for name in among if name in self.answers] or list(self.answers)
        if len(sides) != 2:
            return False
        if (named := self.named(choice)) in sides:
            self.rank({name: int(name != named) for name in sides}, judge=judge, judged_by=judged_by)
            return True
        verdict = infer_choice_codes([choice]).get(choice_key(choice), "")
        ranks = {"a": (0, 1), "b": (1, 0), "tie": (0, 0)}.get(verdict)
        if ranks is None:
            return False
        self.rank(dict(zip(sides, ranks, strict=True)), judge=judge, judged_by=judged_by)
        return True

    def rate(self, question: str, value: float, *, answer: str = "") -> None:
        """Note a number: on the named answer, on the one that the question's name ends like, or on the only one."""
        self._ratings[self._meant_by(question, answer=answer), question].append(value)

    def write(self, question: str, text: str, *, answer: str = "") -> None:
        """Note what a person wrote: a better answer where the question asks for one, a critique otherwise."""
        if not text.strip():
            return
        meant = self._meant_by(question, answer=answer) or next(iter(self.answers), "")
        if asks_for_rewriting(question):
            self._edits.append((meant, text))
        else:
            self._critiques[meant].append(text)

    def named(self, label: str) -> str:
        """Return the answer that a label names, whatever its spelling: "reply-1" is reply_1; "" for none."""
        wanted = _plain(label)
        return next((name for name in self.answers if _plain(name) == wanted), "")

    def conversation(self, *, source_id: str, position: Position) -> ConversationRecord:
        """Return the conversation that goes on with the first answer, and the groups of all answers."""
        names = list(self.answers)
        given = [self._message_of(name) for name in names]
        messages = accepted_turns((*self._asked, *given[:1]))
        at = len(messages) - 1
        replies = {
            name: self._reply(name, message, at=at if name == names[0] else None)
            for name, message in zip(names, given, strict=True)
        }
        return ConversationRecord(
            messages=messages,
            source_id=source_id,
            reply_groups=tuple(self._groups(replies, at=at)),
            scores=tuple(self._scores(messages)),
            tags=tuple(dict.fromkeys(self.tags)),
            attached_files=tuple(self.files),
            position=position,
        )

    def _asked_in(self, fields: Mapping[str, JsonValue]) -> list[MessageRecord]:
        system = fields.get("system", fields.get("system_prompt"))
        asked = (
            list(logged_messages(system, role="system", files=self.files) or ()) if _is_words(system) else []
        )
        for name in _prompt_names(fields, answers=self.answers):
            asked += logged_messages(fields[name], role="user", files=self.files) or ()
        if not asked:
            raise RecordError(
                RefusalReason.MISSING_FIELD,
                f"No field of this record looks like what was asked. Its fields: {', '.join(list(fields)[:12])}.",
            )
        return asked

    def _meant_by(self, question: str, *, answer: str) -> str:
        """Return the answer that is meant; "" is the record as a whole."""
        if answer in self.answers:
            return answer
        if len(self.answers) == 1:
            return next(iter(self.answers))
        plain = _plain(question)
        return next(
            (name for name in self.answers if plain.endswith(_plain(name)) or plain.startswith(_plain(name))),
            "",
        )

    def _message_of(self, name: str) -> MessageRecord:
        said = logged_messages(self.answers[name], role="assistant", files=self.files)
        if not said:
            raise RecordError(RefusalReason.WRONG_TYPE, f'The answer "{name[:40]}" holds no message.')
        return said[-1]

    def _reply(self, name: str, message: MessageRecord, *, at: int | None) -> Reply:
        ratings = {
            question: mean_of(values) for (meant, question), values in self._ratings.items() if meant == name
        }
        return Reply(
            parts=message.parts,
            ratings=ratings,
            source_id="" if at is not None else name,
            message_index=at,
            critique="\n".join(self._critiques[name]),
        )

    def _groups(self, replies: Mapping[str, Reply], *, at: int) -> Iterator[ReplyGroup]:
        for judge, judged_by, ranks in self._rankings:
            ranked = tuple(replace(replies[name], rank=rank) for name, rank in ranks.items())
            yield ReplyGroup(prompt_length=at, replies=ranked, judged_by=judged_by, judge=judge)
        if replies and (
            not self._rankings or any(len(ranks) < len(replies) for _, _, ranks in self._rankings)
        ):
            yield ReplyGroup(prompt_length=at, replies=tuple(replies.values()), judged_by="unknown")
        for number, (meant, text) in enumerate(self._edits):
            if meant in replies:
                edited = Reply(parts=(TextPart(text=text),), source_id=f"edit {number}", is_edited=True)
                yield ReplyGroup(
                    prompt_length=at, replies=(edited, replies[meant]), judged_by="person", kept_reply=0
                )

    def _scores(self, messages: Sequence[MessageRecord]) -> Iterator[SourceScore]:
        """Yield what was said of the whole: of its last answer where the record names no answers of its own."""
        ends = messages[-1].role == "assistant" and not self.answers
        for (meant, question), values in self._ratings.items():
            if not meant:
                place = len(messages) - 1 if ends else None
                yield SourceScore(name=question, value=mean_of(values), message_index=place)


def _prompt_names(fields: Mapping[str, JsonValue], *, answers: Mapping[str, JsonValue]) -> list[str]:
    """Return the fields that were asked: by name, else the first text that is no answer."""
    texts = [name for name, value in fields.items() if _is_words(value) and name not in answers]
    named = [name for name in texts if is_prompt(name)]
    chats = [name for name in named if not isinstance(fields[name], str)]
    return chats[:1] or named or texts[:1]


def _is_words(value: JsonValue) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, list) and bool(value))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
