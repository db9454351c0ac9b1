"""Asking a model for criteria that a set lacks, and for assertions that test one: our own prompts, versioned.

What people and models wrote goes out as strings of one JSON object. What comes back may not repeat it: a criterion or
a check that quotes an output fits that output alone, and would outlive the withdrawal of its conversation.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from language_models.chat.contract import ChatRequest, SamplingSettings
from language_models.chat.structured import list_in, list_schema, shortened
from language_models.judges.wording import MATERIAL

MOST_SHOWN = 12
# As many words of an output in a row, in what a model proposes, are a quotation.
QUOTED_WORDS = 6
_WORD = re.compile(r"\w+")
_OUTPUT_HEAD, _OUTPUT_TAIL = 1_500, 500

CRITERIA_INSTRUCTIONS = f"""\
You help people to say what a good answer of an assistant does, so that they can check many answers by it.

The user message is one JSON object: "outputs" holds what the assistant was asked and what it answered, some with a \
thumb of a person ("good" or "bad") and a note, and "criteria" holds what is checked already. {MATERIAL}

Propose three further criteria that
- would tell good answers from bad ones here, the graded ones first of all;
- are not covered by a criterion that is there already;
- each ask for one thing, in one sentence that is true of an ideal answer ("It names the unit of every figure.");
- speak of answers to such requests in general, and repeat no names or wording of any single one.

For each give "name" (at most five words), "text" (the sentence) and "kind": "code" where a short Python function over \
the question and the answer could decide it, else "judge". Answer with one JSON object of the given schema and \
nothing else."""
ASSERTION_INSTRUCTIONS = f"""\
You help people to check many answers of an assistant against one criterion.

The user message is one JSON object: "criterion" says what a good answer does, and "outputs" holds a few questions and \
answers, some with a thumb of a person ("good" or "bad"). {MATERIAL}

Propose three different ways to test the criterion, which need not agree with each other. For each give "name" (what \
it asks, in a few words), "kind" and "source":
- kind "code": source is Python that defines `def check(prompt: str, response: str) -> bool`, True for a good answer. \
It may import re, json, math, collections, itertools, functools, datetime and unicodedata, and nothing else; it has \
no files, no network and no other packages, and must give the same verdict every time.
- kind "judge": source is one question about the answer that is answered with yes where the answer is good.
Use code wherever the criterion can be decided from the text. Repeat no names or wording of any single output. Answer \
with one JSON object of the given schema and nothing else."""
_KIND = {"type": "string", "enum": ["code", "judge"]}
_TEXT = {"type": "string"}
CRITERIA_SCHEMA = list_schema("criteria", {"name": _TEXT, "text": _TEXT, "kind": _KIND})
ASSERTION_SCHEMA = list_schema("assertions", {"name": _TEXT, "kind": _KIND, "source": _TEXT})


def _version(name: str, words: str, schema: Mapping[str, Any]) -> str:
    return f"{name}-{sha256((words + json.dumps(schema, sort_keys=True)).encode()).hexdigest()[:10]}"


CRITERIA_VERSION = _version("criteria", CRITERIA_INSTRUCTIONS, CRITERIA_SCHEMA)
ASSERTION_VERSION = _version("assertions", ASSERTION_INSTRUCTIONS, ASSERTION_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOutput:
    """An output as a model sees it; `is_good` is None where nobody graded it."""

    asked: str
    answer: str
    is_good: bool | None = None
    note: str = ""
    conversation_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedText:
    """A criterion's name, text and kind, or an assertion's name, source and kind."""

    name: str
    text: str
    kind: str


def criteria_request(outputs: Sequence[ShownOutput], *, criteria: Iterable[str], seed: int) -> ChatRequest:
    """Return the request for criteria that these outputs speak for and the set lacks."""
    material = {"outputs": [_shown(each) for each in outputs], "criteria": list(criteria)}
    return _request(CRITERIA_INSTRUCTIONS, material, schema=CRITERIA_SCHEMA, outputs=outputs, seed=seed)


def assertion_request(criterion: str, *, outputs: Sequence[ShownOutput], seed: int) -> ChatRequest:
    """Return the request for assertions that test a criterion."""
    material = {"criterion": criterion, "outputs": [_shown(each) for each in outputs]}
    return _request(ASSERTION_INSTRUCTIONS, material, schema=ASSERTION_SCHEMA, outputs=outputs, seed=seed)


def criteria_in(answer: str, *, outputs: Sequence[ShownOutput]) -> tuple[list[ProposedText], int]:
    """Return the criteria of an answer, and how many quoted an output; raises UnreadableAnswerError."""
    return _unquoted(list_in(answer, "criteria"), field="text", outputs=outputs)


def assertions_in(answer: str, *, outputs: Sequence[ShownOutput]) -> tuple[list[ProposedText], int]:
    """Return the assertions of an answer, and how many quoted an output; raises UnreadableAnswerError."""
    return _unquoted(list_in(answer, "assertions"), field="source", outputs=outputs)


def is_quoting(text: str, *, outputs: Sequence[ShownOutput]) -> bool:
    """Return whether a text repeats QUOTED_WORDS words in a row of what was asked, answered or noted."""
    runs = _runs(text)
    return any(
        not runs.isdisjoint(_runs(said)) for each in outputs for said in (each.asked, each.answer, each.note)
    )


def _unquoted(
    entries: Iterable[Mapping[str, Any]], *, field: str, outputs: Sequence[ShownOutput]
) -> tuple[list[ProposedText], int]:
    read = [each for each in (_read(entry, field=field) for entry in entries) if each is not None]
    kept = [each for each in read if not is_quoting(f"{each.name}\n{each.text}", outputs=outputs)]
    return kept, len(read) - len(kept)


def _read(entry: Mapping[str, Any], *, field: str) -> ProposedText | None:
    name, text, kind = entry.get("name"), entry.get(field), entry.get("kind")
    if not (isinstance(name, str) and isinstance(text, str) and name.strip() and text.strip()):
        return None
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    return ProposedText(
        name=" ".join(name.replace("\x00", "").encode("utf-8", "replace").decode().split())[:120],
        text=clean,
        kind="code" if kind == "code" else "judge",
    )


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[at : at + QUOTED_WORDS]) for at in range(len(words) - QUOTED_WORDS + 1)}


def _shown(output: ShownOutput) -> dict[str, str]:
    thumb = {} if output.is_good is None else {"thumb": "good" if output.is_good else "bad"}
    note = {"note": shortened(output.note)} if output.note else {}
    asked, answer = (
        shortened(text, head=_OUTPUT_HEAD, tail=_OUTPUT_TAIL) for text in (output.asked, output.answer)
    )
    return {"asked": asked, "answer": answer, **thumb, **note}


def _request(
    instructions: str,
    material: Mapping[str, Any],
    *,
    schema: Mapping[str, Any],
    outputs: Sequence[ShownOutput],
    seed: int,
) -> ChatRequest:
    return ChatRequest(
        messages=(
            {"role": "system", "content": instructions},
            {"role": "user", "content": json.dumps(material, ensure_ascii=False)},
        ),
        settings=SamplingSettings(temperature=0.7, max_tokens=2_000),
        seed=seed,
        schema=schema,
        sources=tuple(sorted({each.conversation_id for each in outputs if each.conversation_id})),
    )
