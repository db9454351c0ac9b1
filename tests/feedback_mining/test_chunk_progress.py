"""A bar that moves while a chunk of conversations is asked about, and never past it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.services.chunk_progress import ChunkProgress


class Bar:
    """Notes what is reported to it."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, int]] = []

    def report(self, done: int, *, total: int, now: bool = False) -> None:
        self.reports.append((done, total))


@given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 120))
def test_the_bar_moves_on_and_stays_within_its_chunk(size: int, foreseen: int, asked: int) -> None:
    bar: Any = Bar()
    progress = ChunkProgress(bar, total=100 + size)
    progress.begin(done=100, size=size, questions=foreseen)
    for _ in range(asked):
        progress()
    places = [done for done, _total in bar.reports]
    assert places == sorted(places)
    assert 100 == places[0] <= places[-1] <= 100 + size


def test_at_the_end_all_is_done() -> None:
    bar: Any = Bar()
    ChunkProgress(bar, total=7).end()
    assert bar.reports == [(7, 7)]
