"""A local OpenAI-compatible server that answers by a script, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """What is answered: a text and why it ended, or an error under its status."""

    text: str = "no"
    finish: str = "stop"
    status: int = 200


class ScriptedServer:
    """Counts what it was asked; `reply` says what is answered."""

    def __init__(self, reply: Callable[[dict[str, Any]], Scripted]) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"scripted": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"


@contextmanager
def running_scripted_server(reply: Callable[[dict[str, Any]], Scripted]) -> Iterator[ScriptedServer]:
    """Serve on the loopback until the block ends."""
    scripted = ScriptedServer(reply)
    thread = threading.Thread(target=scripted.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        scripted.http.shutdown()
        scripted.http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    scripted: ScriptedServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.scripted.lock:
            self.scripted.asked.append(asked)
        reply = self.scripted.reply(asked)
        is_sound = reply.status == 200
        content = json.dumps(
            _completion(asked, reply) if is_sound else {"error": {"message": reply.text}}
        ).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if not is_sound:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _completion(asked: dict[str, Any], reply: Scripted) -> dict[str, Any]:
    words = sum(len(str(message["content"]).split()) for message in asked["messages"])
    message = {"role": "assistant", "content": reply.text}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": {
            "prompt_tokens": words,
            "completion_tokens": len(reply.text.split()),
            "total_tokens": 0,
        },
    }
