"""Small selection problems for tests."""

from collections.abc import Sequence

from hypothesis import strategies as st

from annotation.domain.criteria.alignment import AssertionKey, SelectionProblem, selection_problem

Rows = Sequence[Sequence[bool | None]]


def make_problem(results: Rows, *, grades: Sequence[bool], criteria: str | None = None) -> SelectionProblem:
    """Make a problem whose assertions are a0, a1, ...; `criteria` has a letter for each."""
    width = len(results[0])
    keys = [AssertionKey(id=f"a{n}", criterion=criteria[n] if criteria else f"c{n}") for n in range(width)]
    return selection_problem(keys, results=results, grades=grades)


@st.composite
def problems(draw: st.DrawFn) -> SelectionProblem:
    """Draw problems of up to 6 assertions and 8 outputs."""
    width = draw(st.integers(1, 6))
    grades = draw(st.lists(st.booleans(), min_size=1, max_size=8))
    row = st.lists(st.sampled_from([True, False, None]), min_size=width, max_size=width)
    results = draw(st.lists(row, min_size=len(grades), max_size=len(grades)))
    criteria = draw(st.text("xyz", min_size=width, max_size=width))
    return make_problem(results, grades=grades, criteria=criteria)
