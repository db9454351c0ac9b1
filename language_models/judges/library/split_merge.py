"""The judge `split_merge`: where the two orders disagree, both answers are split and merged part by part (PORTIA).

Li et al., Split and Merge: Aligning Position Biases in LLM-based Evaluators. The instructions are our own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from language_models.chat.asking import AskableModel
from language_models.chat.structured import object_schema
from language_models.judges.alignment import PARTS, by_length, by_likeness
from language_models.judges.contract import JudgeSettings, Order, Outcome, PairQuestion
from language_models.judges.deliberating import Ask, DeliberatingJudge, Way
from language_models.judges.library.pairwise import PROMPT as PLAIN
from language_models.judges.questions import (
    VERDICT_SHAPE,
    PairPrompt,
    conversation,
    in_order,
    shown_answer,
    version_of,
)
from language_models.judges.settling import settle
from language_models.judges.wording import CRITERIA, EVEN_HANDED, MATERIAL, VERDICT

NAME = "split_merge"
_Parts = tuple[Sequence[str], Sequence[str]]

_MERGED = f"""\
You compare two answers to the same request and say which of them serves the user better.

Input. The next message is one JSON object: "conversation" holds the turns so far, oldest first, and ends with the \
request; "parts" holds both answers cut into {PARTS} parts each and laid side by side: in every part "first" is a \
piece of the first answer and "second" a piece of the second. All pieces named "first" together, in their order, are \
the first answer, and all named "second" the second one. {MATERIAL}

Task. Judge the two answers as wholes: the cuts are ours, so a piece that begins or ends in the middle of a thought \
is no fault. {CRITERIA}
{EVEN_HANDED}

{VERDICT}
"""
MERGED: Final = PairPrompt(
    name=NAME, instructions=_MERGED, schema=object_schema(VERDICT_SHAPE), answer_tokens=PLAIN.answer_tokens
)


class SplitMergePlugin:
    """The judge before it has a model."""

    name = NAME
    title = "Both orders; where they disagree, part by part"
    explanation = (
        "Asks in both orders. Only where these disagree both answers are cut into three parts and laid side by side, "
        "first by length, then by likeness, and asked about in both orders again. At most six requests a pair."
    )
    instructions = f"{PLAIN.instructions}\n{MERGED.instructions}"
    prompt_version = version_of(NAME, PLAIN.instructions, PLAIN.schema, MERGED.instructions)
    reads: frozenset[str] = frozenset()
    scale: tuple[int, int] | None = None
    wants: frozenset[str] = frozenset()

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> DeliberatingJudge:
        """Return the judge that asks this model."""
        return DeliberatingJudge([model], name=NAME, prompt_version=self.prompt_version, way=_way)


def _way(question: PairQuestion) -> Way:
    settled = settle((yield PLAIN.asks(question, step="plain")), method="plain")
    if settled.outcome is not Outcome.INCONSISTENT:
        return settled
    for step, parts in _alignments(question):
        settled = settle((yield _asks(question, parts, step=step)), method=step)
        if settled.outcome.is_decided:
            return settled
    return settled


def _alignments(question: PairQuestion) -> list[tuple[str, _Parts]]:
    """Return the ways to lay the answers side by side; none where one is too short to be cut."""
    first, second = by_length(question.answer_a), by_length(question.answer_b)
    alike = by_likeness(question.answer_a, question.answer_b)
    if first is None or second is None or alike is None:
        return []
    ways: list[tuple[str, _Parts]] = [("length", (first, second))]
    # The same cuts would be the same question once more.
    return ways if alike == (first, second) else [*ways, ("likeness", alike)]


def _asks(question: PairQuestion, parts: _Parts, *, step: str) -> list[Ask]:
    plain = {ask.order: ask for ask in MERGED.asks(question, step=step)}
    return [_with_parts(plain[order], question, parts) for order in Order]


def _with_parts(ask: Ask, question: PairQuestion, parts: _Parts) -> Ask:
    """Return what is asked with parts side by side in the place of the two answers."""
    order = ask.order or Order.A_FIRST
    merged: Mapping[str, Any] = {
        **conversation(question),
        "parts": [_part(order, a, b) for a, b in zip(*parts, strict=True)],
    }
    return Ask(
        instructions=ask.instructions,
        material=merged,
        read=ask.read,
        schema=ask.schema,
        order=ask.order,
        step=ask.step,
        weighed=ask.weighed,
        answer_tokens=ask.answer_tokens,
    )


def _part(order: Order, a: str, b: str) -> dict[str, str]:
    first, second = in_order(order, a, b)
    return {"first": shown_answer(first, of=PARTS), "second": shown_answer(second, of=PARTS)}
