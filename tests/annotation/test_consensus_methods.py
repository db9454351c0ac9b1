"""Each method of consensus against an independent library or a closed form, and its command."""

import csv
import json
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import choix
import crowdkit.aggregation as crowdkit
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from annotation.consensus import load_method
from annotation.consensus.closest_k import closest
from annotation.consensus.dawid_skene import fit_dawid_skene
from annotation.consensus.mace import fit_mace
from annotation.consensus.shrunken_mean import fit_shrunken
from annotation.domain.consensus.choice_model import RIDGE, choices_of, fit_strengths
from annotation.domain.consensus.contract import ItemConsensus
from annotation.domain.consensus.duels import Duels, majority_cycles, ranked_pairs
from annotation.domain.consensus.orders import JudgedOrder, order_by_strength, parse_order
from annotation.domain.consensus.ratings import ratings_of
from curation.domain.versions.intervals import Interval
from tests.annotation.consensus_cases import crowd, judged, suited

# crowd-kit writes for an older pandas.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CROWD = {"items": 80, "people": 8, "each": 5}


def frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["task", "worker", "label"])


def only(method: str, rows: list[tuple[str, str, str]]) -> ItemConsensus:
    (found,) = load_method(method).infer(judged(rows)).items
    return found


def test_majority_equals_crowd_kit() -> None:
    rows, _ = crowd(**CROWD)
    found = load_method("majority").infer(judged(rows))
    shares = crowdkit.MajorityVote().fit_predict_proba(frame(rows))
    for each in found.items:
        assert each.soft == pytest.approx(
            {name: share for name, share in shares.loc[each.item].items() if share}
        )


def test_dawid_skene_equals_crowd_kit() -> None:
    rows, _ = crowd(**CROWD, seed=1)
    table = judged(rows).labels
    # Both start from the majority's votes, so they are equal after each round.
    theirs = crowdkit.DawidSkene(n_iter=11, tol=-1).fit(frame(rows)).probas_
    ours = fit_dawid_skene(table, rounds=11)
    expected = theirs.loc[list(table.items), list(table.values)].to_numpy()
    assert np.abs(ours.probabilities - expected).max() < 1e-6


def test_mace_equals_crowd_kit() -> None:
    rows, _ = crowd(**CROWD, seed=2)
    table = judged(rows).labels
    theirs = crowdkit.MACE(n_restarts=1, n_iter=80).fit(frame(rows)).probas_
    expected = theirs.loc[list(table.items), list(table.values)].to_numpy()
    assert np.abs(fit_mace(table).probabilities - expected).max() < 1e-4


@pytest.mark.parametrize("method", ["dawid_skene", "mace"])
def test_weighing_annotators_is_right_more_often_than_counting_them(method: str) -> None:
    rows, truth = crowd(items=400, people=10, each=4, seed=5)

    def right(name: str) -> int:
        return sum(each.label == truth[each.item] for each in load_method(name).infer(judged(rows)).items)

    assert right(method) > right("majority")


def test_somebody_who_clicks_at_random_is_found_out() -> None:
    rows, truth = crowd(items=200, people=6, each=4, seed=3)
    chance = np.random.default_rng(9)
    noise = [(item, "zz", str(chance.integers(3))) for item in truth]
    for method in ("majority", "dawid_skene", "mace"):
        found = load_method(method).infer(judged([*rows, *noise])).annotators
        worst = min(found, key=lambda each: each.reliability or 0)
        assert worst.annotator == "zz"


def test_a_tie_of_votes_is_shown_as_one() -> None:
    tied = only("majority", [("1", "x", "b"), ("1", "y", "a")])
    assert (tied.label, tied.tied, tied.confidence) == ("a", ("a", "b"), 0.5)


def test_closest_three_leaves_outliers_out() -> None:
    found = only("closest_k", [("1", who, label) for who, label in zip("vwxyz", "04441", strict=True)])
    assert (found.label, found.value, found.used) == ("4", 4, ("w", "x", "y"))


