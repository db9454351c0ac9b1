"""Ratings against choices: figures of real data, invariances, bad input, and planning."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from annotation.domain.protocol_comparison.consistency import (
    STATISTICS,
    protocol_table,
    reversed_share,
)
from annotation.domain.protocol_comparison.leanings import leaning_to, model_wins, text_traits
from annotation.domain.protocol_comparison.paired_protocols import PairedProtocols
from annotation.domain.protocol_comparison.planning import (
    Design,
    PlanError,
    expected_half_width,
    intraclass_correlation,
    plan_judgements,
)
from annotation.domain.protocol_comparison.report import compare_protocols
from tests.annotation import protocol_files

PAIRS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([0, 1, 2])), min_size=1, max_size=30
)


def paired(rows: list[tuple[float, float, int]], **more: Any) -> PairedProtocols:
    """Return pairs of two ratings and a choice, each a cluster of its own."""
    ratings = np.array([row[:2] for row in rows], dtype=float)
    chosen = np.array([row[2] for row in rows])
    return PairedProtocols(ratings=ratings, chosen=chosen, cluster=np.arange(len(rows)), **more)


def written(folder: Path, text: str) -> Path:
    path = folder / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def compared(path: Path, *arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("compare_protocols", str(path), "--json", *arguments, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return report


def test_sparse_feedback_gives_the_published_table(tmp_path: Path) -> None:
    path = protocol_files.sparse_feedback(tmp_path)
    report = compared(path, "--coding", "(a)=a,(b)=b,equal=tie")
    assert report["pairs"] == 117
    assert round(report["consistent"], 3) == 0.564
    assert round(report["reversals"], 3) == 0.137
    assert round(report["tie_mismatch"], 3) == 0.299
    assert report["table"] == {
        "a": {"a": 19, "b": 10, "tie": 8},
        "b": {"a": 6, "b": 26, "tie": 9},
        "tie": {"a": 11, "b": 7, "tie": 21},
    }
    assert round(report["kappa"], 3) == 0.345
    assert round(report["decided_agreement"], 3) == 0.738
    assert [(each["gap"], each["pairs"]) for each in report["by_gap"]] == [(0, 39), (1, 47), (2, 22), (3, 9)]


def test_the_interval_of_sparse_feedback_draws_whole_questions(tmp_path: Path) -> None:
    path = protocol_files.sparse_feedback(tmp_path)
    low, high = compared(path, "--coding", "(a)=a,(b)=b,equal=tie")["interval"]
    assert (low, high) == (pytest.approx(0.445, abs=0.015), pytest.approx(0.685, abs=0.015))


def test_people_who_rate_and_choose_in_one_sitting_are_an_upper_bound(tmp_path: Path) -> None:
    report = compared(protocol_files.ifllm(tmp_path), "--coding", "1=a,2=b,0=tie")
    reversals = report["reversals"] * report["pairs"]
    assert (report["pairs"], round(report["consistent"], 3)) == (265, 0.781)
    assert (round(reversals), report["rating_ties"]) == (17, 41)
    assert report["clustered_by"] == "annotator"
    assert "upper bound" in report["notes"][0]


def test_quality_labels_of_oasst_agree_with_ranks_on_591_of_909(tmp_path: Path) -> None:
    report = compared(protocol_files.oasst1(tmp_path), "--rounds", "50")
    decided = report["pairs"] - report["rating_ties"]
    assert (report["rating_ties"], decided) == (114, 909)
    assert report["decided_agreement"] * decided == pytest.approx(591)
    assert "All choices fall on one side" in " ".join(report["notes"])
    assert report["kappa_either_order"] > 0.1


@given(rows=PAIRS)
def test_the_three_shares_are_the_whole(rows) -> None:
    report = compare_protocols(paired(rows), rounds=0)
    assert report["consistent"] + report["reversals"] + report["tie_mismatch"] == pytest.approx(1)
    assert sum(map(sum, (row.values() for row in report["table"].values()))) == len(rows)


@given(rows=PAIRS, turned=st.data())
def test_which_answer_is_called_a_matters_to_no_share(rows, turned) -> None:
    swap = turned.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    other_side = [1, 0, 2]
    swapped = [
        (b, a, other_side[choice]) if turn else (a, b, choice)
        for (a, b, choice), turn in zip(rows, swap, strict=True)
    ]
    one, other = (compare_protocols(paired(each), rounds=0) for each in (rows, swapped))
    for name in (
        "consistent",
        "reversals",
        "tie_mismatch",
        "decided_agreement",
        "kappa_either_order",
        "by_gap",
    ):
        assert one[name] == pytest.approx(other[name]) if name != "by_gap" else one[name] == other[name]


@given(rows=PAIRS, scale=st.sampled_from([0.5, 3, 10]))
def test_only_the_order_of_ratings_matters(rows, scale: float) -> None:
    scaled = [(scale * a + 7, scale * b + 7, choice) for a, b, choice in rows]
    assert np.array_equal(paired(rows).inferred, paired(scaled).inferred)


@given(rows=PAIRS)
def test_kappa_equals_scikit_learn(rows) -> None:
    pairs = paired(rows)
    ours = STATISTICS["kappa"](protocol_table(pairs.inferred, pairs.chosen)[None])[0]
    assume(not np.isnan(ours))
    assert ours == pytest.approx(cohen_kappa_score(pairs.inferred, pairs.chosen))


def test_ties_against_decisions_are_no_reversals() -> None:
    table = protocol_table(np.array([2, 0]), np.array([0, 2]))
    assert reversed_share(table[None])[0] == 0


def test_pairs_of_one_annotator_widen_the_interval() -> None:
    alone = paired([(5, 1, 0)] * 50 + [(5, 1, 1)] * 50)
    together = replace(alone, cluster=np.repeat(np.arange(4), 25))
    widths = [high - low for low, high in (compare_protocols(each)["interval"] for each in (alone, together))]
    assert widths[1] > 2 * widths[0]


def test_full_consistency_in_few_pairs_is_no_proof() -> None:
    low, high = compare_protocols(paired([(5, 1, 0)] * 5), rounds=100)["interval"]
    assert low < 0.6
    assert high == 1


@given(
    rows=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2)), min_size=30, max_size=60)
)
def test_continuous_ratings_are_taken_together_in_few_steps(rows) -> None:
    groups = compare_protocols(paired(rows), rounds=0)["by_gap"]
    assert len(groups) <= 12
    assert sum(group["pairs"] for group in groups) == len(rows)


def test_a_leaning_counts_decided_pairs_that_differ() -> None:
    trait = np.array([[10.0, 5], [5, 10], [7, 7], [9, 1], [np.nan, 3]])
    leaning = leaning_to(trait, outcomes=np.array([0, 0, 0, 2, 1]))
    assert (leaning.pairs, leaning.share) == (2, 0.5)


def test_density_is_the_share_of_words_that_are_distinct() -> None:
    traits = text_traits("The cat, the cat,", "")
    assert (traits["words"], traits["distinct_words"]) == ((4, 0), (2, 0))
    assert traits["density"][0] == 0.5
    assert np.isnan(traits["density"][1])


def test_a_model_may_win_by_choice_and_lose_by_rating() -> None:
    rows = [(2.0, 5.0, 0)] * 4
    wins = model_wins(paired(rows, models=[("x", "y")] * 4), rounds=20)
    assert (wins["x"].rated, wins["x"].chosen, wins["x"].difference) == (0, 1, -1)
    assert wins["y"].rated == 1


HEADER = "item,annotator,rating_a,rating_b,choice"


def test_a_pair_met_again_is_the_baseline_and_no_further_pair(tmp_path: Path) -> None:
    text = f"{HEADER},occasion\n1,x,5,3,a,1\n2,x,4,4,tie,1\n1,x,2,3,a,2\n2,x,4,4,tie,10\n"
    report = compared(written(tmp_path, text))
    assert report["pairs"] == 2
    assert report["self_agreement"]["pairs"] == 2
    assert report["self_agreement"]["rated"]["share"] == 0.5
    assert report["self_agreement"]["chosen"]["share"] == 1


def test_rows_without_both_ratings_and_a_choice_are_counted_with_their_reasons(tmp_path: Path) -> None:
    text = f"{HEADER}\n1,x,5,3,a\n2,x,N/A (broken),3,a\n3,x,4,3,\n4,y,NaN,NaN,b\n5,y,2,3,b\n"
    report = compared(written(tmp_path, text))
    assert (report["pairs"], report["incomplete"]) == (2, 3)
    assert report["missing"] == {"NaN": 2, "broken": 1, "empty": 1}


def test_without_any_whole_pair_every_figure_says_why(tmp_path: Path) -> None:
    report = compared(written(tmp_path, f"{HEADER}\n1,x,,3,a\n"))
    assert (report["pairs"], report["consistent"], report["kappa"]) == (0, None, None)
    assert "no pair has two ratings and a choice" in report["undefined"]["consistent"]


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (f"{HEADER}\n1,x,5,3,1\n", [], "line 2: choice is '1', which means nothing here"),
        (f"{HEADER}\n1,x,five,3,a\n", [], "line 2: rating_a is 'five', which is no number"),
        (f"{HEADER}\n1,x,inf,3,a\n", [], "line 2: rating_a is 'inf', which is no number"),
        ("item,rating_a,choice\n1,5,a\n", [], "has no column rating_b"),
        (f"{HEADER},model_a\n1,x,5,3,a,m\n", [], "has a column model_a and no model_b"),
        (f"{HEADER}\n1,x,5,3,a\n", ["--coding", "1=left"], "The coding '1=left' cannot be read"),
        (f"{HEADER}\n1,x,5,3,a\n", ["--plan", "5"], "lies between 0 and 1, found 5"),
        ("item,rating_a,rating_b,choice,occasion\n1,5,3,a,1\n", [], "occasions and no annotators"),
        ("", [], "is empty. It needs a header line with item, rating_a, rating_b, choice"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_status_two(
    tmp_path: Path, text: str, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        compared(written(tmp_path, text), *arguments)
    assert (refused.value.returncode, sentence in str(refused.value)) == (2, True), str(refused.value)


def test_people_read_shares_and_the_table(tmp_path: Path) -> None:
    output = StringIO()
    path = written(tmp_path, f"{HEADER}\n1,x,5,3,a\n2,y,3,3,b\n")
    call_command("compare_protocols", str(path), "--plan", "0.1", stdout=output)
    assert "consistent               50.0 %" in output.getvalue()
    assert "± 10.0 points take" in output.getvalue()


def test_a_plan_without_clusters_is_the_textbook_sample_size() -> None:
    design = Design(annotator_correlation=0, item_correlation=0)
    plan = plan_judgements(0.05, design=design)
    assert plan.judgements == 385  # 1.96² · ¼ / 0.05²
    assert (plan.annotators, plan.items) == (13, 385)


@given(half_width=st.floats(0.02, 0.4), alike=st.floats(0, 0.5), each=st.integers(1, 100))
def test_a_plan_reaches_its_width(half_width: float, alike: float, each: int) -> None:
    design = Design(pairs_per_annotator=each, annotator_correlation=alike)
    plan = plan_judgements(half_width, design=design)
    assert plan.half_width <= half_width + 1e-12
    assert plan.annotators * each >= plan.judgements
    assert (
        expected_half_width(max(1, plan.judgements - 1), design=design) > half_width - 1e-9
        or plan.judgements == 1
    )


def test_a_plan_holds_in_simulated_experiments() -> None:
    chance = np.random.default_rng(4)
    design = Design(share=0.7, pairs_per_annotator=20, annotator_correlation=0.1)
    plan = plan_judgements(0.06, design=design)
    # Shares of annotators that are beta distributed have the intraclass correlation 1 / (a + b + 1).
    of_annotators = chance.beta(9 * 0.7, 9 * 0.3, size=(2000, plan.annotators))
    estimates = chance.binomial(20, of_annotators).mean(axis=1) / 20
    assert np.mean(np.abs(estimates - 0.7) <= 0.06) == pytest.approx(0.95, abs=0.02)


def test_correlation_within_clusters_is_found_again() -> None:
    chance = np.random.default_rng(2)
    values = chance.binomial(1, np.repeat(chance.beta(2, 2, 400), 25)).astype(float)
    found = intraclass_correlation(values, clusters=np.repeat(np.arange(400), 25))
    assert found == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("half_width", [0, 1, -0.1, 0.00001])
def test_no_plan_is_made_for_what_cannot_be_reached(half_width: float) -> None:
    with pytest.raises(PlanError):
        plan_judgements(half_width, design=Design())
