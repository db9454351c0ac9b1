"""Entries that belong together and need not stand together in a file, gathered in bounded memory."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Entry = TypeVar("Entry")

# In characters of text. A group whose entries lie further apart than this in a file comes out in pieces.
MAX_OPEN_CHARACTERS = 32 << 20
# What an entry takes in memory beside its text, so that many small ones count too.
ENTRY_WEIGHT = 500


class OpenGroups(Generic[Key, Entry]):
    """Groups in the order of their first entry; the one begun first is closed when too much is open."""

    def __init__(self, *, max_open: int = MAX_OPEN_CHARACTERS) -> None:
        self._groups: dict[Key, list[tuple[Entry, int]]] = {}
        self._open = 0
        self._max_open = max_open

    def add(self, key: Key, entry: Entry, *, weight: int) -> list[list[Entry]]:
        """Add an entry of so many characters and return the groups that had to be closed for it."""
        weight += ENTRY_WEIGHT
        self._groups.setdefault(key, []).append((entry, weight))
        self._open += weight
        closed = []
        while self._open > self._max_open:
            closed.append(self.close(next(iter(self._groups))))
        return closed

    def close(self, key: Key) -> list[Entry]:
        """Take a group out and return its entries, none where it is not open."""
        weighed = self._groups.pop(key, [])
        self._open -= sum(weight for _, weight in weighed)
        return [entry for entry, _ in weighed]

    def close_all(self) -> list[list[Entry]]:
        """Take every group out."""
        return [self.close(key) for key in list(self._groups)]
