"""The judge `reference`: which of two answers says what a known good answer says, in both orders."""

from collections.abc import Mapping
from typing import Any, Final

from language_models.chat.asking import AskableModel
from language_models.chat.structured import object_schema
from language_models.judges.contract import JudgeSettings, PairQuestion
from language_models.judges.questions import VERDICT_SHAPE, PairPrompt, TwoOrderJudge, shown_answer
from language_models.judges.wording import CRITERIA, EVEN_HANDED, MATERIAL, VERDICT

_INSTRUCTIONS = f"""\
You compare two answers to the same request with an answer that is known to be good, and say which of the two serves \
the user better.

Input. The next message is one JSON object: "conversation" holds the turns so far, oldest first, and ends with the \
request; "reference" is the good answer, or empty where none is known; "first" and "second" are the two answers. \
{MATERIAL}

Task. Hold both answers against the reference: what they say that it does not bear out counts against them, and so \
does what it says that the user needs and they leave out. {CRITERIA}
- The reference is no contestant, and its words are not the only right ones: another wording, order or length is no \
fault, and copying it is no merit beyond being right.
- Where the reference is empty, or itself beside the request, go by the request alone.
{EVEN_HANDED}

{VERDICT}
"""


def _shows(question: PairQuestion) -> Mapping[str, Any]:
    return {"reference": shown_answer(question.reference)}


PROMPT: Final = PairPrompt(
    name="reference",
    instructions=_INSTRUCTIONS,
    schema=object_schema(VERDICT_SHAPE),
    shows=_shows,
    answer_tokens=400,
)


class ReferencePlugin:
    """The judge before it has a model."""

    name = PROMPT.name
    title = "Held against a reference answer, both orders"
    explanation = (
        "Holds both answers against one that is known to be good, such as a person's correction. Where there is none "
        "it goes by the request alone. Asks twice, with either answer first."
    )
    instructions = PROMPT.instructions
    prompt_version = PROMPT.version
    reads = frozenset({"reference"})
    scale: tuple[int, int] | None = None
    wants: frozenset[str] = frozenset()

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> TwoOrderJudge:
        """Return the judge that asks this model."""
        return TwoOrderJudge(model, prompt=PROMPT)
