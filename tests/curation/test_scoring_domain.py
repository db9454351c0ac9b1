import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.errors import RecipeError
from curation.domain.scoring.check_sets import SpecificationError, checks_of, parts_of, unrunnable, value_of
from curation.domain.scoring.guards import Guard, parse_guard
from curation.domain.scoring.regression import compare_failures, paired_interval
from curation.domain.scoring.running import FrozenRunner
from curation.domain.versions.recipes import parse_recipe, read_recipe
from tests.curation.measure_cases import POLITE, SHORT, library, written

verdicts = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6)


@given(verdicts)
def test_a_value_is_one_just_where_no_check_fails(said: list[bool | None]) -> None:
    value = value_of(said)
    assert 0 <= value <= 1
    assert (value == 1) == (False not in said)


def test_the_parts_of_a_set_are_its_criteria_in_order() -> None:
    entries = [written("a", SHORT, criterion="x"), written("b", POLITE), written("c", SHORT, criterion="x")]
    assert parts_of({"assertions": entries}) == {"x": [0, 2], "b": [1]}
    assert parts_of({"assertions": entries[:1]}) == {}


@pytest.mark.parametrize("specification", [{}, {"assertions": []}, {"assertions": "x"}, {"assertions": [3]}])
def test_a_specification_without_checks_is_refused(specification: dict[str, object]) -> None:
    with pytest.raises(SpecificationError):
        checks_of(specification)


def test_a_check_that_asks_a_model_is_named() -> None:
    judge = {**written("kind", "Is it kind?"), "kind": "judge"}
    assert unrunnable({"assertions": [written("short", SHORT), judge]}) == ["kind"]


def test_library_checks_and_written_code_run_with_the_same_kind_of_result() -> None:
    cases = [("Hi", "I am sorry, I apologise."), ("Hi", "Yes.")]
    for entry in (written("polite", POLITE), library("no_apology")):
        runner = FrozenRunner(checks_of({"assertions": [entry]})[0])
        assert [outcome.passed for outcome in runner.outcomes(cases)] == [False, True]


@pytest.mark.parametrize("entry", [library("nonsense"), library("length", at_most="many")])
def test_a_check_that_cannot_be_made_says_so_of_each_answer(entry: dict[str, object]) -> None:
    outcomes = FrozenRunner(checks_of({"assertions": [entry]})[0]).outcomes([("a", "b")])
    assert outcomes[0].passed is None
    assert outcomes[0].sentence


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("criteria: a", Guard(name="criteria: a")),
        (" criteria: a@12ab ", Guard(name="criteria: a", version="12ab")),
        ("quality >= 0.8", Guard(name="quality", least=0.8)),
        ("quality@2>=-1", Guard(name="quality", version="2", least=-1.0)),
    ],
)
def test_a_guard_is_read_as_it_is_written(text: str, guard: Guard) -> None:
    assert parse_guard(text) == guard


@pytest.mark.parametrize("text", ["", "@2", ">= 1", "a >= much", "a >= nan"])
def test_a_guard_without_name_or_number_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="`veto`"):
        parse_guard(text)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_sentence(text: str) -> None:
    try:
        guard = parse_guard(text)
    except RecipeError:
        return
    assert guard.name
    assert math.isfinite(guard.least)


def test_the_paired_interval_is_that_of_bonett_and_price() -> None:
    # 60 pairs: 9 fail only after, 3 only before. Formula 5 of Bonett and Price 2012, written out.
    steps = [1.0] * 9 + [-1.0] * 3 + [0.0] * 48
    more, fewer, n = (9 + 1) / 62, (3 + 1) / 62, 62
    half = 1.959964 * math.sqrt((more + fewer - (more - fewer) ** 2) / n)
    low, high = paired_interval(steps)
    assert (low, high) == pytest.approx((more - fewer - half, more - fewer + half), abs=1e-6)


def test_the_paired_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(4)
    hits = 0
    for _ in range(600):
        steps = dice.choice([1.0, -1.0, 0.0], size=80, p=[0.1, 0.04, 0.86])
        low, high = paired_interval(steps.tolist())
        hits += low <= 0.06 <= high
    assert 0.93 <= hits / 600 <= 0.99


def test_answers_to_one_prompt_share_its_one_vote() -> None:
    before = {1: [False, False], 2: [True], 3: [False]}
    after = {1: [True, False], 2: [True], 4: [True]}
    found = compare_failures(before, after)
    assert (found.prompts, found.before, found.after, found.difference) == (2, 0.5, 0.75, 0.25)
    assert (found.more, found.fewer) == (1, 0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_models_that_change_places_change_the_sign(pairs: list[tuple[bool, bool]]) -> None:
    one = {prompt: [old] for prompt, (old, _new) in enumerate(pairs)}
    other = {prompt: [new] for prompt, (_old, new) in enumerate(pairs)}
    there, back = compare_failures(one, other), compare_failures(other, one)
    if there.interval is None or back.interval is None:
        assert len(pairs) < 2
        return
    assert there.interval == pytest.approx((-back.interval.high, -back.interval.low))
    assert {there.verdict(), back.verdict()} in ({"unproven"}, {"worse", "better"})


def test_a_regression_is_said_only_where_the_interval_is_beyond_what_is_tolerated() -> None:
    before = {prompt: [False] for prompt in range(200)}
    after = {prompt: [prompt < 12] for prompt in range(200)}
    found = compare_failures(before, after)
    assert found.verdict() == "worse"
    assert found.verdict(tolerated=0.05) == "unproven"
    assert compare_failures(before, before).verdict() == "unproven"
    assert compare_failures({}, {}).verdict() == "undefined"


def test_a_recipe_of_measures_is_read_back_from_its_yaml_in_its_order() -> None:
    recipe = parse_recipe({"veto": ["criteria: b >= 0.5", "a@2"], "weight_by": "criteria: b"})
    assert parse_recipe(read_recipe(recipe.as_yaml())) == recipe
    assert recipe.veto == ("criteria: b >= 0.5", "a@2")


@pytest.mark.parametrize(
    ("document", "field"),
    [({"veto": ["x >= y"]}, "veto"), ({"weight_by": "@1"}, "weight_by"), ({"veto": "x"}, "veto")],
)
def test_a_measure_that_cannot_be_read_is_refused_with_its_field(
    document: dict[str, object], field: str
) -> None:
    with pytest.raises(RecipeError, match=f"`{field}`"):
        parse_recipe(document)
