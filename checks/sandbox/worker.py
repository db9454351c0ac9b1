"""The process in between: `python -m checks.sandbox.worker` reads one request and writes one reply, both JSON.

It keeps the interpreter's client out of the calling process, which may be a web server or may fork later.
"""

import json
import sys
from typing import Any

from checks.sandbox.judging import outcomes_of, problem_of
from checks.sandbox.limits import SandboxLimits


def reply_to(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"problem"} where only the code is asked about, {"outcomes"} where there are cases."""
    limits = SandboxLimits(**request["limits"])
    if request["cases"] is None:
        return {"problem": problem_of(request["source"], limits=limits)}
    cases = [(prompt, response) for prompt, response in request["cases"]]
    outcomes = outcomes_of(request["source"], cases=cases, limits=limits)
    return {
        "outcomes": [outcome.sentence if outcome.has_no_verdict else outcome.passed for outcome in outcomes]
    }


if __name__ == "__main__":
    json.dump(reply_to(json.load(sys.stdin)), sys.stdout)
