"""What drives the choice: each factor against closed forms, all together against a fit of our own loss."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from annotation.domain.factors.comparing import gap_between
from annotation.domain.factors.embedded import embedding_factors
from annotation.domain.factors.explaining import discordant_pairs, explain_preferences
from annotation.domain.factors.length import length_alarm
from annotation.domain.factors.surface import SURFACE_FACTORS, Answer, surface_values
from annotation.domain.factors.table import TextPair, factor_table
from annotation.domain.factors.tau import tau_of
from annotation.domain.factors.weighing import weigh_factors
from curation.domain.versions.intervals import score_interval

differences = st.lists(st.integers(-3, 3), min_size=2, max_size=40)


def measured(name: str, text: str, *, prompt: str = "") -> float:
    return SURFACE_FACTORS[name].measure(Answer(text=text, prompt=prompt))


def longer_wins(*, longer: int, shorter: int, prompts: int | None = None) -> list[TextPair]:
    pairs = []
    for at in range(longer + shorter):
        long, short = "word " * (10 + at % 7), "word " * (4 + at % 3)
        chosen, rejected = (long, short) if at < longer else (short, long)
        pairs.append(TextPair(prompt=f"p{at % (prompts or 10_000)}", chosen=chosen, rejected=rejected))
    return pairs


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("words", "It's a test, isn’t it?", 5),
        ("sentences", "One. Two! Three", 3),
        ("list_entries", "- a\n- b\n1. c", 3),
        ("headers", "# Title\ntext", 1),
        ("bold", "a **b** c", 1),
        ("questions", "What? Why？", 2),
        ("hedging", "Perhaps it might rain", 50),
        ("first_person", "I’m sure my dog barks", 40),
        ("refusal", "I can't do that.", 1),
        ("apology", "Sorry, I apologize.", 2),
        ("emoji", "fine 🙂", 1),
        ("word_variety", "a b a b", 0.5),
    ],
)
def test_a_factor_counts_what_it_says(name, text, value) -> None:
    assert measured(name, text) == pytest.approx(value)


def test_similarity_to_the_prompt_is_the_share_of_common_words() -> None:
    assert measured("prompt_similarity", "red fox", prompt="the red fox runs") == pytest.approx(2 / 4)


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_has_finite_factors(text, prompt) -> None:
    assert np.isfinite(surface_values(text, prompt=prompt)).all()


@given(differences)
def test_tau_counts_pairs_for_against_and_tied(values) -> None:
    tau = tau_of(np.array(values, dtype=float), prompt=np.arange(len(values)))
    signs = [(value > 0) - (value < 0) for value in values]
    assert (tau.concordant, tau.discordant, tau.tied) == tuple(signs.count(sign) for sign in (1, -1, 0))
    assert tau.tau == pytest.approx(sum(signs) / len(signs))


@given(differences)
def test_turning_every_pair_turns_tau_and_its_interval(values) -> None:
    difference = np.array(values, dtype=float)
    prompt = np.arange(len(values)) // 2
    there, back = tau_of(difference, prompt=prompt), tau_of(-difference, prompt=prompt)
    assert back.tau is not None
    assert there.tau == -back.tau
    if there.interval:
        assert there.interval == pytest.approx((-back.interval.high, -back.interval.low))
        assert -1 <= there.interval.low <= -back.tau <= there.interval.high <= 1


def test_pairs_of_prompts_of_their_own_have_wilsons_interval() -> None:
    difference = np.array([1.0] * 30 + [-1.0] * 10)
    tau = tau_of(difference, prompt=np.arange(40))
    share = score_interval(0.75, n=39)
    assert tau.interval == pytest.approx((2 * share.low - 1, 2 * share.high - 1))


def test_repeating_each_pair_under_its_prompt_narrows_nothing() -> None:
    difference = np.array([1.0] * 30 + [-1.0] * 10)
    once = tau_of(difference, prompt=np.arange(40))
    often = tau_of(np.repeat(difference, 5), prompt=np.repeat(np.arange(40), 5))
    assert often.interval == pytest.approx(once.interval)


@pytest.mark.parametrize(
    ("values", "prompts", "reason"),
    [
        ([], [], "No pair"),
        ([0.0, 0.0], [0, 1], "never differ"),
        ([1.0, 1.0], [0, 0], "one prompt"),
    ],
)
def test_an_interval_that_cannot_be_had_says_why(values, prompts, reason) -> None:
    tau = tau_of(np.array(values, dtype=float), prompt=np.array(prompts, dtype=int))
    assert tau.interval is None
    assert reason in tau.undefined


def test_the_alarm_rises_where_length_alone_explains_the_labels() -> None:
    alarm = length_alarm(factor_table(longer_wins(longer=80, shorter=20)))
    assert (alarm.explains, alarm.share) == ("longer", 0.8)
    assert "balance the lengths" in alarm.sentence


@pytest.mark.parametrize(("longer", "shorter"), [(55, 45), (16, 0), (60, 40)])
def test_the_alarm_stays_down_where_length_explains_little_or_pairs_are_few(longer, shorter) -> None:
    assert not length_alarm(factor_table(longer_wins(longer=longer, shorter=shorter))).explains


def test_the_alarm_knows_pairs_of_one_prompt_from_independent_ones() -> None:
    pairs = longer_wins(longer=72, shorter=28)
    # The same labels, but of five prompts, of which hardly more than three go by length.
    of_five = [replace(pair, prompt=f"p{at // 20}") for at, pair in enumerate(pairs)]
    assert length_alarm(factor_table(pairs)).explains == "longer"
    assert not length_alarm(factor_table(of_five)).explains


def test_weights_equal_a_direct_fit_of_the_penalised_loss() -> None:
    table = factor_table(longer_wins(longer=70, shorter=30))
    weighing = weigh_factors(table)
    columns = []
    for name in weighing.weights:
        difference = table.column(name)
        bent = np.arcsinh(difference / np.median(np.abs(difference[difference != 0])))
        columns.append(bent / np.sqrt(np.mean(bent**2)))
    scaled = np.column_stack(columns)
    start = np.zeros(scaled.shape[1])
    theirs = minimize(lambda w: np.logaddexp(0, -scaled @ w).sum() + w @ w / 2, start).x
    assert [each.weight for each in weighing.weights.values()] == pytest.approx(list(theirs), abs=1e-3)
    assert weighing.accuracy == pytest.approx(0.7)


def test_labels_of_chance_are_predicted_by_chance() -> None:
    source = np.random.default_rng(3)
    pairs = []
    for at, pair in enumerate(longer_wins(longer=300, shorter=0)):
        turned = source.random() < 0.5
        chosen, rejected = (pair.rejected, pair.chosen) if turned else (pair.chosen, pair.rejected)
        pairs.append(TextPair(prompt=f"p{at}", chosen=chosen, rejected=rejected))
    weighing = weigh_factors(factor_table(pairs))
    assert weighing.interval.low < 0.5 < weighing.interval.high


def test_few_pairs_are_not_weighed_and_the_sentence_says_why() -> None:
    weighing = weigh_factors(factor_table(longer_wins(longer=5, shorter=2)))
    assert weighing.accuracy is None
    assert "needs 20 pairs" in weighing.undefined


def test_the_slice_of_similar_length_leaves_out_the_others() -> None:
    alike = TextPair(prompt="p", chosen="ten letters", rejected="ten letter")
    table = factor_table([alike, TextPair(prompt="q", chosen="short", rejected="much longer than that")])
    assert len(table.of_similar_length()) == 1


def test_each_group_is_explained_alone_and_compared() -> None:
    people = [TextPair(**_fields(pair), group="people") for pair in longer_wins(longer=30, shorter=30)]
    judge = [TextPair(**_fields(pair), group="judge") for pair in longer_wins(longer=55, shorter=5)]
    table = factor_table(people + judge)
    explanation = explain_preferences(table)
    assert explanation.groups["judge"].length.share == pytest.approx(55 / 60)
    (comparison,) = explanation.comparisons
    assert (comparison.one, comparison.other) == ("judge", "people")
    assert comparison.gaps["characters"].difference == pytest.approx((50 - 0) / 60)
    assert comparison.gaps["characters"].is_sure


def _fields(pair: TextPair) -> dict[str, str]:
    return {"prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected}


def test_a_group_compared_with_itself_shows_no_gap() -> None:
    table = factor_table(longer_wins(longer=20, shorter=10))
    gap = gap_between(table, table, factor="characters")
    assert gap.difference == 0.0
    assert gap.interval == pytest.approx((0.0, 0.0))


def test_groups_that_choose_by_opposite_factors_rank_them_the_other_way_round() -> None:
    source = np.random.default_rng(0)
    texts = ["I think so. " * n + "! " * k + "- x\n" * m for n, k, m in source.integers(0, 6, size=(80, 3))]
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    there = [TextPair(prompt=f"{at}", chosen=a, rejected=b, group="x") for at, (a, b) in enumerate(pairs)]
    back = [TextPair(prompt=f"{at}", chosen=b, rejected=a, group="y") for at, (a, b) in enumerate(pairs)]
    pairs_of_both = [pair for pair in there + back if pair.chosen != pair.rejected]
    (comparison,) = explain_preferences(factor_table(pairs_of_both)).comparisons
    assert comparison.likeness == pytest.approx(-1.0)


def test_discordant_pairs_come_with_the_largest_difference_first() -> None:
    table = factor_table(longer_wins(longer=8, shorter=3))
    rows = discordant_pairs(table, factor="characters")
    assert set(rows) == {8, 9, 10}
    sizes = [abs(table.column("characters")[row]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_factors_that_pairs_bring_stand_beside_the_others() -> None:
    pairs = [
        TextPair(prompt=f"{at}", chosen="b", rejected="a", extra={"helpfulness": (2.0, 1.0)})
        for at in range(3)
    ]
    taus = explain_preferences(factor_table([*pairs, TextPair(prompt="x", chosen="c", rejected="d")])).taus
    assert (taus["helpfulness"].pairs, taus["helpfulness"].tau) == (3, 1.0)


def test_embedding_factors_are_cosines() -> None:
    sentences = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    factors = embedding_factors(prompt=np.array([3.0, 0.0]), answer=np.array([1.0, 1.0]), sentences=sentences)
    assert factors == pytest.approx(
        {"embedded_similarity": np.sqrt(0.5), "redundancy": 1.0, "off_focus": 1 / 3}
    )


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_pairs_does_not_matter(order) -> None:
    pairs = longer_wins(longer=8, shorter=4)
    one = explain_preferences(factor_table(pairs))
    other = explain_preferences(factor_table([pairs[at] for at in order]))
    assert {name: tau.tau for name, tau in one.taus.items()} == {
        name: tau.tau for name, tau in other.taus.items()
    }
    assert one.length.interval == pytest.approx(other.length.interval)
