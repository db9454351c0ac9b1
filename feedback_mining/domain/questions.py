"""Asking a language model about conversations: each once, in parallel, and once more where the answer is unreadable.

The user message of a question is one JSON object and nothing else: what people wrote stands in its strings, so that
no wording of theirs can end the block that it is in. Instructions go into the system message, which holds none of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from itertools import groupby
from typing import Any, Generic, TypeAlias, TypeVar

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorStoppedError, Expense
from language_models.chat.asking import Answered, AskableModel, tokens_of
from language_models.chat.contract import ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.protocols import BudgetSpentError

# A conversation beyond either is asked about in parts.
_MOST_MESSAGES = 30
_MOST_CHARACTERS = 40_000
# A message longer than this is sent by its beginning and its end; of answers less is enough.
_HEAD, _TAIL = 3_000, 1_000
_ANSWER_HEAD, _ANSWER_TAIL = 1_200, 400
_GAP = " […] "
_EARLIER_REQUESTS = 4
# What an answer may take: a frame, and some entries for each message.
_TOKENS_AT_LEAST, _TOKENS_PER_MESSAGE = 300, 220
# An answer that cannot be read is asked for once more, under another seed and without the schema, which some
# endpoints do not know.
_SEEDS = (11, 12)

# What is asked about at once: the messages of a conversation, or a part of a long one.
Part: TypeAlias = tuple[FeedbackContext, ...]
Answer = TypeVar("Answer")


class UnreadableAnswerError(ValueError):
    """An answer that is not the JSON that was asked for."""


class Questions(Generic[Answer]):
    """Asks one question about each conversation; `read` turns an answer into what it says, or raises."""

    def __init__(
        self,
        model: AskableModel,
        *,
        instructions: str,
        schema: Mapping[str, Any],
        read: Callable[[str, Part], Answer],
    ) -> None:
        self._model, self._instructions, self._schema, self._read = model, instructions, schema, read
        self.expense = Expense()

    def note(self, notes: Mapping[str, int]) -> None:
        """Count what people should know of."""
        self.expense += Expense(notes={name: count for name, count in notes.items() if count})

    def estimate(self, contexts: Sequence[FeedbackContext]) -> Expense:
        """Return what asking would take at most; what is stored already is not taken off."""
        requests = [self._request(part, attempt=0) for part in parts_of(contexts)]
        costs = [self._model.price.expected(request) for request in requests]
        known = [cost for cost in costs if cost is not None]
        return Expense(
            requests=len(requests),
            prompt_tokens=sum(tokens_of(request.messages) for request in requests),
            completion_tokens=sum(request.settings.max_tokens or 0 for request in requests),
            cost=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        )

    def ask(self, contexts: Sequence[FeedbackContext]) -> list[tuple[Part, Answer | None]]:
        """Return the answer about each part, None where none could be read; raises DetectorStoppedError."""
        parts = list(parts_of(contexts))
        answers: dict[int, Answer] = {}
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
            with closing(self._model.ask_all(requests)) as outcomes:
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
            return None
        self.expense += Expense(
            requests=int(not reply.is_cached),
            cached=int(reply.is_cached),
            prompt_tokens=0 if reply.is_cached else reply.prompt_tokens,
            completion_tokens=0 if reply.is_cached else reply.completion_tokens,
            cost=self._model.price.of_reply(reply),
        )
        try:
            return self._read(reply.text, part)
        except UnreadableAnswerError:
            self.note({"answers_unreadable": 1})
            return None

    def _request(self, part: Part, *, attempt: int) -> ChatRequest:
        sources = {context.source for context in part if context.source is not None}
        return ChatRequest(
            messages=(
                {"role": "system", "content": self._instructions},
                {"role": "user", "content": conversation_json(part)},
            ),
            settings=SamplingSettings(
                temperature=0.0, max_tokens=_TOKENS_AT_LEAST + _TOKENS_PER_MESSAGE * len(part)
            ),
            seed=_SEEDS[attempt],
            schema=self._schema if attempt == 0 else None,
            sources=tuple(sorted(sources)),
        )


def conversation_json(contexts: Sequence[FeedbackContext]) -> str:
    """Return a conversation as one JSON object: what was asked before the first context, and the contexts."""
    return json.dumps(
        {"messages": list(_messages(contexts)), "judge": [context.index for context in contexts]},
        ensure_ascii=False,
    )


def json_object_in(answer: str) -> dict[str, Any]:
    """Return the JSON object of an answer, with or without a fence or words around it; raises UnreadableAnswerError."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        found = json.loads(answer[start : end + 1]) if 0 <= start < end else None
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswerError("The answer is no JSON.") from error
    if not isinstance(found, dict):
        raise UnreadableAnswerError("The answer is no JSON object.")
    return found


def list_in(answer: str, name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in the JSON object of an answer; raises UnreadableAnswerError without the list."""
    entries = json_object_in(answer).get(name)
    if not isinstance(entries, list):
        raise UnreadableAnswerError(f"The answer has no list of {name}.")
    return [entry for entry in entries if isinstance(entry, dict)]


def number_in(entry: Mapping[str, Any]) -> int:
    """Return the number `n` of an entry, -1 where it is none; models answer with lists and objects too."""
    number = entry.get("n")
    return number if isinstance(number, int) and not isinstance(number, bool) else -1


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_schema(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object that holds one list of objects with exactly these properties."""
    return object_schema({name: {"type": "array", "items": object_schema(entry)}})


def shortened(text: str, *, head: int = _HEAD, tail: int = _TAIL) -> str:
    """Return the text without the middle of a long one, and without what no JSON carries."""
    kept = text if len(text) <= head + tail else text[:head] + _GAP + text[-tail:]
    return kept.encode("utf-8", "replace").decode().replace("\x00", " ")


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
        if context.response_index != answered:
            yield {"n": context.response_index, "from": "assistant", "text": _answer_in(context)}
            answered = context.response_index
        yield {"n": context.index, "from": "user", "text": shortened(context.text)}


def _answer_in(context: FeedbackContext) -> str:
    return shortened(context.response, head=_ANSWER_HEAD, tail=_ANSWER_TAIL)
