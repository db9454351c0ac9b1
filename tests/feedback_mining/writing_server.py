"""A local language model that writes answers and judges them; by the name of its model it misbehaves."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD, BAD = "It leaves at ten.", "I do not know when that leaves."


class WritingServer:
    """Counts what it was asked; `model` chooses the behaviour (see `_said`)."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"writing": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"


@contextmanager
def running_writing_server() -> Iterator[WritingServer]:
    """Serve on the loopback until the block ends."""
    writing = WritingServer()
    thread = threading.Thread(target=writing.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield writing
    finally:
        writing.http.shutdown()
        writing.http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    writing: WritingServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.writing.lock:
            self.writing.asked.append(asked)
        status = 503 if asked["model"] == "down" else 200
        body = {"error": {"message": "no"}} if status != 200 else _completion(asked)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status != 200:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _completion(asked: dict[str, Any]) -> dict[str, Any]:
    text = _said(asked)
    finish = {"cut": "length", "refusing": "content_filter"}.get(asked["model"], "stop")
    words = sum(len(str(message["content"]).split()) for message in asked["messages"])
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": words, "completion_tokens": len(text.split()), "total_tokens": 0},
    }


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
