"""The judge `pairwise`: which of two answers serves the request better, in both orders."""

from typing import Final

from language_models.chat.asking import AskableModel
from language_models.chat.structured import object_schema
from language_models.judges.contract import JudgeSettings
from language_models.judges.questions import VERDICT_SHAPE, PairPrompt, TwoOrderJudge
from language_models.judges.wording import EVEN_HANDED, MATERIAL, VERDICT

_INSTRUCTIONS = f"""\
You compare two answers to the same request and say which of them serves the user better.

Input. The next message is one JSON object: "conversation" holds the turns so far, oldest first, and ends with the \
request; "first" and "second" are two answers to it. {MATERIAL}

Task. Ask what the user wants to be able to do with the answer. Weigh, in this order: whether it does what was asked, \
with every condition that the conversation set; whether what it says is right; whether anything needed is missing; \
whether it is clear to this user.
{EVEN_HANDED}

{VERDICT}
"""

PROMPT: Final = PairPrompt(
    name="pairwise", instructions=_INSTRUCTIONS, schema=object_schema(VERDICT_SHAPE), answer_tokens=400
)


class PairwisePlugin:
    """The judge before it has a model."""

    name = PROMPT.name
    title = "Two answers, both orders"
    explanation = (
        "Says which of two answers serves the request better. Asks twice, with either answer first; where the "
        "orders disagree nobody has won."
    )
    instructions = PROMPT.instructions
    prompt_version = PROMPT.version
    reads: frozenset[str] = frozenset()
    scale: tuple[int, int] | None = None
    wants: frozenset[str] = frozenset()

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> TwoOrderJudge:
        """Return the judge that asks this model."""
        return TwoOrderJudge(model, prompt=PROMPT)
