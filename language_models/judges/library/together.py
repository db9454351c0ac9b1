"""The judge `together`: all answers to a prompt at once, shuffled, and once more the other way round."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatReply
from language_models.chat.structured import UnreadableAnswerError, list_in, list_schema, number_in
from language_models.judges.contract import JudgeSettings, Order, Outcome, PairQuestion, Round, StrengthFrom
from language_models.judges.deliberating import Ask, DeliberatingJudge, Reading, Way
from language_models.judges.questions import conversation, shown_answer, version_of
from language_models.judges.settling import Settled, clipped
from language_models.judges.wording import CRITERIA, MATERIAL

NAME = "together"
LOWEST, HIGHEST = 1, 7
# With more answers a judge loses sight of them; the two that are asked about are always among them.
MOST_ANSWERS = 8
_INSTRUCTIONS = f"""\
You give each of several answers to the same request a score.

Input. The next message is one JSON object: "conversation" holds the turns so far, oldest first, and ends with the \
request; "answers" lists the answers with their number "n". {MATERIAL}

Task. {CRITERIA}
- Read all answers before you score one. Answers that serve the user alike get the same score.
- The order of the answers says nothing. You would give the same scores if they stood in another.
- Length, confidence, politeness and layout do not make up for what is wrong or missing.
- Judge in whatever language the texts are written; the words of your verdict stay in English.

For each answer give
- "n": its number;
- "reason": in one sentence, what the score rests on;
- "score": a whole number from {LOWEST}, useless or harmful, to {HIGHEST}, nothing left to wish for.

Answer with one JSON object of the given schema and nothing else.
"""
_SCHEMA = list_schema(
    "scores",
    {
        "n": {"type": "integer"},
        "reason": {"type": "string"},
        "score": {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST},
    },
)


class TogetherPlugin:
    """The judge before it has a model."""

    name = NAME
    title = "All answers to a prompt at once"
    explanation = (
        "Scores all answers to a prompt side by side from 1 to 7, in a shuffled order that is kept, and once more in "
        "the reverse. The higher score wins where both orders say so. Two requests a pair."
    )
    instructions = _INSTRUCTIONS
    prompt_version = version_of(NAME, _INSTRUCTIONS, _SCHEMA)
    reads = frozenset({"others"})
    scale: tuple[int, int] | None = (LOWEST, HIGHEST)
    wants: frozenset[str] = frozenset()

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> DeliberatingJudge:
        """Return the judge that asks this model."""
        return DeliberatingJudge([model], name=NAME, prompt_version=self.prompt_version, way=_way)


def _way(question: PairQuestion) -> Way:
    answers = _answers(question)
    shuffled = sorted(answers, key=lambda name: sha256(answers[name].encode("utf-8", "replace")).digest())
    rounds = yield [_ask(question, answers, shown) for shown in (shuffled, shuffled[::-1])]
    return _settle(rounds)


def _answers(question: PairQuestion) -> dict[str, str]:
    """Return the answers by name, each text once: a, b, then c1, c2, …; the shuffle goes by their words alone."""
    found = {"a": question.answer_a, "b": question.answer_b}
    for text in dict.fromkeys(question.others):
        if text not in found.values() and len(found) < MOST_ANSWERS:
            found[f"c{len(found) - 1}"] = text
    return found


def _ask(question: PairQuestion, answers: Mapping[str, str], shown: Sequence[str]) -> Ask:
    share = max(1, len(shown) // 2)
    listed = [
        {"n": n, "text": shown_answer(answers[name], of=share)} for n, name in enumerate(shown, start=1)
    ]
    return Ask(
        instructions=_INSTRUCTIONS,
        material={**conversation(question), "answers": listed},
        read=_reader(shown),
        schema=_SCHEMA,
        order=Order.A_FIRST if shown.index("a") < shown.index("b") else Order.B_FIRST,
        shown=tuple(shown),
        answer_tokens=150 * len(shown),
    )


def _reader(shown: Sequence[str]) -> Callable[[ChatReply], Reading]:
    def read(reply: ChatReply) -> Reading:
        try:
            entries = list_in(reply.text, "scores")
        except UnreadableAnswerError:
            return Reading()
        scores = {number_in(entry): entry.get("score") for entry in entries}
        if not all(_is_score(scores.get(n)) for n in range(1, len(shown) + 1)):
            return Reading()
        named = {name: float(scores[n] or 0) for n, name in enumerate(shown, start=1)}
        gap = named["a"] - named["b"]
        value = Outcome.TIE if gap == 0 else Outcome.A if gap > 0 else Outcome.B
        return Reading(is_read=True, value=value, scores=named, strength=clipped(gap))

    return read


def _is_score(score: Any) -> bool:
    return isinstance(score, int | float) and not isinstance(score, bool) and LOWEST <= score <= HIGHEST


def _settle(rounds: Sequence[Round]) -> Settled:
    """Return what both orders say alike of the two answers."""
    values = {each.value for each in rounds}
    if None in values:
        return Settled(outcome=Outcome.UNREADABLE)
    if len(values) > 1:
        return Settled(outcome=Outcome.INCONSISTENT)
    (outcome,) = values
    gaps = [each.scores["a"] - each.scores["b"] for each in rounds]
    return Settled(
        outcome=outcome or Outcome.UNREADABLE,
        strength=clipped(sum(gaps) / len(gaps)),
        strength_from=StrengthFrom.SCORES,
        method="scores",
    )
