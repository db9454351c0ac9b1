"""Bradley–Terry against other libraries and closed forms; what cannot be said; cycles and groups."""

import choix
import numpy as np
import pytest
import statsmodels.api
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from annotation.domain.model_ranking.bradley_terry import fit_strengths, linkage_of
from annotation.domain.model_ranking.cycles import report_cycles
from annotation.domain.model_ranking.groups import indistinct_groups, rank_ranges, surely_better
from annotation.domain.model_ranking.ranking import Ranking, rank_votes
from annotation.domain.model_ranking.style_control import control_style
from annotation.domain.model_ranking.votes import VoteTable, count_outcomes, vote_table, win_matrix

MODELS = ("ada", "bob", "cyn", "dot")
FLIPPED = {"a": "b", "b": "a", "tie": "tie"}


def table_of(votes: list[tuple[str, str, str]], *, items: list[str] | None = None) -> VoteTable:
    return vote_table(
        model_a=[a for a, _, _ in votes],
        model_b=[b for _, b, _ in votes],
        winner=[winner for _, _, winner in votes],
        item=items,
    )


def drawn_votes(*, count: int, strengths: list[float], seed: int = 0) -> list[tuple[str, str, str]]:
    source = np.random.default_rng(seed)
    votes = []
    for _ in range(count):
        one, two = source.choice(len(strengths), size=2, replace=False)
        chance = 1 / (1 + np.exp(strengths[two] - strengths[one]))
        votes.append((f"m{one}", f"m{two}", "a" if source.random() < chance else "b"))
    return votes


def strengths_of(ranking: Ranking) -> dict[str, float]:
    return {each.model: each.strength for each in ranking.standings}


def test_strengths_equal_those_of_choix() -> None:
    votes = drawn_votes(count=400, strengths=[1.0, 0.4, -0.2, -1.2])
    compared = [(int(a[1]), int(b[1])) if winner == "a" else (int(b[1]), int(a[1])) for a, b, winner in votes]
    theirs = choix.opt_pairwise(4, compared, method="Newton-CG", tol=1e-10)
    ours = strengths_of(rank_votes(table_of(votes), rounds=0))
    assert [ours[f"m{at}"] for at in range(4)] == pytest.approx(list(theirs - theirs.mean()), abs=1e-5)


def test_strengths_with_ties_equal_a_logistic_model_of_statsmodels() -> None:
    votes = [
        (*each[:2], "tie" if at % 5 == 0 else each[2])
        for at, each in enumerate(drawn_votes(count=300, strengths=[0.5, 0.0, -0.5]))
    ]
    design = np.zeros((len(votes), 3))
    for row, (a, b, _) in enumerate(votes):
        design[row, int(a[1])], design[row, int(b[1])] = 1, -1
    y = [{"a": 1.0, "b": 0.0, "tie": 0.5}[winner] for _, _, winner in votes]
    family = statsmodels.api.families.Binomial()
    fitted = statsmodels.api.GLM(y, design[:, 1:], family=family).fit(tol=1e-12)
    theirs = np.array([0.0, *fitted.params])
    ours = strengths_of(rank_votes(table_of(votes), rounds=0))
    assert [ours[f"m{at}"] for at in range(3)] == pytest.approx(list(theirs - theirs.mean()), abs=1e-6)


def test_style_control_equals_a_logistic_model_of_statsmodels() -> None:
    votes = drawn_votes(count=500, strengths=[0.5, 0.0, -0.5])
    source = np.random.default_rng(1)
    lengths = source.integers(10, 100, size=(len(votes), 2))
    style = {"length": (list(lengths[:, 0]), list(lengths[:, 1]))}
    ours = control_style(table_of(votes), style=style, rounds=0)
    z = (lengths[:, 0] - lengths[:, 1]) / lengths.sum(axis=1)
    design = np.zeros((len(votes), 4))
    for row, (a, b, _) in enumerate(votes):
        design[row, int(a[1])], design[row, int(b[1])] = 1, -1
    design[:, 3] = z / np.sqrt(np.mean(z**2))
    y = [{"a": 1.0, "b": 0.0}[winner] for _, _, winner in votes]
    theirs = statsmodels.api.GLM(y, design[:, 1:], family=statsmodels.api.families.Binomial()).fit().params
    assert ours.effects["length"].value == pytest.approx(theirs[-1], abs=2e-3)
    assert ours.strengths["m0"].value == pytest.approx(-sum(theirs[:2]) / 3, abs=2e-3)


