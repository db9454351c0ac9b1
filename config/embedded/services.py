"""Runs the Procfile through honcho: `python -m config.embedded.services [NAME…]`, all of it or the named services.

On top of honcho: a closed terminal ends everything in order too, being asked to stop is no failure, and a service
that ends by itself is named at the end, where people look.
"""

import os
import signal
import sys
from collections.abc import Sequence

from honcho import command, manager

from config.embedded.locations import say

# A training run saves a checkpoint first, and a busy machine takes its time; honcho itself would kill after five.
STOP_SECONDS = 20
ASKED_TO_STOP = {0, 128 + signal.SIGINT, 128 + signal.SIGTERM}


def main(names: Sequence[str]) -> int:
    """Start the named services and return when all have ended."""
    # honcho ends everything on SIGTERM, but would die of SIGHUP and leave its services behind.
    signal.signal(signal.SIGHUP, lambda *_: _end_without_terminal())
    status = run_honcho(names)
    if status in ASKED_TO_STOP:
        say("Everything has stopped. The tables and files are kept for the next start.")
        return 0
    say(f"One service ended by itself (status {status}), so all were stopped. Its last lines above say why.")
    return 1


def _end_without_terminal() -> None:
    """End everything in order; what is still said goes nowhere, because writing to a closed terminal fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(nowhere, descriptor)
    os.kill(os.getpid(), signal.SIGTERM)


def run_honcho(names: Sequence[str]) -> int:
    """Hand over to honcho, which reads the Procfile and .env of this folder, and return its exit status."""
    manager.KILL_WAIT = STOP_SECONDS
    sys.argv = ["honcho", "start", *names]
    try:
        command.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
