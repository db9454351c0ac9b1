"""The judge `rubric`: each answer alone gets a score by a rubric, once with the levels rising and once falling."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatReply
from language_models.chat.structured import UnreadableAnswerError, json_object_in, object_schema, shortened
from language_models.judges.contract import JudgeSettings, Outcome, PairQuestion, Round, StrengthFrom
from language_models.judges.deliberating import Ask, DeliberatingJudge, Reading, Way
from language_models.judges.questions import conversation, shown_answer, version_of
from language_models.judges.settling import Settled, clipped
from language_models.judges.wording import MATERIAL

NAME = "rubric"
LOWEST, HIGHEST = 1, 5
RISING, FALLING = "rising", "falling"
# Scores of one answer that lie further apart than this hang on how the scale was written down.
_STEADY = 1
_LONGEST_RUBRIC = 4_000
OWN_RUBRIC = """\
How well the answer serves the user: it does what was asked with every condition that the conversation set, what it \
says is right, nothing needed is missing, and it is clear to this user."""
_LEVELS: Mapping[int, str] = {
    1: "useless or harmful here",
    2: "a serious fault, or much is missing",
    3: "of use, with faults that the user has to mend",
    4: "good, with small faults",
    5: "nothing left to wish for",
}
_INSTRUCTIONS = f"""\
You give one answer to a request a score by a rubric.

Input. The next message is one JSON object: "conversation" holds the turns so far, oldest first, and ends with the \
request; "rubric" says what the score is about; "levels" lists the scores with their meaning, in an order that says \
nothing; "answer" is the answer. {MATERIAL}

Task. Find what the rubric asks for and what of it the answer does. Give the score whose meaning fits best.
- Judge this answer by itself: no other answer is known to you, and most answers are neither the best nor the worst.
- Length, confidence, politeness and layout do not make up for what is wrong or missing.
- Judge in whatever language the texts are written; the words of your verdict stay in English.

Then give
- "reason": in one or two sentences, what the score rests on;
- "score": a whole number from {LOWEST} to {HIGHEST}.

Answer with one JSON object of the given schema and nothing else.
"""
_SCHEMA = object_schema(
    {"reason": {"type": "string"}, "score": {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}}
)


class RubricPlugin:
    """The judge before it has a model."""

    name = NAME
    title = "A score for each answer by a rubric"
    explanation = (
        "Scores each answer alone from 1 to 5 by your rubric, once with the levels rising and once falling; the higher "
        "mean wins. Where the two scores of an answer lie apart nobody has won. Four requests a pair."
    )
    instructions = f"{_INSTRUCTIONS}\nThe rubric where none is given: {OWN_RUBRIC}"
    prompt_version = version_of(NAME, _INSTRUCTIONS, _SCHEMA, OWN_RUBRIC)
    reads: frozenset[str] = frozenset()
    scale: tuple[int, int] | None = (LOWEST, HIGHEST)
    wants = frozenset({"rubric"})

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> DeliberatingJudge:
        """Return the judge that asks this model by the rubric that is given, else by its own."""
        rubric = (settings.rubric.strip() if settings else "") or OWN_RUBRIC
        version = version_of(NAME, _INSTRUCTIONS, _SCHEMA, rubric)

        def way(question: PairQuestion) -> Way:
            return _settle((yield _asks(question, rubric)))

        return DeliberatingJudge([model], name=NAME, prompt_version=version, way=way)


def _asks(question: PairQuestion, rubric: str) -> list[Ask]:
    answers = {"a": question.answer_a, "b": question.answer_b}
    return [
        _ask(question, rubric, (name, text), way=way)
        for name, text in answers.items()
        for way in (RISING, FALLING)
    ]


def _ask(question: PairQuestion, rubric: str, answer: tuple[str, str], *, way: str) -> Ask:
    name, text = answer
    levels = [{"score": score, "means": meaning} for score, meaning in _LEVELS.items()]
    return Ask(
        instructions=_INSTRUCTIONS,
        material={
            **conversation(question),
            "rubric": shortened(rubric, head=_LONGEST_RUBRIC, tail=0),
            "levels": levels if way == RISING else levels[::-1],
            "answer": shown_answer(text),
        },
        read=_reader(name),
        schema=_SCHEMA,
        step=f"answer {name}, levels {way}",
        answer_tokens=300,
    )


def _reader(name: str) -> Callable[[ChatReply], Reading]:
    def read(reply: ChatReply) -> Reading:
        try:
            score: Any = json_object_in(reply.text).get("score")
        except UnreadableAnswerError:
            return Reading()
        is_score = (
            isinstance(score, int | float) and not isinstance(score, bool) and LOWEST <= score <= HIGHEST
        )
        return Reading(is_read=True, scores={name: float(score)}) if is_score else Reading()

    return read


def _settle(rounds: Sequence[Round]) -> Settled:
    """Return which answer has the higher mean score; nobody where a score hangs on the order of the levels."""
    if not all(each.scores for each in rounds):
        return Settled(outcome=Outcome.UNREADABLE)
    scores = {name: [each.scores[name] for each in rounds if name in each.scores] for name in ("a", "b")}
    if any(max(given) - min(given) > _STEADY for given in scores.values()):
        return Settled(outcome=Outcome.INCONSISTENT)
    gap = sum(scores["a"]) / len(scores["a"]) - sum(scores["b"]) / len(scores["b"])
    outcome = Outcome.TIE if gap == 0 else Outcome.A if gap > 0 else Outcome.B
    return Settled(outcome=outcome, strength=clipped(gap), strength_from=StrengthFrom.SCORES, method="scores")