def test_without_style_many_models_stand_as_they_do_without_control() -> None:
    votes = drawn_votes(count=3000, strengths=list(np.linspace(-2, 2, 30)))
    controlled = control_style(table_of(votes), style={}, rounds=0).strengths
    plain = strengths_of(rank_votes(table_of(votes), rounds=0))
    assert {name: each.value for name, each in controlled.items()} == pytest.approx(plain, abs=5e-3)


def test_two_models_are_as_far_apart_as_the_log_of_their_odds() -> None:
    ranking = rank_votes(table_of([("x", "y", "a")] * 30 + [("x", "y", "b")] * 10), rounds=0)
    assert strengths_of(ranking) == pytest.approx({"x": np.log(3) / 2, "y": -np.log(3) / 2})


def test_a_long_chain_is_as_long_as_its_links() -> None:
    wins = np.zeros((60, 60))
    links = np.arange(59)
    wins[links, links + 1], wins[links + 1, links] = 1000, 1
    assert list(-np.diff(fit_strengths(wins))) == pytest.approx([np.log(1000)] * 59, abs=1e-6)


def test_many_models_without_bounds_are_not_all_named() -> None:
    votes = [(f"m{at:02}", f"m{at + 1:02}", "a") for at in range(30)]
    ranking = rank_votes(table_of(votes), rounds=5)
    assert len(ranking.sentences) < 10
    assert all(each.note for each in ranking.standings)


