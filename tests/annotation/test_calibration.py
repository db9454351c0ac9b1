"""Whether probabilities come true, how noisy labels are, and what to ask again; against closed forms."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, mutual_info_score

from annotation.domain.calibration.asking import (
    beliefs_of,
    expected_bits,
    noise_channel,
    questions_to_ask,
)
from annotation.domain.calibration.doubts import doubted_choices
from annotation.domain.calibration.noise import flip_rate, flip_rate_interval, suspect_labels
from annotation.domain.calibration.report import Claim, calibrate, calibrate_groups, claims_of_margins
from annotation.domain.calibration.temperature import fit_temperature, scale, try_temperature
from annotation.domain.figures import Undefined
from annotation.domain.labels import LabelRow, label_table
from curation.domain.versions.calibration import brier_parts, calibration_error, reliability
from curation.domain.versions.intervals import Interval

outcome_lists = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def drawn_claims(count: int, *, boldness: float = 1.0, seed: int = 0, group: str = "") -> list[Claim]:
    """Draw outcomes from probabilities, and claim them with logits that many times as large."""
    source = np.random.default_rng(seed)
    logits = source.normal(scale=1.5, size=count)
    outcomes = source.random(count) < 1 / (1 + np.exp(-logits))
    claimed = 1 / (1 + np.exp(-boldness * logits))
    return [
        Claim(probability=float(p), outcome=float(y), group=group)
        for p, y in zip(claimed, outcomes, strict=True)
    ]


@given(outcome_lists)
def test_brier_equals_scikit_learn_and_its_parts_sum_to_it(rows) -> None:
    probabilities, outcomes = [p for p, _ in rows], [float(y) for _, y in rows]
    parts = brier_parts(probabilities, outcomes)
    assert parts.score == pytest.approx(brier_score_loss(outcomes, probabilities, pos_label=1.0))
    assert parts.reliability >= 0
    assert parts.resolution >= 0


def test_with_one_probability_a_bin_nothing_is_left_over() -> None:
    parts = brier_parts([0.25] * 4 + [0.75] * 4, [0, 0, 0, 1, 1, 1, 0, 1])
    assert parts.within == pytest.approx(0.0)
    assert parts.reliability == pytest.approx(0.0)
    assert parts.resolution == pytest.approx(0.0625)


def test_bins_equal_those_of_scikit_learn() -> None:
    claims = drawn_claims(300)
    probabilities, outcomes = [c.probability for c in claims], [c.outcome for c in claims]
    observed, claimed = calibration_curve(outcomes, probabilities, n_bins=10)
    bins = reliability(probabilities, outcomes)
    assert [each.claimed for each in bins] == pytest.approx(list(claimed))
    assert [each.observed for each in bins] == pytest.approx(list(observed))


def test_an_honest_scorer_is_not_called_off() -> None:
    calibration = calibrate(drawn_claims(400))
    assert not calibration.is_off
    assert "no more than chance" in calibration.sentence


def test_a_bold_scorer_is_called_off_and_a_temperature_helps_on_unseen_labels() -> None:
    claims = drawn_claims(1000, boldness=3.0)
    assert calibrate(claims).is_off
    scaling = try_temperature(claims)
    assert scaling.temperature == pytest.approx(3.0, rel=0.25)
    assert scaling.after.ece < scaling.before.ece


def test_a_temperature_of_one_changes_nothing() -> None:
    claims = drawn_claims(50)
    assert [each.probability for each in scale(claims, temperature=1.0)] == pytest.approx(
        [each.probability for each in claims]
    )


def test_the_temperature_undoes_boldness() -> None:
    assert fit_temperature(drawn_claims(3000, boldness=2.0)) == pytest.approx(2.0, rel=0.15)


def test_chance_alone_makes_an_error_about_as_large_as_said() -> None:
    errors = [calibrate(drawn_claims(200, seed=seed)) for seed in range(30)]
    assert np.mean([each.is_off for each in errors]) < 0.2
    assert np.mean([each.ece for each in errors]) == pytest.approx(errors[0].expected_ece[0], abs=0.02)


def test_groups_are_calibrated_apart() -> None:
    claims = drawn_claims(100, group="people") + drawn_claims(100, boldness=4, group="judge")
    assert list(calibrate_groups(claims)) == ["judge", "people"]


def test_no_claims_give_a_reason() -> None:
    assert isinstance(calibrate([]), Undefined)


def test_margins_are_claimed_in_one_order_each() -> None:
    claims = claims_of_margins([2.0] * 1000)
    first = [claim for claim in claims if claim.outcome == 1.0]
    assert 400 < len(first) < 600
    assert {round(claim.probability, 3) for claim in first} == {0.881}
    assert calibration_error(
        reliability([c.probability for c in claims], [c.outcome for c in claims])
    ) == pytest.approx(0.119, abs=0.001)


@given(st.floats(0, 0.5), st.integers(2, 6))
def test_the_flip_rate_of_an_agreement_gives_that_agreement(rate, classes) -> None:
    rate = min(rate, 1 - 1 / classes)
    agreement = (1 - rate) ** 2 + rate**2 / (classes - 1)
    # Near chance the curve is flat, and rounding moves the root.
    assert flip_rate(agreement, classes=classes) == pytest.approx(rate, abs=1e-6)


def test_less_agreement_than_chance_has_no_flip_rate() -> None:
    assert "guessing" in str(flip_rate(0.4))


def test_more_agreement_means_less_noise() -> None:
    interval = flip_rate_interval(Interval(0.7, 0.9))
    assert interval.low == pytest.approx(flip_rate(0.9))
    assert interval.high == pytest.approx(flip_rate(0.7))


def test_flipped_labels_are_found_and_counted() -> None:
    source = np.random.default_rng(0)
    truth = source.integers(2, size=400)
    flipped = source.random(400) < 0.1
    sure = np.where(truth == 1, 0.9, 0.1)
    suspects = suspect_labels(
        np.column_stack([1 - sure, sure]), labels=list(np.where(flipped, 1 - truth, truth))
    )
    assert set(suspects.rows) == set(np.flatnonzero(flipped))
    assert suspects.rate == pytest.approx(flipped.mean())
    assert suspects.joint.sum() == pytest.approx(1.0)


def test_a_label_nobody_gave_leaves_the_noise_undefined() -> None:
    assert isinstance(suspect_labels(np.full((3, 2), 0.5), labels=[0, 0, 0]), Undefined)


def test_an_answer_tells_the_mutual_information_of_truth_and_answer() -> None:
    belief, channel = np.array([[0.3, 0.7]]), noise_channel(0.2)
    joint = belief.T * channel
    theirs = mutual_info_score(None, None, contingency=np.round(1000 * joint).astype(int)) / np.log(2)
    assert expected_bits(belief, channel=channel)[0] == pytest.approx(theirs)


@given(st.floats(0, 1), st.floats(0, 1))
def test_information_is_between_nothing_and_one_bit_and_guessing_tells_nothing(belief, rate) -> None:
    beliefs = np.array([[belief, 1 - belief]])
    bits = expected_bits(beliefs, channel=noise_channel(rate))[0]
    assert 0 <= bits <= 1 + 1e-9
    assert expected_bits(beliefs, channel=noise_channel(0.5))[0] == pytest.approx(0.0, abs=1e-9)


def test_doubtful_and_quick_items_are_asked_first() -> None:
    beliefs = np.array([[0.5, 0.5], [0.99, 0.01], [0.5, 0.5]])
    asked = questions_to_ask(beliefs, channel=noise_channel(0.1), minutes=[4.0, 1.0, 1.0])
    assert [question.row for question in asked] == [2, 0, 1]


def test_beliefs_weigh_labels_by_the_noise_of_people() -> None:
    labels = label_table([LabelRow(*row) for row in (("1", "x", "a"), ("1", "y", "a"), ("2", "x", "b"))])
    beliefs = beliefs_of(labels, channel=noise_channel(0.2))
    # Labels at large: two a and one b, each one more: 3/5 and 2/5.
    assert beliefs[0, 0] == pytest.approx(0.6 * 0.8**2 / (0.6 * 0.8**2 + 0.4 * 0.2**2))
    assert beliefs[1, 1] == pytest.approx(0.4 * 0.8 / (0.4 * 0.8 + 0.6 * 0.2))


def noisy_file(folder, *, rate: float, seconds: str = "") -> Path:
    source = np.random.default_rng(0)
    rows = []
    for item in range(200):
        truth = source.integers(2)
        for person in ("x", "y", "z")[: 1 + item % 3]:
            said = truth ^ int(source.random() < rate)
            rows.append(f"i{item},{person},{said}{seconds}")
    path = folder / "labels.csv"
    header = "item,annotator,label" + (",seconds" if seconds else "")
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def noise_report(path, **options):
    out = StringIO()
    call_command("find_label_noise", path, "--json", stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def test_the_share_of_wrong_labels_is_estimated_from_agreement(tmp_path) -> None:
    report = noise_report(noisy_file(tmp_path, rate=0.15), rounds=200)
    low, high = report["interval"]
    assert low < 0.15 < high
    assert report["wrong_labels"] == pytest.approx(0.15, abs=0.05)
    assert "nobody labelled an item twice" in report["undefined"]["same_person"]


def test_items_of_few_or_contradicting_labels_are_asked_first(tmp_path) -> None:
    report = noise_report(noisy_file(tmp_path, rate=0.1), limit=200, rounds=0)
    order = [int(each["item"][1:]) % 3 for each in report["ask_again"]]
    # Three labels settle more than one does.
    assert np.mean(order[:50]) < np.mean(order[-50:])


def test_twice_the_time_is_half_the_bits_a_minute(tmp_path) -> None:
    one, two = (
        noise_report(noisy_file(tmp_path, rate=0.1, seconds=f",{seconds}"), rounds=0)["ask_again"][0]
        for seconds in (60, 120)
    )
    assert two["bits_per_minute"] == pytest.approx(one["bits_per_minute"] / 2)


def test_without_overlap_there_is_a_reason_instead_of_a_share(tmp_path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("item,annotator,label\n1,x,a\n2,y,b\n", encoding="utf-8")
    report = noise_report(path)
    assert (report["wrong_labels"], report["ask_again"]) == (None, [])
    assert report["undefined"]["wrong_labels"]
    call_command("find_label_noise", path, stdout=StringIO())


def test_a_scorer_doubts_the_labels_that_were_turned(tmp_path) -> None:
    rows = [
        f"{at},x,{'good' if (at % 2 == 0) != (at in (4, 9)) else 'bad'},{0.9 if at % 2 == 0 else 0.1},"
        f"{0.1 if at % 2 == 0 else 0.9}"
        for at in range(20)
    ]
    path = tmp_path / "labels.csv"
    head = "item,annotator,label,probability:good,probability:bad"
    path.write_text("\n".join([head, *rows, "20,x,good,N/A (crashed),"]) + "\n", encoding="utf-8")
    doubted = noise_report(path, rounds=0)["doubted"]
    assert (doubted["judged"], {each["item"] for each in doubted["labels"]}) == (20, {"4", "9"})
    assert doubted["wrong_labels"] == pytest.approx(0.1, abs=0.02)
    out = StringIO()
    call_command("find_label_noise", path, stdout=out)
    assert "line 6: bad by x looks wrong, good is likelier" in out.getvalue()


def test_choices_are_doubted_the_same_whichever_answer_stands_first() -> None:
    chances = [0.9] * 18 + [0.1, 0.12]
    found = doubted_choices(chances, items=range(20))
    assert (found.rows, found.agreement) == ((18, 19), 0.9)
    assert found.wrong_labels == pytest.approx(0.1)


def test_a_scorer_that_may_be_guessing_doubts_nothing() -> None:
    found = doubted_choices([0.9, 0.1] * 10, items=range(20))
    assert isinstance(found, Undefined)
    assert "may be chance" in found.reason
    assert isinstance(doubted_choices([], items=[]), Undefined)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_what_is_doubted_is_less_likely_than_its_other_side(chances) -> None:
    found = doubted_choices(chances, items=range(len(chances)))
    if not isinstance(found, Undefined):
        assert all(chances[row] <= 0.5 + 1e-9 or chances[row] < np.mean(chances) for row in found.rows)
        assert 0 <= found.wrong_labels <= 1


@settings(deadline=None)
@given(outcome_lists)
def test_every_error_lies_between_0_and_1_in_order(rows) -> None:
    calibration = calibrate([Claim(probability=p, outcome=float(y)) for p, y in rows])
    assert 0 <= calibration.ece <= calibration.mce <= 1
    assert calibration.ace <= calibration.mce + 1e-12


def test_the_command_prints_the_figures(tmp_path) -> None:
    path = tmp_path / "claims.csv"
    rows = [f"{c.probability},{c.outcome:.0f},g" for c in drawn_claims(60)]
    path.write_text(
        "\n".join(["probability,outcome,group", *rows, "N/A (crashed),1,g"]) + "\n", encoding="utf-8"
    )
    out = StringIO()
    call_command("measure_calibration", path, "--json", stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    assert (report["count"], report["missing"]) == (60, {"crashed": 1})
    assert {"ece", "ace", "mce", "brier", "accuracy", "bins"} <= report.keys()
    call_command("measure_calibration", path, stdout=out)


def test_the_command_refuses_what_is_no_probability(tmp_path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("probability,outcome\n3,1\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"line 2.*between 0 and 1") as caught:
        call_command("measure_calibration", path, stdout=StringIO())
    assert caught.value.returncode == 2
