"""The server's settings, chosen anew at each start from the memory that this machine has."""

import os
from pathlib import Path

MEGABYTE = 1024**2
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only its size is read


def server_settings(*, socket: Path) -> dict[str, str]:
    """Return every setting that differs from PostgreSQL's own default."""
    memory = memory_in_megabytes()
    maintenance = _between(64, memory // 16, 512)
    return {
        "listen_addresses": "",  # the private socket is the only way in
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "shared_buffers": f"{_between(64, memory // 8, 1024)}MB",
        "maintenance_work_mem": f"{maintenance}MB",  # vector indexes are built in it
        "work_mem": "16MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "dynamic_shared_memory_type": _dynamic_shared_memory(needed=2 * maintenance),
        "max_connections": "100",
        "jit": "off",  # compiling costs more than it saves on short queries
        "synchronous_commit": "on",  # acknowledged means on disk
        "random_page_cost": "1.1",  # solid-state disks
        "max_wal_size": "2GB",  # one import should not force checkpoint after checkpoint
        "timezone": "UTC",
        "log_timezone": "UTC",
        **log_settings(),
    }


def log_settings() -> dict[str, str]:
    """Return the settings that keep the text of conversations out of the log: no statements, no failing rows."""
    return {
        "logging_collector": "off",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
        "lc_messages": "C",
    }


def memory_in_megabytes() -> int:
    """Return the memory of this machine, or of its container where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP_LIMIT.read_text(encoding="ascii").strip() if CGROUP_LIMIT.exists() else "max"
    return (min(machine, int(limit)) if limit.isdigit() else machine) // MEGABYTE


def _dynamic_shared_memory(*, needed: int) -> str:
    """Choose files where /dev/shm is too small (64 MB in many containers): an index build would fail there."""
    if not SHARED_MEMORY.is_dir():
        return "posix" if os.uname().sysname == "Darwin" else "mmap"
    size = os.statvfs(SHARED_MEMORY)
    return "posix" if size.f_blocks * size.f_frsize // MEGABYTE >= needed else "mmap"


def _between(low: int, wished: int, high: int) -> int:
    return max(low, min(wished, high))
