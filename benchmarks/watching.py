"""What a piece of work took: seconds, processor time, and the most memory on both sides."""

import resource
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter

import psutil
from django.db import connection

# Looking costs some milliseconds itself.
SAMPLE_SECONDS = 0.5
SERVER_NAME = "postgres"
MEGABYTE = 1 << 20


@dataclass(slots=True, kw_only=True)
class Took:
    """Seconds by the clock and of the processor; megabytes at the highest.

    The client is this process with those it starts; the backend is the server's process for its connection, of which
    memory that all backends share is left out.
    """

    seconds: float = 0.0
    client_cpu: float = 0.0
    backend_cpu: float = 0.0
    client_mb: float = 0.0
    backend_mb: float = 0.0

    def as_row(self) -> dict[str, float]:
        """Return the figures rounded, under their names."""
        return {name: round(getattr(self, name), 3) for name in self.__slots__}


class watched:  # noqa: N801 - it reads as a word: `with watched() as took`
    """Measure the block."""

    def __enter__(self) -> Took:
        """Begin to measure."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = psutil.Process(cursor.fetchone()[0])
        self._took = Took()
        self._ended = Event()
        self._thread = Thread(target=self._sample, daemon=True)
        self._thread.start()
        self._begun = perf_counter(), _own_seconds(), _seconds_of(self._backend)
        return self._took

    def __exit__(self, *error: object) -> None:
        """Note what it took."""
        clock, client, backend = self._begun
        self._took.seconds = perf_counter() - clock
        self._ended.set()
        self._thread.join()
        self._took.client_cpu = _own_seconds() - client
        self._took.backend_cpu = _seconds_of(self._backend) - backend

    def _sample(self) -> None:
        while True:
            self._took.client_mb = max(self._took.client_mb, _client_bytes() / MEGABYTE)
            self._took.backend_mb = max(self._took.backend_mb, _private_bytes(self._backend) / MEGABYTE)
            if self._ended.wait(SAMPLE_SECONDS):
                return


def _own_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _client_bytes() -> int:
    """Return the memory of this process and its children; the server may be one of them and is not counted."""
    total = psutil.Process().memory_info().rss
    for child in psutil.Process().children():
        try:
            total += 0 if child.name() == SERVER_NAME else child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return int(total)


def _private_bytes(process: psutil.Process) -> int:
    """Return what is the process's own: the buffers that all backends share are none of it (Linux tells them apart)."""
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
