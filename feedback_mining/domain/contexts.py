"""What a detector sees: one user message, the response that it may judge, and what was asked before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Utterance(Protocol):
    """What this module needs of a message; `curation.domain.corpus.records.MessageRecord` is one."""

    @property
    def role(self) -> str:
        """Return system, user, assistant or tool."""
        ...

    @property
    def text(self) -> str:
        """Return the message as plain text."""
        ...

    @property
    def is_repeat(self) -> bool:
        """Tell whether an earlier thread of the same tree already carries the message."""
        ...


# The place of the response where there is none yet.
BEFORE_ANY = -1
# Who repeats or takes up a request does so soon; all of them in every context would fill the memory of a long chat.
KEPT_REQUESTS = 8
# A closing mark may follow the question mark: "… shall I?)" or "… go on?**".
_ENDS_IN_QUESTION = re.compile(r"[?？؟][\s\"'”»)\]*_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackContext:
    """A user message that follows a response.

    `index` and `response_index` count from 0 in the conversation's messages; `response` is the last assistant
    text before the message, "" where the assistant only called tools; `earlier_requests` are the user's
    last eight texts before it, oldest first; `language` is an ISO 639-1 code, "" where unknown. `source` is the stored
    conversation's id: where words of it are sent to a model, its withdrawal erases what the model replied.
    """

    conversation: str
    index: int
    text: str
    response: str
    response_index: int
    earlier_requests: tuple[str, ...] = ()
    language: str = ""
    source: int | None = None

    @property
    def response_asks(self) -> bool:
        """Tell whether the response ends with a question, so that "no" or "yes" may simply answer it."""
        return _ENDS_IN_QUESTION.search(self.response.rstrip()) is not None


@dataclass(slots=True)
class _Reading:
    """What has been read of a conversation so far."""

    response: str = ""
    response_index: int | None = None
    requests: tuple[str, ...] = ()

    def read_assistant(self, text: str, *, index: int) -> None:
        """Note a response; one without text (a tool call) hides none that has some."""
        if text.strip() or self.response_index is None:
            self.response, self.response_index = text, index

    def read_user(self, text: str) -> None:
        """Note a request."""
        if text.strip():
            self.requests = (*self.requests, text)[-KEPT_REQUESTS:]


def contexts_of(
    messages: Sequence[Utterance],
    *,
    conversation: str,
    language: str = "",
    source: int | None = None,
    with_openings: bool = False,
) -> list[FeedbackContext]:
    """Return one context for each user message after the first response, in order.

    `with_openings` adds those before it, which judge nothing but may say what is wanted; their `response_index` is
    BEFORE_ANY. System and tool messages are read past. A message with `is_repeat` yields no context, since another
    thread of its tree has one, but still counts as what was said before.
    """
    reading = _Reading()
    contexts: list[FeedbackContext] = []
    for index, message in enumerate(messages):
        if message.role == "assistant":
            reading.read_assistant(message.text, index=index)
        if message.role != "user":
            continue
        is_read = with_openings or reading.response_index is not None
        if is_read and not message.is_repeat:
            contexts.append(
                FeedbackContext(
                    conversation=conversation,
                    index=index,
                    text=message.text,
                    response=reading.response,
                    response_index=BEFORE_ANY if reading.response_index is None else reading.response_index,
                    earlier_requests=reading.requests,
                    language=language,
                    source=source,
                )
            )
        reading.read_user(message.text)
    return contexts
