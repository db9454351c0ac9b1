"""Ways of asking: drawn evenly, the same for a task each time, and read on a common scale."""

from itertools import pairwise
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.protocol import AnswerError, Asked
from annotation.domain.protocols.drawn_scales import DrawnScale, read_drawn_scale
from annotation.domain.queues.ways import (
    USUAL,
    asked_so,
    drawn_way,
    require_way,
    require_ways,
    ways_in,
    ways_of,
)
from annotation.protocols.pairwise import PAIRWISE
from annotation.protocols.rating import COMMON, RATING

LEVELS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4, unique=True).map(
    lambda levels: [level for level in levels if level != USUAL] or ["other"]
)
DIMENSIONS = st.dictionaries(st.sampled_from(["neutral", "wording", "scale", "anchors"]), LEVELS, max_size=3)
SCALES = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda ends: abs(ends[0] - ends[1]) > 1)


@given(levels=DIMENSIONS, task=st.uuids().map(str), begin=st.integers(0, 50))
def test_people_in_a_row_meet_each_level_once_and_each_combination_once(levels, task, begin):
    settings = ways_of(levels)
    sizes = {name: len(offered) for name, offered in ways_in(settings).items()}
    ways = [drawn_way(settings, task=task, turn=turn) for turn in range(prod(sizes.values()))]
    assert len({tuple(way.values()) for way in ways}) == prod(sizes.values())
    for name, size in sizes.items():
        block = [drawn_way(settings, task=task, turn=size * begin + turn)[name] for turn in range(size)]
        assert len(set(block)) == size


def test_which_level_comes_first_is_a_matter_of_chance():
    settings = ways_of({"neutral": ["forced choice"]})
    firsts = [drawn_way(settings, task=f"task {at}", turn=0)["neutral"] for at in range(400)]
    assert 160 < firsts.count(USUAL) < 240


def test_a_queue_that_asks_in_one_way_draws_nothing():
    assert ways_of({"wording": []}) == drawn_way({}, task="x", turn=3) == {}
    assert asked_so({"strength": True}, {}) == {"strength": True}


@given(ends=SCALES, value=st.integers(0, 9))
def test_the_ends_of_a_scale_are_the_ends_of_the_common_one_and_a_turn_changes_nothing(ends, value):
    scale, turned = (
        DrawnScale(worst=ends[0], best=ends[1]),
        DrawnScale(worst=ends[1], best=ends[0]),
    )
    assert (scale.on(COMMON, ends[0]), scale.on(COMMON, ends[1])) == (1, 7)
    mirrored = ends[0] + ends[1] - value
    assert scale.on(COMMON, value) == pytest.approx(turned.on(COMMON, mirrored))
    assert COMMON.on(scale, scale.on(COMMON, value)) == pytest.approx(value)


@given(ends=SCALES)
def test_a_better_answer_is_higher_on_the_common_scale(ends):
    scale = DrawnScale(worst=ends[0], best=ends[1])
    step = 1 if scale.best > scale.worst else -1
    values = [scale.on(COMMON, value) for value in range(scale.worst, scale.best + step, step)]
    assert all(one < other for one, other in pairwise(values))


def rated(settings, way, choice):
    asked = Asked(shown=("x",), settings=asked_so(settings, way))
    (rating,) = RATING.conclude(RATING.parse({"choice": [choice]}, asked), asked).ratings
    return rating.value


def test_a_rating_is_read_on_the_scale_from_1_to_7_whichever_was_drawn():
    settings = RATING.settings({"scales": ["7..1\n1 .. 5\n1..10"]})
    assert ways_in(settings) == {"scale": ["usual", "7..1", "1..5", "1..10"]}
    assert rated(settings, {"scale": "usual"}, "2") == 2
    assert rated(settings, {"scale": "7..1"}, "2") == 6
    assert [rated(settings, {"scale": "1..5"}, str(step)) for step in range(1, 6)] == [1, 2.5, 4, 5.5, 7]
    assert rated(settings, {"scale": "1..10"}, "10") == 7


def test_a_number_that_the_drawn_scale_does_not_have_is_refused():
    for level, wrong in (("1..5", "6"), ("7..1", "0"), ("usual", "8")):
        with pytest.raises(AnswerError, match="is not on the scale"):
            rated(RATING.settings({"scales": ["1..5\n7..1"]}), {"scale": level}, wrong)


def test_every_step_of_a_drawn_scale_has_a_key_and_its_number_in_words():
    for text in ("7..1", "1..5", "1..10", "0..9"):
        steps = RATING.choices(asked_so({}, {"scale": text}))
        assert len({step.key for step in steps}) == read_drawn_scale(text).points
        assert all(step.label.startswith(step.value) for step in steps)
    turned = RATING.choices(asked_so({}, {"scale": "7..1"}))
    assert (turned[0].label, turned[-1].label) == ("1 · nothing left to improve", "7 · useless, or does harm")