votes_lists = st.lists(
    st.tuples(st.sampled_from(MODELS), st.sampled_from(MODELS), st.sampled_from(["a", "b", "tie"])).filter(
        lambda vote: vote[0] != vote[1]
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(votes=votes_lists, data=st.data())
def test_naming_the_models_the_other_way_round_changes_nothing(votes, data) -> None:
    turned = [
        (b, a, FLIPPED[winner]) if data.draw(st.booleans()) else (a, b, winner) for a, b, winner in votes
    ]
    mixed = data.draw(st.permutations(turned))
    assert rank_votes(table_of(mixed), rounds=20) == rank_votes(table_of(votes), rounds=20)


@settings(deadline=None, max_examples=60)
@given(votes=votes_lists)
def test_strengths_are_finite_and_centred_in_each_pool(votes) -> None:
    ranking = rank_votes(table_of(votes), rounds=10)
    pools: dict[int, list[float]] = {}
    for each in ranking.standings:
        pools.setdefault(each.pool, []).append(each.strength)
        assert abs(each.strength) < 20
        assert each.interval is None or np.isfinite(each.interval).all()
    assert all(sum(strengths) == pytest.approx(0.0, abs=1e-8) for strengths in pools.values())


@settings(deadline=None, max_examples=60)
@given(votes=votes_lists)
def test_at_the_maximum_each_model_wins_as_often_as_expected(votes) -> None:
    wins = win_matrix(count_outcomes(table_of(votes)))
    assume(linkage_of(wins).is_estimable)
    strengths = fit_strengths(wins)
    expected = (wins + wins.T) / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    assert list(expected.sum(axis=1)) == pytest.approx(list(wins.sum(axis=1)), abs=1e-6)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth = np.array([0.6, 0.0, -0.6])
    held = []
    for seed in range(60):
        votes = drawn_votes(count=300, strengths=list(truth), seed=seed)
        ranking = rank_votes(table_of(votes), rounds=200, seed=seed)
        held += [
            each.interval.low <= truth[int(each.model[1])] <= each.interval.high for each in ranking.standings
        ]
    assert 0.89 <= np.mean(held) <= 0.99


def test_bootstrap_agrees_with_the_standard_error_of_a_logistic_model() -> None:
    ranking = rank_votes(table_of([("x", "y", "a")] * 600 + [("x", "y", "b")] * 400), rounds=2000)
    best = ranking.standings[0]
    # Half of the log-odds has the standard error ½·√(1/600 + 1/400).
    half_width = 1.96 * 0.5 * np.sqrt(1 / 600 + 1 / 400)
    assert best.interval.high - best.interval.low == pytest.approx(2 * half_width, rel=0.1)


def test_a_model_that_never_lost_is_finite_and_has_a_sentence_instead_of_an_interval() -> None:
    votes = [("best", "x", "a")] * 5 + [("x", "y", "a"), ("x", "y", "b"), ("best", "y", "a")]
    ranking = rank_votes(table_of(votes))
    best = ranking.standings[0]
    assert (best.model, best.interval) == ("best", None)
    assert "no upper bound" in best.note
    assert all(each.interval for each in ranking.standings[1:])


def test_a_model_of_few_games_is_said_to_have_a_rough_interval() -> None:
    votes = [("x", "y", "a"), ("x", "y", "b")] * 6 + [("x", "rare", "tie")] * 3
    (sentence,) = rank_votes(table_of(votes), rounds=20).sentences
    assert sentence.startswith("Of rare there are fewer than 10 games")


def test_models_that_never_met_are_ranked_apart() -> None:
    votes = [("a", "b", "a"), ("a", "b", "b"), ("c", "d", "tie")]
    ranking = rank_votes(table_of(votes))
    assert {each.model: each.pool for each in ranking.standings} == {"a": 0, "b": 0, "c": 1, "d": 1}
    assert "2 pools" in ranking.sentences[0]


def test_votes_of_one_item_are_drawn_together() -> None:
    votes = drawn_votes(count=40, strengths=[0.5, -0.5])
    alone = rank_votes(table_of(votes, items=[f"{at}" for at in range(40)]))
    ten_judges = rank_votes(table_of(votes * 10, items=[f"{at}" for at in range(40)] * 10))
    assert (alone.drawn, ten_judges.drawn) == ("votes", "items")
    narrow, wide = (each.standings[0].interval for each in (ten_judges, alone))
    assert narrow.high - narrow.low == pytest.approx(wide.high - wide.low, rel=0.25)


def test_a_model_cannot_meet_itself() -> None:
    with pytest.raises(ValueError, match="both sides"):
        table_of([("a", "a", "tie")])


def test_a_round_of_three_is_one_cycle() -> None:
    votes = [("a", "b", "a"), ("b", "c", "a"), ("c", "a", "a")]
    report = rank_votes(table_of(votes)).cycles
    assert (report.triples, report.cyclic, report.share) == (1, 1, 1.0)
    assert not report.shown[0].is_sure


def test_many_votes_make_a_cycle_sure() -> None:
    votes = [("a", "b", "a"), ("b", "c", "a"), ("c", "a", "a")] * 20
    assert rank_votes(table_of(votes)).cycles.shown[0].is_sure


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=25, max_size=25))
def test_cycles_are_counted_as_by_looking_at_every_triple(cells) -> None:
    wins = np.array(cells, dtype=float).reshape(5, 5)
    np.fill_diagonal(wins, 0)
    beats = wins > wins.T
    triples = [(i, j, k) for i in range(5) for j in range(i + 1, 5) for k in range(j + 1, 5)]
    full = [each for each in triples if all(beats[x, y] or beats[y, x] for x, y in _edges(each))]
    cyclic = [each for each in full if _is_cyclic(each, beats)]
    report = report_cycles(wins, models=tuple("abcde"))
    assert (report.triples, report.cyclic) == (len(full), len(cyclic))
    assert len(report.shown) == len(cyclic)


def _edges(triple):
    i, j, k = triple
    return [(i, j), (j, k), (k, i)]


def _is_cyclic(triple, beats) -> bool:
    one_way = all(beats[x, y] for x, y in _edges(triple))
    return one_way or all(beats[y, x] for x, y in _edges(triple))


def test_models_far_apart_form_no_group() -> None:
    rounds = np.array([[2.0, 0.1, 0.0], [2.1, 0.0, 0.1]] * 50)
    better = surely_better(rounds)
    assert indistinct_groups(better, order=[0, 1, 2]) == [(1, 2)]
    assert rank_ranges(better) == [(1, 1), (2, 3), (2, 3)]
