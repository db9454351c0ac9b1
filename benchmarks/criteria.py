"""One assertion over many outputs: written code in the sandbox, a library check, and the same code without a sandbox.

    python -m benchmarks.criteria [--outputs 100000] [--words 60]

Prints one JSON object: seconds of each by the clock and of processors (on a busy machine the clock says little), and
how many times as much the sandbox takes as the bare function. The sandbox's time is all that a worker waits for: it
starts its process, hands over the texts and reads the outcomes, in batches as large as those of a run. Nothing is
stored; what storing takes hangs on the database.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from annotation.domain.criteria.batches import OUTPUTS_PER_BATCH
from checks import build_check
from checks.running import run_check
from checks.sandbox import Case, run_written_check

WRITTEN = '''import re


def check(prompt: str, response: str) -> bool:
    """At most 80 words, none of them an apology, and a list where the question asks for one."""
    words = response.split()
    if re.search(r"\\blist\\b", prompt) and not re.search(r"(?m)^[-*] ", response):
        return False
    return len(words) <= 80 and "sorry" not in response.lower()
'''
SAID = "the answer says that a river is long and we list what was asked sorry for you - * yes no"
VOCABULARY = SAID.split()
LIBRARY: dict[str, dict[str, Any]] = {"length": {"at_most": 80}, "keywords": {"avoids": ["sorry"]}}


def main() -> None:
    """Measure, and print the figures."""
    asked = _arguments()
    cases = _cases(asked.outputs, words=asked.words)
    written, bare = _measured(partial(_in_batches, cases)), _measured(partial(_bare, cases))
    figures = {
        "outputs": asked.outputs,
        "words": asked.words,
        "written": written,
        "bare": bare,
        "times_bare": round(written["processor_seconds"] / bare["processor_seconds"], 1),
        "library": {name: _measured(partial(_library, name, cases)) for name in LIBRARY},
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _cases(count: int, *, words: int) -> list[Case]:
    dice = random.Random(7)
    return [
        (f"Question {number}: a list?", " ".join(dice.choices(VOCABULARY, k=dice.randint(1, 2 * words))))
        for number in range(count)
    ]


def _in_batches(cases: Sequence[Case]) -> None:
    for start in range(0, len(cases), OUTPUTS_PER_BATCH):
        run_written_check(WRITTEN, cases[start : start + OUTPUTS_PER_BATCH])


def _bare(cases: Sequence[Case]) -> None:
    place: dict[str, Callable[[str, str], bool]] = {}
    exec(WRITTEN, place)  # noqa: S102 - our own text, to compare with
    for prompt, response in cases:
        place["check"](prompt, response)


def _library(name: str, cases: Sequence[Case]) -> None:
    run_check(build_check(name, LIBRARY[name]), cases)


def _measured(act: Callable[[], None]) -> dict[str, float]:
    """Return the seconds that an act takes, by the clock and of all processors that it used."""
    started, used = time.perf_counter(), _processor_seconds()
    act()
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(_processor_seconds() - used, 2),
    }


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.criteria", description=__doc__)
    parser.add_argument("--outputs", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    main()
