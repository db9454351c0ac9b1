"""Secret keys of the embedded installation: made once, kept under var/keys, readable by their owner only."""

import os
import secrets
from pathlib import Path


def stored_key(var: Path, name: str) -> str:
    """Return the key of this name, made on first use; two processes that start together get the same one."""
    path = var / "keys" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, key: str) -> None:
    """Write aside and link into place, so that no reader ever sees half a key."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.touch(mode=0o600)
    aside.write_text(key, encoding="ascii")
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
