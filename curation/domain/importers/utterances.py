"""Conversations rebuilt from a file of labelled utterances in order, which are numbered from 0 in each conversation.

No id tells the conversations apart: a number 0 begins one. What cannot be read, or whose number does not follow,
ends its conversation, and what comes after it up to the next 0 is refused, since it misses its context.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    Reply,
    ReplyGroup,
    SourceScore,
)
from curation.domain.importers.importing import Imported, or_refused
from curation.domain.work.turns import accepted_turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One utterance with what was said of it; `labels` are kept as scores of the message.

    `justification` is about the answer before it, which a user's utterance judges.
    """

    number: int
    message: MessageRecord
    position: Position
    excerpt: str = ""
    labels: tuple[tuple[str, float], ...] = ()
    justification: str = ""
    tags: tuple[str, ...] = ()
    cleaned: int = 0


class Utterances:
    """Gathers the utterances of the conversation at hand."""

    def __init__(self) -> None:
        self._open: list[Utterance] = []
        self._is_broken = False

    def add(self, utterance: Utterance) -> Iterator[Imported]:
        """Take the next utterance and yield what is complete, or the refusal of what cannot be placed."""
        if utterance.number == 0:
            yield from self.close()
            self._is_broken = False
            self._open.append(utterance)
        elif self._is_broken:
            yield _misplaced(
                utterance, reason=RefusalReason.BELOW_REFUSED, why="an utterance before it was refused"
            )
        elif utterance.number != len(self._open):
            yield from self.interrupt()
            yield _misplaced(
                utterance, reason=RefusalReason.BELOW_MISSING, why="the utterance before it is missing"
            )
        else:
            self._open.append(utterance)

    def interrupt(self) -> Iterator[Imported]:
        """End the conversation at hand because something that belongs to it was refused."""
        yield from self.close()
        self._is_broken = True

    def close(self) -> Iterator[Imported]:
        """Yield the conversation at hand, where there is one."""
        if self._open:
            utterances, self._open = self._open, []
            first = utterances[0]
            read = partial(_conversation_of, utterances)
            yield or_refused(read, position=first.position, excerpt=first.excerpt, units=len(utterances))


def _misplaced(utterance: Utterance, *, reason: RefusalReason, why: str) -> Refusal:
    return Refusal(
        position=utterance.position,
        reason=reason,
        sentence=f"Utterance {utterance.number} was left out, because {why} and it misses its context.",
        excerpt=utterance.excerpt,
    )


def _conversation_of(utterances: Sequence[Utterance]) -> ConversationRecord:
    first = utterances[0]
    return ConversationRecord(
        messages=accepted_turns(each.message for each in utterances),
        source_id="",
        reply_groups=tuple(_judged_answers(utterances)),
        scores=tuple(
            SourceScore(name=name, value=value, message_index=at)
            for at, each in enumerate(utterances)
            for name, value in each.labels
        ),
        tags=tuple(dict.fromkeys(tag for each in utterances for tag in each.tags)),
        units=len(utterances),
        cleaned=sum(each.cleaned for each in utterances),
        position=first.position,
    )


def _judged_answers(utterances: Sequence[Utterance]) -> Iterator[ReplyGroup]:
    for at, each in enumerate(utterances):
        before = utterances[at - 1].message if at else None
        if each.justification and before is not None and before.role == "assistant":
            reply = Reply(parts=before.parts, message_index=at - 1, critique=each.justification)
            yield ReplyGroup(prompt_length=at - 1, replies=(reply,), judged_by="model")
