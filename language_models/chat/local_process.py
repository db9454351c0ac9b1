"""The process of a local chat model: `python -m language_models.chat.local_process PATH [ADAPTER]`.

Requests come in and replies go out as JSON lines. The end of the input ends it, as when its client's process dies.
"""

import json
import sys
from dataclasses import asdict
from typing import IO, Any

from language_models.chat.contract import ChatError, ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.chat.local import LocalChatModel


def answer_lines(lines: IO[str], out: IO[str], *, path: str, adapter: str | None) -> None:
    """Answer one request a line until the input ends."""
    model: LocalChatModel | None = None
    for line in lines:
        try:
            model = model or LocalChatModel(path, adapter=adapter)
            said = asdict(model.complete(_request_of(json.loads(line))))
        except ChatError as error:
            said = {"error": str(error), "is_final": isinstance(error, ChatUnavailableError)}
        out.write(json.dumps(said) + "\n")
        out.flush()


def _request_of(question: dict[str, Any]) -> ChatRequest:
    return ChatRequest(
        messages=tuple(question["messages"]),
        settings=SamplingSettings(**question["settings"]),
        seed=question["seed"],
    )


def main() -> None:
    """Serve the model that the command line names; what libraries print goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    answer_lines(sys.stdin, answers, path=sys.argv[1], adapter=sys.argv[2] if len(sys.argv) > 2 else None)


if __name__ == "__main__":
    main()