@given(ratings=st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_the_closest_ratings_are_those_of_least_difference(ratings: list[int]) -> None:
    def spread(places: tuple[int, ...]) -> int:
        return sum(abs(ratings[one] - ratings[other]) for one, other in combinations(places, 2))

    size = min(3, len(ratings))
    best = min(combinations(range(len(ratings)), size), key=lambda places: (spread(places), places))
    assert tuple(closest(np.array(ratings, dtype=float), k=3)) == best


def test_a_half_is_rounded_upwards() -> None:
    assert only("closest_k", [("1", "x", "2"), ("1", "y", "3")]).label == "3"


def test_shrinkage_of_balanced_ratings_is_the_closed_form() -> None:
    chance = np.random.default_rng(0)
    true = chance.normal(3, 1, 400)
    noisy = true[:, None] + chance.normal(0, 0.8, (400, 3))
    # Everybody rates one item alone, so that nobody's leaning can be told from chance.
    rows = [(f"{at:03}", f"{at:03}{who}", f"{noisy[at, who]:.9f}") for at in range(400) for who in range(3)]
    table = judged(rows).ratings
    fit = fit_shrunken(table, ratings=ratings_of(table), rounds=3000)
    within = fit.of_chance + fit.of_annotators
    by_hand = (noisy.mean(axis=1) - noisy.mean()) * fit.of_items / (fit.of_items + within / 3)
    assert fit.items == pytest.approx(by_hand, abs=1e-3)
    assert fit.of_items == pytest.approx(1, abs=0.15)
    assert within == pytest.approx(0.64, abs=0.06)


def test_strict_annotators_do_not_punish_their_items() -> None:
    chance = np.random.default_rng(1)
    true, leaning = chance.normal(0, 1, 200), np.linspace(-2, 2, 20)
    rows = [
        (f"{at:03}", f"{who:02}", f"{true[at] + leaning[who] + chance.normal(0, 0.3):.6f}")
        for at in range(200)
        for who in chance.choice(20, 3, replace=False)
    ]
    table = judged(rows).ratings
    ratings = ratings_of(table)
    fit = fit_shrunken(table, ratings=ratings)
    plain = np.bincount(table.item, weights=ratings) / np.bincount(table.item)
    order = [int(name) for name in table.items]
    assert np.corrcoef(fit.items, true[order])[0, 1] > 0.97
    assert np.corrcoef(plain, true[order])[0, 1] < 0.85


def test_a_lone_rating_moves_less_than_many_that_agree() -> None:
    rows, _ = crowd(items=40, people=5, each=5, classes=3, seed=4)
    many = [("many", f"person{who:03}", "9") for who in range(5)]
    lone = [("lone", "person000", "9")]
    found = {
        each.item: each for each in load_method("shrunken_mean").infer(judged([*rows, *many, *lone])).items
    }
    assert (found["lone"].value or 9) < (found["many"].value or 9) < 9
    assert found["lone"].confidence < found["many"].confidence


def judged_orders(texts: list[str]) -> list[JudgedOrder]:
    return [JudgedOrder("1", f"person{at}", parse_order(text)) for at, text in enumerate(texts)]


@pytest.mark.parametrize("seed", range(4))
def test_strengths_of_comparisons_equal_choix(seed: int) -> None:
    chance = np.random.default_rng(seed)
    pairs = [tuple(chance.choice(5, 2, replace=False).tolist()) for _ in range(40)]
    ours = fit_strengths(choices_of(judged_orders([f"{one} > {other}" for one, other in pairs])))
    theirs = choix.opt_pairwise(5, pairs, alpha=RIDGE, method="Newton-CG", tol=1e-9)
    assert ours == pytest.approx(theirs - theirs.mean(), abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_strengths_of_orders_equal_choix(seed: int) -> None:
    chance = np.random.default_rng(seed)
    orders = [chance.permutation(5)[: chance.integers(2, 6)].tolist() for _ in range(25)]
    orders.append(list(range(5)))
    ours = fit_strengths(choices_of(judged_orders([" > ".join(map(str, order)) for order in orders])))
    theirs = choix.opt_rankings(5, orders, alpha=RIDGE, method="Newton-CG", tol=1e-9)
    assert ours == pytest.approx(theirs - theirs.mean(), abs=1e-4)


def test_a_tie_is_half_a_win_for_either() -> None:
    tied = fit_strengths(choices_of(judged_orders(["a = b", "a = b", "b > c"])))
    split = fit_strengths(choices_of(judged_orders(["a > b", "b > a", "b > c"])))
    assert tied == pytest.approx(split, abs=1e-5)


def test_an_annotator_who_orders_at_random_counts_less() -> None:
    chance = np.random.default_rng(0)
    rows = [(f"{at}", who, "r1 > r2 > r3 > r4") for at in range(40) for who in "xyz"]
    names = ["r1", "r2", "r3", "r4"]
    rows += [(f"{at}", "zz", " > ".join(chance.permutation(names))) for at in range(40)]
    for method in ("bradley_terry", "plackett_luce", "ranked_pairs"):
        found = {each.annotator: each.interval for each in load_method(method).infer(judged(rows)).annotators}
        random, steady = found["zz"], found["x"]
        assert isinstance(random, Interval)
        assert isinstance(steady, Interval)
        assert random.high < steady.low


def test_comparisons_that_reach_no_other_are_said() -> None:
    found = only("bradley_terry", [("1", "x", "r1 > r2"), ("1", "y", "r3 > r4")])
    assert "Never compared with each other, not even through others: r1, r2 | r3, r4" in found.note


def test_ranked_pairs_drop_the_smallest_majority_of_a_circle() -> None:
    texts = ["a > b > c"] * 5 + ["b > c > a"] * 4 + ["c > a > b"] * 2
    duels = Duels.of(parse_order(text) for text in texts)
    assert majority_cycles(duels) == [("a", "b", "c")]
    # b beats c by 9 to 2, a beats b by 7 to 4, c beats a by 6 to 5.
    assert str(ranked_pairs(duels)) == "a > b > c"


def test_a_circle_of_equal_majorities_stays_a_tie_and_is_named() -> None:
    rows = [("1", "x", "a > b > c"), ("1", "y", "b > c > a"), ("1", "z", "c > a > b")]
    found = only("ranked_pairs", rows)
    assert (found.label, found.tied) == ("a = b = c", ("a", "b", "c"))
    assert "In a circle by majority: a > b > c > a." in found.note


@given(texts=st.lists(st.permutations(["a", "b", "c", "d"]), min_size=1, max_size=9))
def test_who_beats_all_others_comes_first(texts: list[list[str]]) -> None:
    duels = Duels.of(parse_order(" > ".join(text)) for text in texts)
    winners = [name for at, name in enumerate(duels.names) if (np.delete(duels.margins[at], at) > 0).all()]
    if winners:
        assert ranked_pairs(duels).tiers[0] == tuple(winners)


@given(texts=st.lists(st.permutations(["a", "b", "c"]), min_size=1, max_size=6), names=st.permutations("xyz"))
def test_ranked_pairs_do_not_depend_on_names(texts: list[list[str]], names: list[str]) -> None:
    called = dict(zip("abc", names, strict=True))
    plain = ranked_pairs(Duels.of(parse_order(" > ".join(text)) for text in texts))
    renamed = ranked_pairs(Duels.of(parse_order(" > ".join(called[one] for one in text)) for text in texts))
    assert [sorted(called[one] for one in tier) for tier in plain.tiers] == [
        sorted(tier) for tier in renamed.tiers
    ]


@given(names=st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True), data=st.data())
def test_an_order_is_read_as_it_is_written(names: list[str], data: st.DataObject) -> None:
    strengths = [data.draw(st.integers(0, 3)) for _ in names]
    order = order_by_strength(names, strengths)
    assert parse_order(str(order)) == order


def written(folder: Path, rows: list[tuple[str, ...]], *, columns: str = "item,annotator,label") -> Path:
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def inferred(path: Path, method: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    output, out = StringIO(), path.parent / "out.csv"
    call_command("infer_consensus", str(path), "--method", method, "--out", str(out), "--json", stdout=output)
    with out.open(encoding="utf-8", newline="") as file:
        return json.loads(output.getvalue().splitlines()[-1]), list(csv.DictReader(file))


def test_the_command_writes_an_item_a_row_and_answers_with_the_annotators(tmp_path: Path) -> None:
    rows = [("1", "x", "a"), ("1", "y", "a"), ("1", "z", "b"), ("2", "x", "b"), ("2", "y", "N/A (broken)")]
    report, out = inferred(written(tmp_path, rows), "majority")
    assert [(row["item"], row["label"]) for row in out] == [("1", "a"), ("2", "b")]
    assert float(out[0]["confidence"]) == pytest.approx(2 / 3, abs=1e-6)
    assert json.loads(out[0]["soft"]) == {"a": 0.666667, "b": 0.333333}
    assert list(report["annotators"]) == ["x", "y", "z"]
    assert report["missing"] == {"broken": 1}
    assert 0 <= report["annotators"]["x"]["interval"][0] <= report["annotators"]["x"]["reliability"]


@pytest.mark.parametrize("method", ["bradley_terry", "plackett_luce", "ranked_pairs"])
def test_comparisons_of_two_columns_make_an_order(tmp_path: Path, method: str) -> None:
    rows = [
        ("q", "x", "r1", "r2", "a"),
        ("q", "x", "r3", "r2", "b"),
        ("q", "y", "r2", "r1", "b"),
        ("q", "y", "r1", "r3", "a"),
        ("q", "z", "r2", "r3", "a"),
    ]
    _, out = inferred(written(tmp_path, rows, columns="item,annotator,response_a,response_b,label"), method)
    assert [(row["item"], row["label"]) for row in out] == [("q", "r1 > r2 > r3")]


def test_swapped_sides_vote_for_the_same(tmp_path: Path) -> None:
    rows = [("q", "x", "r1", "r2", "a"), ("q", "y", "r2", "r1", "b")]
    _, out = inferred(
        written(tmp_path, rows, columns="item,annotator,response_a,response_b,label"), "majority"
    )
    assert [(row["item"], row["label"], row["confidence"]) for row in out] == [
        ("q: r1 | r2", "a", "1.000000")
    ]


@pytest.mark.parametrize(
    ("rows", "method", "sentence"),
    [
        ([("1", "x", "a")], "oracle", "No method of consensus is named 'oracle'. Known: bradley_terry"),
        ([("1", "x", "good")], "closest_k", "labels are numbers, and 'good' is none"),
        ([("1", "x", "good")], "plackett_luce", "'good' is no order of responses. Write the best first"),
        ([("1", "x", "a > b > a")], "ranked_pairs", "names 'a' twice"),
        ([(str(at), "x", str(at)) for at in range(300)], "dawid_skene", "300 different labels"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_status_two(
    tmp_path: Path, rows, method: str, sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        inferred(written(tmp_path, rows), method)
    assert (refused.value.returncode, sentence in str(refused.value)) == (2, True), str(refused.value)


def test_the_file_that_is_read_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path, [("1", "x", "a")])
    with pytest.raises(CommandError, match="is the file that is read"):
        call_command("infer_consensus", str(path), "--method", "majority", "--out", str(path))


def test_people_read_the_least_reliable_annotators_first(tmp_path: Path) -> None:
    path, output = written(tmp_path, suited("majority", items=20)), StringIO()
    call_command(
        "infer_consensus", str(path), "--method", "majority", "--out", str(tmp_path / "o"), stdout=output
    )
    figures = [float(line.split()[1]) for line in output.getvalue().splitlines() if line.startswith("person")]
    assert figures == sorted(figures)
    assert len(figures) == 4
