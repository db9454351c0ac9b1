"""How the shipped linear head does on topics that it was not fitted on."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

RELIABILITY = Path(__file__).with_name("reliability.json")


@cache
def shipped_reliability() -> Mapping[str, Any]:
    """Return the figures of both polarities, with the bins of their reliability chart."""
    figures: dict[str, Any] = json.loads(RELIABILITY.read_text(encoding="utf-8"))
    return figures
