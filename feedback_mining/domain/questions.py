"""Asking a language model about conversations: each once, in parallel, and once more where the answer is unreadable.

The user message of a question is one JSON object and nothing else: what people wrote stands in its strings, so that
no wording of theirs can end the block that it is in. Instructions go into the system message, which holds none of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

from feedback_mining.domain.contexts import BEFORE_ANY, FeedbackContext
from feedback_mining.domain.detection import DetectorStoppedError
from language_models.chat.asking import Answered, AskableModel
from language_models.chat.contract import ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.chat.expense import Expense, expected_expense, expense_of
from language_models.chat.structured import UnreadableAnswerError, shortened
from language_models.protocols import BudgetSpentError

# A conversation beyond either is asked about in parts.
_MOST_MESSAGES = 30
_MOST_CHARACTERS = 40_000
# Of answers less is enough than of messages.
_ANSWER_HEAD, _ANSWER_TAIL = 1_200, 400
_EARLIER_REQUESTS = 4
# What an answer may take: a frame, and some entries for each message.
_TOKENS_AT_LEAST, _TOKENS_PER_MESSAGE = 300, 220
# An answer that cannot be read is asked for once more, under another seed and without the schema, which some
# endpoints do not know.
_SEEDS = (11, 12)
TIMES_ASKED = len(_SEEDS)

# What is asked about at once: the messages of a conversation, or a part of a long one.
Part: TypeAlias = tuple[FeedbackContext, ...]
Answer = TypeVar("Answer")


class Questions(Generic[Answer]):
    """Asks one question about each conversation; `read` turns an answer into what it says, or raises.

    `before_each` runs before each request and may raise to stop; what is under way is awaited and remembered.
    """

    def __init__(
        self,
        model: AskableModel,
        *,
        instructions: str,
        schema: Mapping[str, Any],
        read: Callable[[str, Part], Answer],
        before_each: Callable[[], None] = lambda: None,
    ) -> None:
        self._model, self._instructions, self._schema, self._read = model, instructions, schema, read
        self._before_each = before_each
        self.expense = Expense()
        # The conversations that the last asking got no answer about at all, which is no fault of theirs.
        self.unanswered: set[str] = set()

    def note(self, notes: Mapping[str, int]) -> None:
        """Count what people should know of."""
        self.expense += Expense(notes={name: count for name, count in notes.items() if count})

    def estimate(self, contexts: Sequence[FeedbackContext]) -> Expense:
        """Return about what asking each once would take; what is stored already is not taken off."""
        requests = (self._request(part, attempt=0) for part in parts_of(contexts))
        return expected_expense(requests, price=self._model.price)

    def ask(self, contexts: Sequence[FeedbackContext]) -> list[tuple[Part, Answer | None]]:
        """Return the answer about each part, None where none could be read; raises DetectorStoppedError."""
        parts = list(parts_of(contexts))
        answers: dict[int, Answer] = {}
        self.unanswered = set()
        for attempt, _seed in enumerate(_SEEDS):
            waiting = [place for place in range(len(parts)) if place not in answers]
            answers |= self._asked([(place, parts[place]) for place in waiting], attempt=attempt)
        self._forget([part for place, part in enumerate(parts) if place not in answers])
        self.note({"conversations_unread": len(parts) - len(answers)})
        return [(part, answers.get(place)) for place, part in enumerate(parts)]

    def _forget(self, unread: Sequence[Part]) -> None:
        """Keep no reply about what could not be read, so that a later run asks anew."""
        for part in unread:
            for attempt, _seed in enumerate(_SEEDS):
                self._model.forget(self._request(part, attempt=attempt))

    def _asked(self, waiting: Sequence[tuple[int, Part]], *, attempt: int) -> dict[int, Answer]:
        parts = dict(waiting)
        requests = ((place, self._request(part, attempt=attempt)) for place, part in waiting)
        answers = {}
        try:
            with closing(self._model.ask_all(requests, before_each=self._before_each)) as outcomes:
                for outcome in outcomes:
                    answer = self._answer(outcome, parts[outcome.key])
                    if answer is not None:
                        answers[outcome.key] = answer
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise DetectorStoppedError(str(error)) from error
        return answers

    def _answer(self, outcome: Answered[int], part: Part) -> Answer | None:
        """Count an outcome and return what it says; None where the request failed or the answer is unreadable."""
        reply = outcome.reply
        if reply is None:
            self.note({"requests_failed": 1})
            self.unanswered.add(part[0].conversation)
            return None
        self.expense += expense_of(reply, price=self._model.price)
        try:
            return self._read(reply.text, part)
        except UnreadableAnswerError:
            self.note({"answers_unreadable": 1})
            return None

    def material(self) -> Mapping[str, Any]:
        """Return what a question shows beside the conversation; none where a kind of question has nothing else."""
        return {}

    def _request(self, part: Part, *, attempt: int) -> ChatRequest:
        sources = {context.source for context in part if context.source is not None}
        return ChatRequest(
            messages=(
                {"role": "system", "content": self._instructions},
                {"role": "user", "content": conversation_json(part, beside=self.material())},
            ),
            settings=SamplingSettings(
                temperature=0.0, max_tokens=_TOKENS_AT_LEAST + _TOKENS_PER_MESSAGE * len(part)
            ),
            seed=_SEEDS[attempt],
            schema=self._schema if attempt == 0 else None,
            sources=tuple(sorted(sources)),
        )


def conversation_json(
    contexts: Sequence[FeedbackContext], *, beside: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """Return a conversation as one JSON object: what was asked before the first context, and the contexts.

    `beside` is what else the object holds, before them.
    """
    messages, judge = list(_messages(contexts)), [context.index for context in contexts]
    return json.dumps({**beside, "messages": messages, "judge": judge}, ensure_ascii=False)


def parts_of(contexts: Sequence[FeedbackContext]) -> Iterator[Part]:
    """Yield what is asked about at once; messages without words are left out."""
    with_words = (context for context in contexts if context.text.strip())
    for _conversation, group in groupby(with_words, key=lambda context: context.conversation):
        part: list[FeedbackContext] = []
        size = 0
        for context in group:
            length = len(shortened(context.text)) + len(_answer_in(context))
            if part and (len(part) == _MOST_MESSAGES or size + length > _MOST_CHARACTERS):
                yield tuple(part)
                part, size = [], 0
            part.append(context)
            size += length
        if part:
            yield tuple(part)


def _messages(contexts: Sequence[FeedbackContext]) -> Iterator[Mapping[str, Any]]:
    """Yield what was said, as far as contexts know it; earlier requests come first, without their answers."""
    for request in contexts[0].earlier_requests[-_EARLIER_REQUESTS:]:
        yield {"from": "user", "text": shortened(request)}
    answered = None
    for context in contexts:
        if context.response_index not in (answered, BEFORE_ANY):
            yield {"n": context.response_index, "from": "assistant", "text": _answer_in(context)}
            answered = context.response_index
        yield {"n": context.index, "from": "user", "text": shortened(context.text)}


def _answer_in(context: FeedbackContext) -> str:
    return shortened(context.response, head=_ANSWER_HEAD, tail=_ANSWER_TAIL)
