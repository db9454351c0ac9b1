"""What client and server say on the socket.

A frame is a length (4 bytes, big-endian), so many bytes of JSON, and the vectors if the JSON counts any:
`rows` times `dimension` float32, little-endian. Requests are {"texts": [...]} or {"ask": "health"}.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from language_models.embedders.contract import Vectors

LENGTH_BYTES = 4
# Far above the texts of one request (see TEXTS_PER_REQUEST), far below what could exhaust memory.
MAX_FRAME_BYTES = 64 * 1024**2
# So that a reply comes within the timeout on a slow machine, and bulk work lets searches in between.
TEXTS_PER_REQUEST = 256
FLOAT = np.dtype("<f4")


class FrameError(ValueError):
    """Bytes on the socket are not a frame."""


def pack(head: Mapping[str, Any], *, vectors: Vectors | None = None) -> bytes:
    """Return the bytes of a frame."""
    if vectors is not None:
        head = {**head, "rows": len(vectors), "dimension": vectors.shape[1]}
    encoded = json.dumps(head).encode("ascii")
    tail = b"" if vectors is None else vectors.astype(FLOAT).tobytes()
    return len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded + tail


def head_length(prefix: bytes) -> int:
    """Return how many bytes of JSON follow; raises FrameError."""
    length = int.from_bytes(prefix, "big")
    if length > MAX_FRAME_BYTES:
        message = f"A frame of {length} bytes is above the limit of {MAX_FRAME_BYTES}."
        raise FrameError(message)
    return length


def unpack_head(encoded: bytes) -> dict[str, Any]:
    """Return the JSON of a frame; raises FrameError."""
    try:
        head = json.loads(encoded)
    except ValueError as error:
        message = "A frame does not hold JSON."
        raise FrameError(message) from error
    if not isinstance(head, dict):
        message = "A frame holds JSON that is not an object."
        raise FrameError(message)
    return head


def tail_length(head: Mapping[str, Any]) -> int:
    """Return how many bytes of vectors follow the JSON."""
    return int(head.get("rows", 0)) * int(head.get("dimension", 0)) * FLOAT.itemsize


def unpack_vectors(tail: bytes, *, dimension: int) -> Vectors:
    """Return the vectors of a frame."""
    return np.frombuffer(tail, dtype=FLOAT).reshape(-1, dimension).astype(np.float32)
