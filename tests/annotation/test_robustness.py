"""How far judgements hang on how they were asked for, against a published table and closed forms."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.domain.figures import Undefined
from annotation.domain.robustness.decomposition import decompose
from annotation.domain.robustness.effects import contrasts, presentation_effects
from annotation.domain.robustness.presentations import Presented, presentations_of, rescaled

# The example of Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(2,1) is .29.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
tables = arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(2, 5)), elements=st.integers(0, 4))


def judged(*, shift: float = 0.0, gap: float = 0.0, items: int = 40, noise: float = 0.02) -> list[Presented]:
    """Two systems `gap` apart, judged in two orders `shift` apart."""
    source = np.random.default_rng(0)
    found = []
    for item in range(items):
        level = source.uniform(0.3, 0.6)
        for system, more in (("x", gap), ("y", 0.0)):
            for order, moved in (("a first", shift), ("b first", 0.0)):
                value = float(np.clip(level + more + moved + source.normal(scale=noise), 0, 1))
                found.append(Presented(item=f"{item}", value=value, settings={"order": order}, system=system))
    return found


def test_stability_is_that_of_shrout_and_fleiss() -> None:
    found = decompose(SHROUT_FLEISS)
    assert found.stability == pytest.approx(0.29, abs=0.005)
    assert found.rest == pytest.approx(1.02, abs=0.005)


@settings(deadline=None)
@given(tables)
def test_components_are_no_less_than_nothing_and_shares_sum_to_one(values) -> None:
    found = decompose(values)
    assume(not isinstance(found, Undefined))
    assert min(found.items, found.presentation, found.rest) >= 0
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.stability <= 1 + 1e-9


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_items_and_presentations_does_not_matter(values, chance) -> None:
    rows, columns = list(range(values.shape[0])), list(range(values.shape[1]))
    chance.shuffle(rows)
    chance.shuffle(columns)
    one, other = decompose(values), decompose(values[rows][:, columns])
    assume(not isinstance(one, Undefined))
    assert one.as_json()["variance"] == pytest.approx(other.as_json()["variance"], abs=1e-9)


def test_answers_that_hang_on_the_item_alone_are_perfectly_stable() -> None:
    assert decompose(np.array([[0.1, 0.1], [0.9, 0.9]])).stability == pytest.approx(1.0)


@pytest.mark.parametrize("values", [np.zeros((1, 3)), np.zeros((3, 1)), np.zeros((3, 3))])
def test_what_cannot_vary_has_a_reason_instead(values) -> None:
    assert isinstance(decompose(values), Undefined)


def test_the_effect_of_an_order_is_found_with_its_interval() -> None:
    (effect,) = presentation_effects(presentations_of(judged(shift=0.2)))
    assert effect.spread == pytest.approx(0.2, abs=0.02)
    assert effect.interval.low > 0.15


def test_a_difference_larger_than_presentation_is_reported() -> None:
    table = presentations_of(judged(shift=0.05, gap=0.2))
    (contrast,) = contrasts(table, effects=presentation_effects(table))
    assert contrast.verdict == "difference"
    assert contrast.sentence.startswith("x is rated higher than y")


def test_a_difference_smaller_than_presentation_is_not_reported_as_one() -> None:
    table = presentations_of(judged(shift=0.2, gap=0.05))
    (contrast,) = contrasts(table, effects=presentation_effects(table))
    assert contrast.interval.low > 0
    assert contrast.verdict == "presentation"
    assert "not distinguishable from presentation" in contrast.sentence


def test_no_difference_is_chance() -> None:
    table = presentations_of(judged())
    (contrast,) = contrasts(table, effects=presentation_effects(table))
    assert contrast.verdict == "chance"


def test_flips_are_answers_that_cross_the_middle() -> None:
    rows = [
        Presented(item=item, value=value, settings={"order": order})
        for item, values in {"1": (0.9, 0.1), "2": (0.9, 0.8), "3": (0.1, 0.2), "4": (0.6, 0.5)}.items()
        for order, value in zip(("a first", "b first"), values, strict=True)
    ]
    (effect,) = presentation_effects(presentations_of(rows))
    assert effect.flip_rate == 0.5


def test_items_not_judged_in_every_way_are_left_out_and_counted() -> None:
    rows = [*judged(items=3), Presented(item="new", value=0.5, settings={"order": "a first"}, system="x")]
    table = presentations_of(rows)
    assert (len(table.values), table.left_out) == (6, 1)


def test_scales_are_read_from_end_to_end_in_either_direction() -> None:
    assert rescaled(4, low=1, high=7) == 0.5
    assert rescaled(1, low=5, high=1) == 1.0
    with pytest.raises(ValueError, match="beyond its scale"):
        rescaled(8, low=1, high=7)


def test_the_command_reads_scales_and_ways_of_asking(tmp_path) -> None:
    path = tmp_path / "asked.csv"
    rows = [
        f"{item},{system},{value},1,{high},1-{high}"
        for item in range(6)
        for system, place in (("x", 0.75), ("y", 0.25))
        for high, value in ((5, 1 + 4 * place), (7, 1 + 6 * place))
    ]
    path.write_text("\n".join(["item,system,value,low,high,scale", *rows]) + "\n", encoding="utf-8")
    out = StringIO()
    call_command("measure_robustness", path, "--json", stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    assert report["presentation"]["scale"]["spread"] == pytest.approx(0.0)
    assert report["contrasts"][0]["difference"] == pytest.approx(0.5)
    told = StringIO()
    call_command("measure_robustness", path, stdout=told)
    assert "x is rated higher than y by 0.500" in told.getvalue()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("item,value\n1,0.5\n", "does not say how"),
        ("item,value,order\n1,7,ab\n", r"line 2.*beyond its scale"),
    ],
)
def test_the_command_refuses_in_a_sentence(tmp_path, text, sentence) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=sentence) as caught:
        call_command("measure_robustness", path, stdout=StringIO())
    assert caught.value.returncode == 2
