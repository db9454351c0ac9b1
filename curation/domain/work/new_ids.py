"""Ids of the newest form, uuid7, by the thousand: one look at the clock and one draw of chance for all."""

import os
import time

_RANDOM_BYTES = 10
_VERSION = 7 << 76
_VARIANT = 2 << 62
_LOW_62 = (1 << 62) - 1
# Room for the ids of one call above what chance begins with: 2^25 each.
_COUNTER_BITS = 26


def new_ids(count: int) -> list[str]:
    """Return ids as 32 hexadecimal digits, in rising order (RFC 9562, section 6.2: a counter before chance)."""
    milliseconds = time.time_ns() // 1_000_000 << 80
    chance = os.urandom(_RANDOM_BYTES * (count + 1))
    first = int.from_bytes(chance[-_RANDOM_BYTES:]) >> (8 * _RANDOM_BYTES - _COUNTER_BITS + 1)
    return [
        f"{milliseconds | _id_bits(first + number, chance[8 * number : 8 * number + 6]):032x}"
        for number in range(count)
    ]


def _id_bits(counter: int, chance: bytes) -> int:
    """Spread a counter of 26 bits and 48 bits of chance around the version and the variant."""
    high, low = counter >> 14, counter & 0x3FFF
    return _VERSION | high << 64 | _VARIANT | (low << 48 | int.from_bytes(chance)) & _LOW_62
