"""Secrets that must be read again, and so lie encrypted: under the newest key, readable under every known one."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32


class UnreadableSealError(ValueError):
    """What was sealed under another secret, or for another purpose."""


class Seal:
    """Encrypts for one purpose: what is sealed for one cannot be opened for another.

    The first secret seals, every one opens, so a secret is changed by putting the new one first. Each is long and
    random, so that one round of HKDF (RFC 5869) makes a key of it.
    """

    def __init__(self, secrets: Sequence[str], *, purpose: str) -> None:
        self._keys = MultiFernet([Fernet(_key_of(secret, purpose=purpose)) for secret in secrets])

    def close(self, text: str) -> str:
        """Return the text encrypted; twice the same text gives two different ones."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the text again; raises UnreadableSealError."""
        try:
            return self._keys.decrypt(sealed).decode()
        except (InvalidToken, ValueError) as error:
            raise UnreadableSealError("No secret at hand opens this.") from error

    def renew(self, sealed: str) -> str:
        """Return the same text sealed under the first secret; raises UnreadableSealError."""
        return self.close(self.open(sealed))


def _key_of(secret: str, *, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"harken {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
