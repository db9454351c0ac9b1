"""Where the tests find files that are not part of the project."""

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED_DATA = CHECKOUT.parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """Return a file of the shared data; skips the test that asks for it where the data is not at hand."""
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not at hand: it is data beside the checkout, not part of the project.")
    return path
