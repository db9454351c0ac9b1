"""A question that a model answers about one output: yes (pass), no (fail), or neither (skip).

The instructions stand in the system message. What people and models wrote goes out as strings of one JSON object, so
that nothing in an output can end the place that it stands in, or stand where orders stand.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from language_models.chat.contract import ChatRequest, SamplingSettings
from language_models.chat.structured import UnreadableAnswerError, json_object_in, object_schema, shortened
from language_models.judges.wording import MATERIAL

INSTRUCTIONS = f"""\
You check one answer of an assistant against one requirement, and nothing else.

The user message is one JSON object: "requirement" says what a good answer does, "question" is what you decide, \
"asked" is what the assistant was asked, "answer" is what it said. {MATERIAL}

Decide the question about this answer alone. Whether you like the answer, and whether it is right or wrong in other \
ways, does not matter. Answer
- "yes" where the answer does what the question asks for;
- "no" where it does not;
- "unclear" where the question has no sense for this answer, or a careful reader could not tell.

Give your reason first, in one short sentence of your own words, then the verdict. Answer with one JSON object of the \
given schema and nothing else."""
SCHEMA = object_schema(
    {"reason": {"type": "string"}, "verdict": {"type": "string", "enum": ["yes", "no", "unclear"]}}
)
VERDICTS: Mapping[str, bool | None] = {"yes": True, "no": False, "unclear": None}
UNREADABLE, UNCLEAR = "The model gave no verdict that can be read.", "The model could not tell."
# An answer that cannot be read is asked for once more, under another seed and without the schema, which some
# endpoints do not know.
SEEDS = (31, 32)
_ANSWER_TOKENS = 300
_REASON_CHARACTERS = 300
_MATERIAL_FORMAT = "1"
PROMPT_VERSION = (
    "criterion-"
    + sha256(f"{INSTRUCTIONS}{json.dumps(SCHEMA, sort_keys=True)}{_MATERIAL_FORMAT}".encode()).hexdigest()[
        :10
    ]
)


def question_request(
    *, requirement: str, question: str, case: tuple[str, str], sources: tuple[int, ...], attempt: int
) -> ChatRequest:
    """Return the request that asks about one output; `case` is (what was asked, the answer)."""
    asked, answer = case
    material = {
        "requirement": shortened(requirement),
        "question": shortened(question),
        "asked": shortened(asked),
        "answer": shortened(answer, head=12_000, tail=4_000),
    }
    return ChatRequest(
        messages=(
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": json.dumps(material, ensure_ascii=False)},
        ),
        settings=SamplingSettings(temperature=0.0, max_tokens=_ANSWER_TOKENS),
        seed=SEEDS[attempt],
        schema=SCHEMA if attempt == 0 else None,
        sources=sources,
    )


def verdict_in(answer: str) -> tuple[bool | None, str] | None:
    """Return what an answer says and why; None where it cannot be read."""
    try:
        said: Mapping[str, Any] = json_object_in(answer)
    except UnreadableAnswerError:
        return None
    verdict = said.get("verdict")
    if not isinstance(verdict, str) or verdict.strip().lower() not in VERDICTS:
        return None
    passed = VERDICTS[verdict.strip().lower()]
    return passed, _reason(said.get("reason"), otherwise=UNCLEAR if passed is None else "")


def _reason(said: Any, *, otherwise: str) -> str:
    words = " ".join(said.split()) if isinstance(said, str) else ""
    return words[:_REASON_CHARACTERS] or otherwise
