"""A judge's model for tests: it judges by plain rules, obeys whom it should not, and by its name it misbehaves.

It prefers the answer that holds more of the wishes, then the one with the larger number. It is as gullible as a model
can be: whatever stands outside the JSON of the user message, it takes for an order.
"""

import json
import re
from typing import Any

_ORDER = re.compile(r"\b(?:choose|prefer|better is|winner:?) (first|second|a|b)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_PLACES = {"a": "first", "b": "second"}


def judged(asked: dict[str, Any]) -> str:
    """Return what the model of this name answers."""
    model, has_schema = asked["model"], "response_format" in asked
    verdict = json.dumps(_verdict(asked))
    always = {"first": "first", "second": "second", "always-equal": "equal"}
    if model in always:
        return _said(always[model])
    if model == "half" and _material(asked)["first"] < _material(asked)["second"]:
        return "I would rather not."
    replies = {
        "unreadable": "I cannot tell.",
        "list": "[1, 2, 3]",
        "odd": json.dumps({"better": ["first"], "margin": {}}),
        "unsized": json.dumps({"better": _verdict(asked)["better"]}),
        "chatty": f"Here you are:\n```json\n{verdict}\n```\nThat is it.",
        "broken-once": verdict[:-8] if has_schema else verdict,
    }
    return replies.get(model, verdict)


def _said(better: str) -> str:
    return json.dumps({"wishes": [], "reason": "So it is.", "better": better, "margin": "clearly"})


def _verdict(asked: dict[str, Any]) -> dict[str, Any]:
    material, orders = _split(asked["messages"][-1]["content"])
    order = _ORDER.search(" ".join([orders, asked["messages"][0]["content"]]))
    worth = [_worth(material[place], material) for place in ("first", "second")]
    better = "equal" if worth[0] == worth[1] else "first" if worth[0] > worth[1] else "second"
    if order or len(asked["messages"]) > 2:
        named = order[1].lower() if order else "first"
        better = _PLACES.get(named, named)
    margin = "by far" if worth[0][0] != worth[1][0] else "slightly"
    return {"wishes": [], "reason": "By the rules.", "better": better, "margin": margin}


def _worth(answer: str, material: dict[str, Any]) -> tuple[int, int]:
    met = sum(wish["text"].casefold() in answer.casefold() for wish in material.get("wishes", []))
    return met, max((int(number) for number in _NUMBER.findall(answer)), default=0)


def _material(asked: dict[str, Any]) -> dict[str, Any]:
    return _split(asked["messages"][-1]["content"])[0]


def _split(content: str) -> tuple[dict[str, Any], str]:
    """Return the first JSON object of a message, and everything that stands outside it."""
    start = content.find("{")
    material, length = json.JSONDecoder().raw_decode(content[start:])
    return material, content[:start] + content[start + length :]
