"""Splits: what belongs together stays together, and held-out rows come from people where there are any."""

from collections import defaultdict
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer

from curation.domain.errors import RecipeError
from curation.domain.versions import splitting
from curation.domain.versions.pair_derivation import PairRule, pairs_from_ranks
from curation.domain.versions.recipes import parse_recipe
from curation.domain.versions.splitting import (
    LEFT_OUT,
    assign_splits,
    group_rows,
    near_duplicate_links,
    near_repeats,
)

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_near_duplicates_are_linked_and_others_are_not():
    texts = ["How do I cook rice in a pot?", "how do i cook rice in a pot", "Name three rivers of France."]
    assert near_duplicate_links(texts, threshold=0.8) == [(0, 1)]


WORDS = st.lists(st.sampled_from(["rice", "pot", "cook", "river", "a"]), max_size=6).map(" ".join)


def alike_pairs(texts: list[str], threshold: float) -> list[tuple[int, int]]:
    """Return what comparing every pair finds."""
    counts = HashingVectorizer(
        ngram_range=(1, 3), token_pattern=r"(?u)\b\w+\b", alternate_sign=False, binary=True
    )
    cosines = (counts.transform(texts) @ counts.transform(texts).T).toarray() if texts else []
    return [
        (left, right)
        for left, right in combinations(range(len(texts)), 2)
        if texts[left] == texts[right] or cosines[left][right] >= threshold - 1e-9
    ]


@given(st.lists(WORDS, max_size=30), st.sampled_from([0.3, 0.8, 1.0]))
def test_links_join_what_comparing_every_pair_would_join(texts, threshold):
    everybody: list[list[str]] = [[] for _ in texts]
    found = near_duplicate_links(texts, threshold=threshold)
    assert group_rows(everybody, links=found) == group_rows(everybody, links=alike_pairs(texts, threshold))


def test_a_prompt_that_many_rows_share_costs_one_link_each():
    assert len(near_duplicate_links(["the same"] * 1_000, threshold=0.8)) == 999


def test_texts_are_compared_across_blocks(monkeypatch):
    monkeypatch.setattr(splitting, "BLOCK_TEXTS", 2)
    texts = ["one two three four five", "river", "lake", "hill", "One two three four five!"]
    assert near_duplicate_links(texts, threshold=0.8) == [(0, 4)]


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""], ["今天天气怎么样?", "x"]])
def test_few_empty_or_unspaced_texts_are_no_trouble(texts):
    assert isinstance(near_duplicate_links(texts, threshold=0.8), list)


def test_rows_are_together_through_others():
    groups = group_rows([["a"], ["a", "b"], ["b"], ["c"]])
    assert groups[0] == groups[1] == groups[2] != groups[3]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 5))
def test_no_group_is_ever_split(keys, seed):
    groups = group_rows([[key] for key in keys])
    names = [f"{number:03}" for number in range(len(keys))]
    splits = assign_splits(groups, names=names, judged=[False] * len(keys), shares=SHARES, seed=seed)
    split_of = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        split_of[group].add(split)
    assert all(len(found) == 1 for found in split_of.values())
    assert "train" in splits


@given(st.permutations(range(30)))
def test_the_order_of_rows_does_not_matter(order):
    names = [f"{number:03}" for number in order]
    splits = assign_splits(list(order), names=names, judged=[False] * 30, shares=SHARES, seed=7)
    expected = assign_splits(
        list(range(30)), names=[f"{n:03}" for n in range(30)], judged=[False] * 30, shares=SHARES, seed=7
    )
    assert dict(zip(names, splits, strict=True)) == {f"{n:03}": split for n, split in enumerate(expected)}


def test_three_groups_give_each_split_one():
    splits = assign_splits([0, 1, 2], names=["a", "b", "c"], judged=[False] * 3, shares=SHARES, seed=7)
    assert sorted(splits) == ["test", "train", "validation"]


def test_the_test_split_takes_preferred_rows_first():
    judged = [number in (3, 17) for number in range(20)]
    splits = assign_splits(
        list(range(20)), names=[f"{n:02}" for n in range(20)], judged=judged, shares=SHARES, seed=7
    )
    assert [number for number, split in enumerate(splits) if split == "test"] == [3, 17]


def splits_of(groups: list[int], judged: list[bool], **shares: float) -> list[str]:
    names = [f"{number:04}" for number in range(len(groups))]
    return assign_splits(groups, names=names, judged=judged, shares={**SHARES, **shares}, seed=7)


def test_judged_rows_of_the_only_group_leave_nothing_out():
    assert set(splits_of([0] * 300, [number < 20 for number in range(300)])) == {"train"}


