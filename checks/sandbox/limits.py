"""What a written check is asked, and what it may take."""

from dataclasses import dataclass
from typing import TypeAlias

# A prompt and the response to it.
Case: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """Limits of one written check.

    `seconds` is for one output, `total_seconds` for all of them; `memory_bytes` is the heap of the check with its
    texts; after `overruns` outputs that ran out of time, memory or its process, the rest is not tried.
    """

    seconds: float = 1.0
    total_seconds: float = 60.0
    memory_bytes: int = 64 * 1024**2
    recursion_depth: int = 200
    overruns: int = 3
    source_characters: int = 50_000


DEFAULT_LIMITS = SandboxLimits()
