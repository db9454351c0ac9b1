"""A check in the sandbox: pydantic-monty's interpreter, in a process of its own that is killed when it overruns.

The interpreter has no file, network, process, environment or clock of the host. The kernel's limits on its process
are a second wall, should the first one have a hole.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic_monty import Monty, MontySession

from checks.sandbox.limits import SandboxLimits

# A fixed clock and seed, so that results repeat.
CLOCK = datetime(2024, 1, 1, tzinfo=UTC)
SEED = 0
# The interpreter ends a run by itself; a process that is deaf to that is killed this much later.
GRACE_SECONDS = 1.0
# What the interpreter's process takes without any check.
PROCESS_BYTES = 1024**3
OPEN_FILES = 32


@contextmanager
def sandbox_pool(limits: SandboxLimits) -> Iterator[Monty]:
    """Open a place for one check at a time; a process that dies is replaced at the next session."""
    with Monty(
        min_processes=1,
        max_processes=1,
        request_timeout=limits.seconds + 2 * GRACE_SECONDS,
        feed_duration_limit_grace=GRACE_SECONDS,
    ) as pool:
        yield pool


@contextmanager
def check_session(pool: Monty, *, limits: SandboxLimits) -> Iterator[MontySession]:
    """Open an empty interpreter; every `feed` in it may take `limits.seconds`."""
    with pool.checkout(
        script_name="check.py",
        limits={
            "max_feed_duration_secs": limits.seconds,
            "max_memory": limits.memory_bytes,
            "max_recursion_depth": limits.recursion_depth,
        },
        os_policy={"datetime": CLOCK, "sleep": "zero", "random_start": {"seed": SEED}},
    ) as session:
        _confine(session.worker_pid, limits=limits)
        yield session


def feed(session: MontySession, code: str, **inputs: Any) -> Any:
    """Run code with these globals and return the value of its last line; raises MontyError. Output is dropped."""
    return session.feed_run(code, inputs=inputs, print_callback=_drop)


def _drop(stream: str, text: str) -> None:
    """Take printed output and forget it."""


def _confine(process_id: int | None, *, limits: SandboxLimits) -> None:
    """Set the kernel's limits on the interpreter's process, where the system can do so from outside (Linux)."""
    if process_id is None or not hasattr(resource, "prlimit"):
        return
    walls = {
        resource.RLIMIT_AS: PROCESS_BYTES + 4 * limits.memory_bytes,
        resource.RLIMIT_CPU: int(limits.total_seconds) + 10,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for wall, limit in walls.items():
        resource.prlimit(process_id, wall, (limit, limit))
