"""Secret tokens of links and of the API: shown once, stored as a hash."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a fresh secret of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token. A random 256-bit secret needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def pseudonym_of(value: str, *, key: str, scope: str) -> str:
    """Return a keyed-HMAC pseudonym that is stable within `scope` (a project) and meaningless without the key."""
    return hmac.new(key.encode(), f"{scope}\x00{value}".encode(), hashlib.sha256).hexdigest()
