"""A local language model that writes answers and judges them; by the name of its model it misbehaves."""

import json
from contextlib import AbstractContextManager
from typing import Any

from tests.feedback_mining.scripted_server import Scripted, ScriptedServer, running_scripted_server

GOOD, BAD = "It leaves at ten.", "I do not know when that leaves."


def running_writing_server() -> AbstractContextManager[ScriptedServer]:
    """Serve on the loopback until the block ends; `model` chooses the behaviour (see `_said`)."""
    return running_scripted_server(_reply)


def _reply(asked: dict[str, Any]) -> Scripted:
    if asked["model"] == "down":
        return Scripted(status=503)
    finish = {"cut": "length", "refusing": "content_filter"}.get(asked["model"], "stop")
    return Scripted(text=_said(asked), finish=finish)


def _said(asked: dict[str, Any]) -> str:
    """Answer well where the wishes are known; judge by which answer is the good one."""
    model, last = asked["model"], asked["messages"][-1]["content"]
    if '"first"' in last and '"second"' in last:
        return _verdict(model, json.loads(last))
    knows = asked["messages"][0]["role"] == "system"
    answers = {
        "sorry": "Sorry for the mistake! It leaves at ten.",
        "refusing": "",
        "empty": "  ",
        "parrot": "the train leaves  at nine.",
        "cut": "It leaves at",
        "policy": GOOD if knows else BAD,
    }
    return answers.get(model, f"{GOOD} (7)")


def _verdict(model: str, material: dict[str, Any]) -> str:
    good = "first" if material["first"].startswith(GOOD) else "second"
    better = {
        "first-always": "first",
        "tie": "equal",
        "other": "second" if good == "first" else "first",
    }.get(model, good)
    said = json.dumps({"wishes": [], "reason": "r", "better": better, "margin": "clearly"})
    return said[:10] if model == "broken" else said
