"""The page of states, made from the tables in code: `python -m tests.house.states` writes it."""

import sys
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

from curation.domain.work.job_states import JOB_TRANSITIONS, JobState
from tests.house.source import ROOT
from training_jobs.domain.states import RUN_TRANSITIONS, RunState

State = TypeVar("State", bound=StrEnum)

PAGE = ROOT / "docs" / "reference" / "states.md"
HEAD = """# States

Made from the tables in code by `python -m tests.house.states`; a test says when this page is behind. What is not an
arrow here is refused with a sentence.
"""


def rendered_page() -> str:
    """Return the page as it should be."""
    parts = [
        HEAD,
        "## A job\n",
        "Any long work: import, export, enrichment, mining, judging. Back to queued: the lease of a dead worker ran",
        "out, or somebody asked for another try.\n",
        _diagram(JobState.QUEUED, JOB_TRANSITIONS),
        "## A training run\n",
        "`cancelled` is entered only when the process group of the trainer is seen gone.\n",
        _diagram(RunState.QUEUED, RUN_TRANSITIONS),
    ]
    return "\n".join(parts)


def _diagram(first: State, transitions: Mapping[State, Collection[State]]) -> str:
    """Return the table as a Mermaid diagram, in the order of the table."""
    arrows = [
        f"    {state} --> {after}"
        for state in transitions
        for after in transitions
        if after in transitions[state]
    ]
    ends = [f"    {state} --> [*]" for state, after in transitions.items() if not after]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *arrows, *ends, "```", ""])


if __name__ == "__main__":
    PAGE.write_text(rendered_page(), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}.\n")
