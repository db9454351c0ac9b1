"""What is shown of a question, and asking about two answers in both orders.

The user message is one JSON object: what people and models wrote stands in its strings, and the answers are called
"first" and "second" by their place. The instructions stand in the system message, which holds nothing of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatReply, WeighedWords
from language_models.chat.structured import UnreadableAnswerError, json_object_in, shortened
from language_models.judges.contract import Order, Outcome, PairQuestion, Turn
from language_models.judges.deliberating import Ask, DeliberatingJudge, Reading, Way
from language_models.judges.settling import clipped, settle

# Answers are shown whole up to this; of a longer one the judge sees the beginning and the end, with "[…]" between.
_ANSWER_HEAD, _ANSWER_TAIL = 12_000, 4_000
# Of the conversation the last request counts most, turns before it less, and those long before it hardly.
_REQUEST_HEAD, _REQUEST_TAIL = 8_000, 2_000
_TURN_HEAD, _TURN_TAIL = 1_500, 500
_LAST_TURNS = 20
# Changes with what of a question is shown, and how.
_MATERIAL_FORMAT = "1"

BETTER = ("first", "second", "equal")
# How much better, in words: models keep to three words better than to figures.
MARGINS: Mapping[str, float] = {"slightly": 1.0, "clearly": 2.0, "by far": 3.0}
# What the answer of every judge of two answers ends with.
VERDICT_SHAPE: Mapping[str, Any] = {
    "reason": {"type": "string"},
    "better": {"type": "string", "enum": list(BETTER)},
    "margin": {"type": "string", "enum": list(MARGINS)},
}
_WEIGHED = WeighedWords(key="better", words=BETTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPrompt:
    """How a judge asks: its instructions, the shape of the answer, and what it shows besides the two answers.

    The shape has the properties of VERDICT_SHAPE at least.
    """

    name: str
    instructions: str
    schema: Mapping[str, Any]
    shows: Callable[[PairQuestion], Mapping[str, Any]] = lambda _question: {}
    answer_tokens: int = 700

    @property
    def version(self) -> str:
        """What changes with any word of the instructions or of the shape."""
        return version_of(self.name, self.instructions, self.schema)

    def asks(
        self, question: PairQuestion, *, step: str = "", asker: int = 0, more: Mapping[str, Any] | None = None
    ) -> list[Ask]:
        """Return the two things to ask: the question in either order, `more` being shown besides."""
        shown = {**self.shows(question), **(more or {})}
        return [
            Ask(
                instructions=self.instructions,
                material=material(question, order, shown=shown),
                read=_reader(order),
                schema=self.schema,
                order=order,
                step=step,
                weighed=_WEIGHED,
                answer_tokens=self.answer_tokens,
                asker=asker,
            )
            for order in Order
        ]


def version_of(name: str, *words: str | Mapping[str, Any]) -> str:
    """Return what changes with any word of instructions and shapes."""
    whole = "".join(each if isinstance(each, str) else json.dumps(each, sort_keys=True) for each in words)
    return f"{name}-{sha256((whole + _MATERIAL_FORMAT).encode()).hexdigest()[:10]}"


class TwoOrderJudge(DeliberatingJudge):
    """Asks every question twice, with either answer first, and that is all."""

    def __init__(self, model: AskableModel, *, prompt: PairPrompt) -> None:
        def way(question: PairQuestion) -> Way:
            return settle((yield prompt.asks(question)))

        super().__init__([model], name=prompt.name, prompt_version=prompt.version, way=way)


def material(question: PairQuestion, order: Order, *, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is judged: the conversation, what is shown besides, and the answers by their place."""
    first, second = in_order(order, question.answer_a, question.answer_b)
    return {
        **conversation(question),
        **shown,
        "first": shown_answer(first),
        "second": shown_answer(second),
    }


def in_order(order: Order, a: str, b: str) -> tuple[str, str]:
    """Return what belongs to either answer, by its place."""
    return (a, b) if order is Order.A_FIRST else (b, a)


def conversation(question: PairQuestion) -> dict[str, Any]:
    """Return the conversation as it is shown: its last turns, the request at most length."""
    return {"conversation": _shown_turns(question.prompt[-_LAST_TURNS:])}


def shown_answer(answer: str, *, of: int = 1) -> str:
    """Return an answer as it is shown, or one of so many parts of it: whole, else its beginning and its end."""
    return shortened(answer, head=_ANSWER_HEAD // of, tail=_ANSWER_TAIL // of)


def _shown_turns(turns: Sequence[Turn]) -> list[dict[str, str]]:
    texts = [shortened(turn.text, head=_TURN_HEAD, tail=_TURN_TAIL) for turn in turns[:-1]]
    texts += [shortened(turn.text, head=_REQUEST_HEAD, tail=_REQUEST_TAIL) for turn in turns[-1:]]
    return [{"from": turn.role, "text": text} for turn, text in zip(turns, texts, strict=True)]


def _reader(order: Order) -> Callable[[ChatReply], Reading]:
    """Return what reads which answer is preferred, and how much, positive where a is better."""

    def read(reply: ChatReply) -> Reading:
        try:
            said = json_object_in(reply.text)
        except UnreadableAnswerError:
            return Reading()
        better, margin = said.get("better"), said.get("margin")
        if better not in BETTER:
            return Reading()
        odds = _log_odds(reply.log_chances, order)
        if better == "equal":
            return Reading(is_read=True, value=Outcome.TIE, strength=0.0, log_odds=odds)
        outcome = Outcome.A if (better == "first") is (order is Order.A_FIRST) else Outcome.B
        size = MARGINS.get(margin) if isinstance(margin, str) else None
        strength = size if outcome is Outcome.A or size is None else -size
        return Reading(is_read=True, value=outcome, strength=strength, log_odds=odds)

    return read


def _log_odds(chances: Mapping[str, float], order: Order) -> float | None:
    """Return how much likelier it was that a is better than that b is, as a logarithm, within the scale."""
    if "first" not in chances or "second" not in chances:
        return None
    gap = chances["first"] - chances["second"]
    return clipped(gap if order is Order.A_FIRST else -gap)
