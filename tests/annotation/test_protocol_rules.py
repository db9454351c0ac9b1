"""The rules behind protocols: scales, places, steps, spans."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.protocol import AnswerError
from annotation.domain.protocols.places import preferences_in, without_gaps
from annotation.domain.protocols.scales import Scale, read_scales, scales_from, write_scales
from annotation.domain.protocols.spans import joined, read_spans
from annotation.domain.protocols.steps import steps_of

PLACES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 6), min_size=1)
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
)


def test_a_rubric_is_read_as_it_is_written():
    scales = read_scales(
        "clarity | 0..2 | dim; fair; clear\n\n tone|1-5|rude;kind \ndepth | -1 to 1", field="f"
    )
    assert scales == [
        Scale(name="clarity", low=0, high=2, anchors=("dim", "fair", "clear")),
        Scale(name="tone", low=1, high=5, anchors=("rude", "kind")),
        Scale(name="depth", low=-1, high=1),
    ]
    assert read_scales(write_scales(scales), field="f") == scales
    assert scales_from({"scales": [scale.as_json() for scale in scales]}, name="scales") == scales


def test_two_anchors_stand_at_the_ends():
    steps = Scale(name="tone", low=1, high=4, anchors=("rude", "kind")).steps
    assert [(step.value, step.anchor, step.key) for step in steps] == [
        (1, "rude", "1"),
        (2, "", "2"),
        (3, "", "3"),
        (4, "kind", "4"),
    ]


@pytest.mark.parametrize(
    ("rubric", "sentence"),
    [
        ("clarity", "Line 1 is no attribute"),
        ("ok | 0..4\n| 0..4", "Line 2 is no attribute"),
        ("clarity | 4..0", "asks for 0 steps"),
        ("clarity | 0..100", "asks for 101 steps"),
        ("clarity | 0..4 | one; two; three", "3 anchors for 5 steps"),
        ("clarity | 0..4\nClarity | 1..2", "Two lines are named"),
        ("\n".join(f"scale {n} | 0..1" for n in range(21)), "This one has 21"),
        ("  \n ", "This one has 0"),
    ],
)
def test_a_rubric_that_cannot_be_used_is_refused_with_its_line(rubric, sentence):
    with pytest.raises(AnswerError, match=sentence) as refusal:
        read_scales(rubric, field="rubric")
    assert refusal.value.field == "rubric"


@given(PLACES)
def test_places_without_gaps_keep_order_and_ties(places):
    dense = without_gaps(places)
    assert sorted(set(dense.values())) == list(range(1, len(set(places.values())) + 1))
    assert all((places[a] < places[b]) == (dense[a] < dense[b]) for a in places for b in places)


@given(PLACES)
def test_a_ranking_of_k_answers_has_k_times_k_minus_one_halves_preferences(places):
    preferences = preferences_in(places)
    assert len(preferences) == len(places) * (len(places) - 1) // 2
    signs = {"a": -1, "tie": 0, "b": 1}
    for each in preferences:
        difference = places[each.first] - places[each.second]
        assert signs[each.outcome] == (difference > 0) - (difference < 0)


@given(SPANS)
def test_joined_spans_cover_the_same_characters_and_never_touch(spans):
    merged = joined(spans)
    assert {at for start, end in merged for at in range(start, end)} == {
        at for start, end in spans for at in range(start, end)
    }
    assert all(one[1] < other[0] for one, other in pairwise(merged))


def test_spans_count_characters_as_a_browser_shows_them():
    text = "a\r\nb😀c"
    assert read_spans(["2-4"], text=text) == [(2, 4)]
    with pytest.raises(AnswerError):
        read_spans(["2-6"], text=text)


def test_more_spans_than_anybody_marks_are_refused():
    with pytest.raises(AnswerError, match="at most 200"):
        read_spans([f"{2 * n}-{2 * n + 1}" for n in range(201)], text="x" * 1000)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Two plus two is four. So it is even.", ["Two plus two is four.", "So it is even."]),
        ("First.\n\nSecond. It has two sentences.", ["First.", "Second. It has two sentences."]),
        ("Step 1: add.\nStep 2: halve.", ["Step 1: add.", "Step 2: halve."]),
        ("To do:\n1. add\n2. halve\n   twice", ["To do:", "1. add", "2. halve\n   twice"]),
        ("Run:\n```\na = 1\n\nb = 2\n```\n\nDone.", ["Run:\n```\na = 1\n\nb = 2\n```", "Done."]),
        ("二加二等于四。所以是偶数。", ["二加二等于四。", "所以是偶数。"]),
        ("2.5 apples", ["2.5 apples"]),
        ("", []),
        (" \n \n", []),
    ],
)
def test_an_answer_is_split_where_a_step_begins(text, steps):
    assert steps_of(text) == steps


@given(st.text())
def test_splitting_loses_nothing_but_white_space(text):
    assert "".join("".join(steps_of(text)).split()) == "".join(text.split())
