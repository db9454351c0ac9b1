"""A local OpenAI-compatible server that behaves, or misbehaves as the name of the model says."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import log
from typing import Any

ERRORS: dict[str, tuple[int, Any, dict[str, str]]] = {
    "flaky": (503, {"error": {"message": "loading"}}, {"Retry-After": "0"}),
    "busy": (429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}),
    "locked": (401, {"error": {"message": "no such key"}}, {}),
    "absent": (404, {"error": {"message": "no such model"}}, {}),
    "strict": (400, {"error": {"message": "max_tokens is too large"}}, {}),
    "redirecting": (307, {}, {"Location": "/v1/elsewhere"}),
}
JUNK_SAID: dict[str, Any] = {
    "empty": "",
    "filtered": "",
    "nul": "a\x00b \ud800 c",
    "hostile": "<script>alert(1)</script>",
    "listed": [{"type": "text", "text": "parts"}],
}
JUNK = {"broken": b'{"choices": [{"message": {"content": "cut o', "html": b"<html>It works!</html>"}


def echo(asked: dict[str, Any]) -> str:
    """Answer with what was asked."""
    return f"You said: {asked['messages'][-1]['content']} (seed {asked.get('seed')})"


class ChatServer:
    """Counts what it was asked; `model` chooses the behaviour (see `_act`), and `say` what a sound one answers."""

    def __init__(self, say: Callable[[dict[str, Any]], str] = echo) -> None:
        self.say = say
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.at_once = 0
        self.most_at_once = 0
        handler = type("Handler", (_Handler,), {"chat": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"


@contextmanager
def running_chat_server(say: Callable[[dict[str, Any]], str] = echo) -> Iterator[ChatServer]:
    """Serve on the loopback until the block ends."""
    chat = ChatServer(say)
    thread = threading.Thread(target=chat.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.http.shutdown()
        chat.http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    chat: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.chat.lock:
            self.chat.asked.append(asked)
            self.chat.keys.append(self.headers.get("Authorization", ""))
            self.chat.seen[asked["model"]] += 1
            count = self.chat.seen[asked["model"]]
            self.chat.at_once += 1
            self.chat.most_at_once = max(self.chat.most_at_once, self.chat.at_once)
        try:
            self._act(asked, count)
        except BrokenPipeError:
            pass
        finally:
            with self.chat.lock:
                self.chat.at_once -= 1

    def _act(self, asked: dict[str, Any], count: int) -> None:
        model = asked["model"]
        if model in ERRORS and not (model == "flaky" and count % 3 == 0):
            self._send(*ERRORS[model])
        elif model in JUNK:
            self._raw(JUNK[model])
        elif model == "plain" and {"logprobs", "response_format"} & set(asked):
            self._send(400, {"error": {"message": "unknown field"}})
        elif model == "hanging-up":
            self.close_connection = True
        else:
            time.sleep({"slow": 2, "steady": 0.05}.get(model, 0))
            self._answer(asked, JUNK_SAID[model] if model in JUNK_SAID else self.chat.say(asked))

    def _answer(self, asked: dict[str, Any], text: Any, **more: Any) -> None:
        message = {"role": "assistant", "content": text, "refusal": more.get("refusal")}
        if asked["model"] == "no-choices":
            choices = []
        else:
            choices = [{"index": 0, "message": message, "finish_reason": _finish(asked["model"])}]
        if asked.get("logprobs") and asked["model"] == "weighing":
            choices[0]["logprobs"] = {"content": _tokens(str(text))}
        words = sum(len(str(each.get("content", "")).split()) for each in asked["messages"])
        self._send(
            200,
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": asked["model"],
                "choices": choices,
                "usage": {
                    "prompt_tokens": words,
                    "completion_tokens": len(str(text).split()),
                    "total_tokens": 0,
                },
            },
        )

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._raw(json.dumps(body).encode(), "application/json", status, headers)

    def _raw(
        self,
        content: bytes,
        kind: str = "application/json",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _tokens(text: str) -> list[dict[str, Any]]:
    """Return a text as tokens of four letters at most; where "first" or "second" begins, the other has a tenth."""
    tokens = []
    for piece in re.findall(r"\W+|\w{1,4}", text):
        other = {"firs": "second", "seco": "first"}.get(piece, "x")
        likely = [(piece, log(0.9)), (other, log(0.1))]
        listed = [{"token": token, "logprob": chance} for token, chance in likely]
        tokens.append({"token": piece, "logprob": log(0.9), "top_logprobs": listed})
    return tokens


def _finish(model: str) -> str:
    return "content_filter" if model == "filtered" else "stop"