def test_a_few_judged_rows_of_many_users_leave_most_rows_in():
    splits = splits_of(
        [number // 20 for number in range(1_000)], [n % 20 == 0 and n < 400 for n in range(1_000)]
    )
    assert (splits.count("test"), splits.count(LEFT_OUT)) == (5, 95)
    assert splits[:400:20].count("train") >= 10


def test_a_giant_group_stays_in_train_beside_small_ones():
    groups = [0] * 90 + list(range(1, 11))
    splits = splits_of(groups, [number % 2 == 0 for number in range(100)])
    assert set(splits[:90]) == {"train"}
    assert splits.count("test") == 5


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=80),
    st.sampled_from([(0.8, 0.1, 0.1), (0.2, 0.4, 0.4), (0.01, 0.0, 0.99), (1.0, 0.0, 0.0)]),
)
def test_train_is_never_empty_and_little_is_left_out(rows, shares):
    train, validation, test = shares
    splits = splits_of(
        [group for group, _ in rows],
        [is_judged for _, is_judged in rows],
        train=train,
        validation=validation,
        test=test,
    )
    assert "train" in splits
    assert splits.count(LEFT_OUT) <= round(test * len(rows))


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=80), st.integers(0, 9))
def test_rows_of_one_group_are_in_one_split_or_in_none(rows, seed):
    splits = assign_splits(
        [group for group, _ in rows],
        names=[f"{number:03}" for number in range(len(rows))],
        judged=[is_judged for _, is_judged in rows],
        shares={"train": 0.4, "validation": 0.3, "test": 0.3},
        seed=seed,
    )
    found = defaultdict(set)
    for (group, _), split in zip(rows, splits, strict=True):
        found[group].add(split)
    assert all(len(each) == 1 or each == {"test", LEFT_OUT} for each in found.values())


def test_prompts_of_one_template_need_no_more_links_than_there_are_prompts():
    template = "Read this review, and say in one word whether it is good or bad, nothing else. Review number"
    texts = [f"{template} {number}" for number in range(600)]
    links = near_duplicate_links(texts, threshold=0.8)
    assert len(links) < 2 * len(texts)
    assert set(group_rows([[]] * 600, links=links)) == {0}


@given(st.lists(WORDS, max_size=30), st.sampled_from([0.3, 0.8, 1.0]), st.sampled_from([2, 256]))
def test_what_repeats_is_alike_to_one_that_stays_and_no_two_that_stay_are_alike(texts, threshold, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "BLOCK_TEXTS", block)
        gone = set(near_repeats(texts, threshold=threshold))
    of_those_that_stay = [pair for pair in alike_pairs(texts, threshold) if pair[0] not in gone]
    assert {right for _left, right in of_those_that_stay} == gone


def test_prompts_without_spaces_are_compared_by_their_characters():
    texts = ["请告诉我今天北京的天气怎么样", "请告诉我,今天北京的天气怎么样呢", "法国有哪三条河流"]
    assert near_duplicate_links(texts, threshold=0.8) == [(0, 1)]


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 4), max_size=7))
def test_all_pairs_of_a_ranking_are_as_many_as_its_untied_ones(ranks):
    values = list(ranks.values())
    untied = sum(a != b for i, a in enumerate(values) for b in values[i + 1 :])
    pairs = pairs_from_ranks(ranks, rule=PairRule())
    assert len(pairs) == untied
    assert all(ranks[pair.chosen] < ranks[pair.rejected] for pair in pairs)


def test_adjacent_and_extreme_pairs():
    ranks = {1: 0, 2: 1, 3: 2}
    assert sides(ranks, PairRule(pairs="adjacent")) == {(1, 2), (2, 3)}
    assert sides(ranks, PairRule(pairs="best_worst")) == {(1, 3)}


def sides(ranks: dict[int, float], rule: PairRule) -> set[tuple[int, int]]:
    return {(pair.chosen, pair.rejected) for pair in pairs_from_ranks(ranks, rule=rule)}


def test_ranks_nearer_than_the_gap_give_no_pair():
    assert sides({1: 0, 2: 1, 3: 2}, PairRule(minimum_gap=2)) == {(1, 3)}


def test_ties_are_pairs_only_where_they_are_kept():
    ranks = {1: 0, 2: 0, 3: 1}
    assert sides(ranks, PairRule()) == {(1, 3), (2, 3)}
    assert sides(ranks, PairRule(keeps_ties=True)) == {(1, 3), (2, 3), (1, 2)}


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ({"soures": []}, "soures"),
        ({"sources": ["dreams"]}, "dreams"),
        ({"splits": {"train": 1.2, "validation": 0.0, "test": -0.2}}, "splits"),
        ({"list_pairs": "some"}, "list_pairs"),
        ({"minimum_confidence": 2}, "minimum_confidence"),
        ({"near_duplicate": 0}, "near_duplicate"),
        ({"sources": "mined"}, "sources"),
        ({"splits": [1]}, "splits"),
        ({"splits": {"train": "all"}}, "splits"),
        ({"seed": "x"}, "seed"),
        ({"minimum_confidence": None}, "minimum_confidence"),
    ],
)
def test_a_wrong_recipe_is_refused_by_the_name_of_its_field(recipe, word):
    with pytest.raises(RecipeError, match=word):
        parse_recipe(recipe)
