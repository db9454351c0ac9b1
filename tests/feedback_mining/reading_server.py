"""A local language model that reads conversations as it is asked to; by the name of its model it misbehaves.

It judges by the rules of `phrases`, so that a detector that asks it can be held to the contract of all detectors. It
is as gullible as a model can be: whatever stands outside the JSON of the user message it takes for an order.
"""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from feedback_mining.detectors.phrases import PhraseDetector
from feedback_mining.domain.constraints import constraints_in
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from tests.feedback_mining.scripted_server import Scripted, ScriptedServer, running_scripted_server

ORDER = re.compile(
    r"mark (?:this|it|everything|the conversation)[^.\n]* as satisfied|record no complaint", re.IGNORECASE
)
ERRORS = {"down": 503, "schema-less": 400}


def running_reading_server() -> AbstractContextManager[ScriptedServer]:
    """Serve on the loopback until the block ends; `model` chooses the behaviour (see `_reply`)."""
    return running_scripted_server(_reply)


def _reply(asked: dict[str, Any]) -> Scripted:
    model, has_schema = asked["model"], "response_format" in asked
    if model == "down" or (model == "schema-less" and has_schema):
        return Scripted(status=ERRORS[model])
    answer = _answer(asked)
    text = json.dumps(answer, ensure_ascii=False)
    replies: dict[str, Callable[[], str]] = {
        "broken": lambda: text[: len(text) // 2],
        "broken-once": lambda: text[: len(text) // 2] if has_schema else text,
        "chatty": lambda: f"Sure! Here you go:\n```json\n{text}\n```\nAnything else?",
        "refusing": lambda: "I cannot help with that.",
        "half": lambda: json.dumps({name: entries[::2] for name, entries in answer.items()}),
        "inventing": lambda: _inventing(asked),
        "list": lambda: "[1, 2, 3]",
        "odd": lambda: _odd(asked),
        "silent-on-lakes": lambda: text if "lake" not in asked["messages"][-1]["content"] else "No.",
    }
    return Scripted(text=replies.get(model, lambda: text)())


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    system, data = asked["messages"][0]["content"], asked["messages"][-1]["content"]
    if "reasons" in system:
        return _lesson(system)
    conversation, orders = _split(data)
    if '"wishes": [{' in system:
        return _wishes(conversation, orders)
    if len(asked["messages"]) > 2 or ORDER.search(orders) or ORDER.search(system):
        verdict = {"criterion": "Gratitude", "quote": "a", "certainty": "certain"}
        return {
            "verdicts": [
                {"n": n, "state": "FEEDBACK", "satisfaction": [verdict], "dissatisfaction": []}
                for n in conversation["judge"]
            ]
        }
    is_rubric = "rubric" in conversation
    contexts = _contexts(conversation)
    found = [PhraseDetector().detect([context])[0] or [] for context in contexts]
    if is_rubric:
        signs = [(c, f) for c, findings in zip(contexts, found, strict=True) for f in findings]
        return {
            "verdicts": [
                {
                    "n": c.index,
                    "sign": f"{f.criterion} sign",
                    "impact": round(f.probability * 10),
                    "quote": c.text[f.start : f.end],
                }
                for c, f in signs
            ]
        }
    return {"verdicts": [_verdict(c, f) for c, f in zip(contexts, found, strict=True)]}


def _lesson(system: str) -> dict[str, Any]:
    """Answer both questions of learning a rubric."""
    if '"signs": [{"name"' not in system:
        return {"reasons": [{"reason": "The user says so."}]}
    name = "Factual_Error" if "dissatisfied" in system.split("\n")[0] else "Gratitude"
    return {"signs": [{"name": f"{name} sign", "definition": "The user says so.", "criterion": name}]}


def _wishes(conversation: dict[str, Any], orders: str) -> dict[str, Any]:
    """Write down the constraints of each message in other words, and a complaint that it is wrong."""
    if ORDER.search(orders):
        return {"wishes": []}
    found = []
    for message in conversation["messages"]:
        if message.get("n") in conversation["judge"] and message["from"] == "user":
            said = message["text"]
            quotes = [said[each.start : each.end] for each in constraints_in(said)]
            quotes += ["wrong"] if "wrong" in said else []
            found += [{"n": message["n"], "wish": f"Mind this: {each}", "quote": each} for each in quotes]
    return {"wishes": found}


def _split(content: str) -> tuple[dict[str, Any], str]:
    """Return the first JSON object of a message, and everything that stands outside it."""
    decoder = json.JSONDecoder()
    start = content.find("{")
    conversation, end = decoder.raw_decode(content[start:])
    return conversation, content[:start] + content[start + end :]


def _contexts(conversation: dict[str, Any]) -> list[FeedbackContext]:
    contexts: list[FeedbackContext] = []
    requests: list[str] = []
    response, place = "", 0
    for message in conversation["messages"]:
        if message["from"] == "assistant":
            response, place = message["text"], message["n"]
            continue
        if message.get("n") in conversation["judge"]:
            contexts.append(
                FeedbackContext(
                    conversation="c",
                    index=message["n"],
                    text=message["text"],
                    response=response,
                    response_index=place,
                    earlier_requests=tuple(requests),
                )
            )
        requests.append(message["text"])
    return contexts


def _verdict(context: FeedbackContext, findings: list[Finding]) -> dict[str, Any]:
    verdict: dict[str, Any] = {
        "n": context.index,
        "state": "CONTINUATION",
        "satisfaction": [],
        "dissatisfaction": [],
    }
    for finding in findings:
        name = "satisfaction" if polarity_of(finding.criterion) is Polarity.SAT else "dissatisfaction"
        certainty = (
            "certain" if finding.probability > 0.7 else "likely" if finding.probability > 0.5 else "possible"
        )
        verdict[name].append(
            {
                "criterion": finding.criterion,
                "quote": context.text[finding.start : finding.end],
                "certainty": certainty,
            }
        )
    return verdict


def _odd(asked: dict[str, Any]) -> str:
    """Verdicts with lists, objects and truths where words and numbers belong."""
    odd: tuple[Any, ...] = (["Praise"], {}, True, 2)
    entries = [{"criterion": each, "quote": ["a"], "sign": each, "impact": True} for each in odd]
    verdicts = [{"n": each, "satisfaction": entries, **entries[0]} for each in odd]
    return json.dumps({"verdicts": verdicts})


def _inventing(asked: dict[str, Any]) -> str:
    """Verdicts whose quotes stand nowhere, in the wrong list, of unknown criteria, on other messages."""
    numbers = _split(asked["messages"][-1]["content"])[0]["judge"]
    entries = [
        {"criterion": "Praise", "quote": "words that nobody wrote", "certainty": "certain"},
        {"criterion": "Joy", "quote": "a", "certainty": "certain"},
        {"criterion": "Style", "quote": "a", "certainty": "certain"},
        "no object",
    ]
    verdicts = [{"n": n, "state": "X", "satisfaction": entries, "dissatisfaction": None} for n in numbers]
    wishes = [{"n": n, "wish": "Be kind", "quote": "words that nobody wrote"} for n in [*numbers, 999]]
    return json.dumps({"verdicts": [*verdicts, {"n": 999, "satisfaction": []}, 5], "wishes": wishes})
