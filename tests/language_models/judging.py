"""A judge's model for tests: it judges by plain rules, obeys whom it should not, and by its name it misbehaves.

It prefers the answer that holds more of the wishes, then the one with the larger number. It is as gullible as a model
can be: whatever stands outside the JSON of the user message, it takes for an order.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_ORDER = re.compile(r"\b(?:choose|prefer|better is|winner:?) (first|second|a|b)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_PLACES = {"a": "first", "b": "second"}
# A model that goes by the place, except where both answers lie before it in pieces.
_BY_PLACE = {"first": "first", "second": "second", "always-equal": "equal", "first-but-parts": "first"}


def judged(asked: dict[str, Any]) -> str:
    """Return what the model of this name answers."""
    model, has_schema = asked["model"], "response_format" in asked
    material, _orders = _split(asked["messages"][-1]["content"])
    if "answers" in material or "levels" in material:
        return _broken(model, has_schema, json.dumps(_scores(asked, material)))
    if "first" not in material and "parts" not in material:
        return _own_answer(material)
    verdict = json.dumps(_verdict(asked))
    is_by_content = model == "first-but-parts" and "parts" in material
    if model in _BY_PLACE and not is_by_content:
        return _said(_BY_PLACE[model])
    if model == "half" and _answers(material)[0] < _answers(material)[1]:
        return "I would rather not."
    return _broken(model, has_schema, verdict)


def _broken(model: str, has_schema: bool, verdict: str) -> str:
    replies = {
        "unreadable": "I cannot tell.",
        "list": "[1, 2, 3]",
        "odd": json.dumps({"better": ["first"], "margin": {}, "score": [], "scores": [{"n": {}}]}),
        "unsized": json.dumps({"better": json.loads(verdict).get("better")}),
        "chatty": f"Here you are:\n```json\n{verdict}\n```\nThat is it.",
        "broken-once": verdict[:-8] if has_schema else verdict,
    }
    return replies.get(model, verdict)


def _own_answer(material: Mapping[str, Any]) -> str:
    """Answer the request; with the very words of it, as a model that is easily led."""
    return f"I think that it is 5. {material['conversation'][-1]['text']}"


def _scores(asked: dict[str, Any], material: Mapping[str, Any]) -> dict[str, Any]:
    """Score by the largest number, or by the place: of the answer in the list, or of the level in the scale."""
    by_place = asked["model"] in ("first", "second")
    if "levels" in material:
        levels = [level["score"] for level in material["levels"]]
        place = 0 if asked["model"] == "first" else -1
        by_content = max(1, min(5, _worth(material["answer"], material)[1]))
        return {"reason": "So.", "score": levels[place] if by_place else by_content}
    size = len(material["answers"])
    steps = [7 - n if asked["model"] == "first" else 7 - size + n for n in range(size)]
    worths = [max(1, min(7, _worth(each["text"], material)[1])) for each in material["answers"]]
    numbers = [each["n"] for each in material["answers"]]
    given = zip(numbers, steps if by_place else worths, strict=True)
    return {"scores": [{"n": n, "reason": "So.", "score": score} for n, score in given]}


def _said(better: str) -> str:
    return json.dumps({"wishes": [], "reason": "So it is.", "better": better, "margin": "clearly"})


def _verdict(asked: dict[str, Any]) -> dict[str, Any]:
    material, orders = _split(asked["messages"][-1]["content"])
    order = _ORDER.search(" ".join([orders, asked["messages"][0]["content"]]))
    worth = [_worth(answer, material) for answer in _answers(material)]
    better = "equal" if worth[0] == worth[1] else "first" if worth[0] > worth[1] else "second"
    if order or len(asked["messages"]) > 2:
        named = order[1].lower() if order else "first"
        better = _PLACES.get(named, named)
    margin = "by far" if worth[0][0] != worth[1][0] else "slightly"
    return {"wishes": [], "reason": "By the rules.", "better": better, "margin": margin}


def _answers(material: Mapping[str, Any]) -> list[str]:
    """Return both answers, put together again where they lie in pieces."""
    if "parts" in material:
        return ["".join(part[place] for part in material["parts"]) for place in ("first", "second")]
    return [material["first"], material["second"]]


def _worth(answer: str, material: Mapping[str, Any]) -> tuple[int, int]:
    met = sum(wish["text"].casefold() in answer.casefold() for wish in material.get("wishes", []))
    met += bool(material.get("reference")) and material["reference"].casefold() in answer.casefold()
    return met, max((int(number) for number in _NUMBER.findall(answer)), default=0)


def _split(content: str) -> tuple[dict[str, Any], str]:
    """Return the first JSON object of a message, and everything that stands outside it."""
    start = content.find("{")
    material, length = json.JSONDecoder().raw_decode(content[start:])
    return material, content[:start] + content[start + length :]