def test_other_words_stand_at_the_ends_of_whichever_scale():
    settings = RATING.settings({"scales": ["5..1"], "anchors": ["poor; ideal"]})
    labels = [choice.label for choice in RATING.choices(asked_so(settings, {"anchors": "poor; ideal"}))]
    assert (labels[0], labels[1], labels[-1]) == ("1 · poor", "2", "7 · ideal")
    turned = asked_so(settings, {"anchors": "poor; ideal", "scale": "5..1"})
    assert [choice.label for choice in RATING.choices(turned)] == ["1 · ideal", "2", "3", "4", "5 · poor"]


def test_a_forced_choice_offers_and_takes_no_tie():
    settings = PAIRWISE.settings({"neutral": ["on"]})
    forced = asked_so(settings, {"neutral": "forced choice"})
    assert [choice.value for choice in PAIRWISE.choices(forced)] == ["a", "b"]
    for neutral in ("tie", "both_bad"):
        with pytest.raises(AnswerError, match="Choose one of a, b"):
            PAIRWISE.parse({"choice": [neutral]}, Asked(shown=("x", "y"), settings=forced))
        usual = Asked(shown=("x", "y"), settings=asked_so(settings, {"neutral": "usual"}))
        assert PAIRWISE.parse({"choice": [neutral]}, usual) == {"choice": neutral}


def test_the_wording_that_was_drawn_is_shown_and_the_usual_one_too():
    settings = PAIRWISE.settings({"wordings": ["Which would you rather send?"]})
    shown = [
        PAIRWISE.material(["", ""], asked_so(settings, {"wording": level}))["wording"]
        for level in ways_in(settings)["wording"]
    ]
    assert shown == ["Which answer is better?", "Which would you rather send?"]
    assert PAIRWISE.material(["", ""], {})["wording"] == ""


def test_the_buttons_under_a_drawn_wording_repeat_no_other():
    settings = PAIRWISE.settings({"wordings": ["Which would you rather send?"], "neutral": ["on"]})
    labels = [str(choice.label) for choice in PAIRWISE.choices(asked_so(settings, {"wording": "usual"}))]
    assert labels == ["A", "B", "Equally good", "Both bad"]
    forced = asked_so(settings, {"wording": "usual", "neutral": "forced choice"})
    assert [choice.label for choice in PAIRWISE.choices(forced)] == ["A", "B"]


@pytest.mark.parametrize(
    ("protocol", "payload", "match"),
    [
        (RATING, {"scales": ["1..7"]}, "usual one"),
        (RATING, {"scales": ["1..5\n1 to 5"]}, "twice"),
        (RATING, {"scales": ["0..10"]}, "without a key"),
        (RATING, {"scales": ["1..2"]}, "2 points"),
        (RATING, {"scales": ["five"]}, "no scale"),
        (RATING, {"anchors": ["just one"]}, "two anchors"),
        (RATING, {"scales": ["1..5"], "anchors": ["a;b;c;d;e;f;g"]}, "two anchors"),
        (PAIRWISE, {"wordings": ["Which?\nwhich?"]}, "say the same"),
        (PAIRWISE, {"wordings": ["usual"]}, "say the same"),
        (PAIRWISE, {"wordings": ["\n".join("abcdefg")]}, "at most 5"),
        (PAIRWISE, {"wordings": ["x" * 201]}, "200 characters"),
    ],
)
def test_ways_that_cannot_be_asked_are_refused_beside_their_field(protocol, payload, match):
    with pytest.raises(AnswerError, match=match) as refused:
        protocol.settings(payload)
    assert refused.value.field in payload


def test_a_way_that_a_queue_does_not_ask_in_is_told():
    settings = PAIRWISE.settings({"neutral": ["on"]})
    require_way(settings, {"neutral": "forced choice"})
    for way in ({"neutral": "maybe"}, {"scale": "1..5"}):
        with pytest.raises(ValueError, match="does not ask"):
            require_way(settings, way)


@pytest.mark.parametrize(
    "ways",
    [
        {"neutral": ["usual"]},
        {"neutral": ["forced choice", "other"]},
        {"neutral": ["usual", 5]},
        {"neutral": ["usual", "x", "x"]},
        {"scale": ["usual", *map(str, range(6))]},
        {"wording": ["usual", "x" * 201]},
    ],
)
def test_ways_that_no_form_would_have_taken_are_told(ways):
    with pytest.raises(ValueError, match="do not say in which ways"):
        require_ways({"ways": ways})
