"""The figures as a table for people."""

import argparse
import os
import platform
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

COLUMNS = {
    "size": "conversations",
    "what": "what",
    "seconds": "s",
    "per_second": "per s",
    "ratio": "× raw",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
    "client_cpu": "client CPU s",
    "backend_cpu": "backend CPU s",
    "client_mb": "client MB",
    "backend_mb": "backend MB",
}


def print_table(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one line a figure."""
    table = Table(*COLUMNS.values())
    for row in rows:
        table.add_row(*(_shown(row.get(name)) for name in COLUMNS))
    Console(width=150).print(table)


def circumstances(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what the figures depend on: the machine, its load, and what was asked for."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_average_at_the_end": os.getloadavg(),
        "generator": asked.generator.name if asked.generator else "benchmarks.corpus",
    }


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
