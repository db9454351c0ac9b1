"""Groups of annotators are found where they are, and not claimed where they are not."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from annotation.domain.disagreement.division import Standing, divide_items, group_pairs
from annotation.domain.disagreement.groups import find_groups, rand_index
from annotation.domain.disagreement.likeness import agreement_between, judgements_of, likeness
from annotation.domain.labels import LabelRow, LabelTable, label_table

CAMPS = (("a0", "a2", "a4", "a6"), ("a1", "a3", "a5", "a7"))


def judged_rows(*, items: int, divided: float, seed: int = 0, noise: float = 0.1) -> list[LabelRow]:
    """Eight people judge everything; those of odd numbers see the divided items the other way round."""
    source = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        truth, is_divided = source.integers(2), source.random() < divided
        for person in range(8):
            said = truth ^ int(is_divided and person % 2) ^ int(source.random() < noise)
            rows.append(LabelRow(f"i{item}", f"a{person}", "ab"[said]))
    return rows


def table_of(**drawn) -> LabelTable:
    return label_table(judged_rows(**drawn))


def test_two_camps_are_found() -> None:
    finding = find_groups(table_of(items=60, divided=0.4), permutations=39)
    assert finding.groups == CAMPS
    figures = finding.as_json()
    assert figures["p_value"] < 0.05
    assert figures["agreement_within"] > figures["agreement_between"]


def test_people_who_differ_by_chance_alone_are_no_groups() -> None:
    claims = [
        bool(find_groups(table_of(items=40, divided=0.0, noise=0.3, seed=seed), permutations=39).groups)
        for seed in range(8)
    ]
    assert sum(claims) <= 2


def test_too_few_people_are_told_so() -> None:
    rows = [LabelRow(f"i{at}", name, "a") for at in range(20) for name in ("x", "y")]
    finding = find_groups(label_table(rows))
    assert (finding.groups, finding.p_value) == ((), None)
    assert "takes 4 annotators" in finding.sentence


def test_people_with_few_labels_are_left_out_by_name() -> None:
    rows = [*judged_rows(items=30, divided=0.4), LabelRow("i0", "guest", "a")]
    assert find_groups(label_table(rows), permutations=5).left_out == ("guest",)


def test_everybody_saying_the_same_makes_no_groups() -> None:
    rows = [LabelRow(f"i{at}", f"a{person}", "a") for at in range(20) for person in range(6)]
    assert find_groups(label_table(rows), permutations=19).groups == ()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=6, max_size=20))
def test_the_rand_index_is_that_of_scikit_learn(pairs) -> None:
    one, other = (np.unique(side, return_inverse=True)[1] for side in zip(*pairs, strict=True))
    if min(np.bincount(one).min(), np.bincount(other).min()) >= 2:
        assert rand_index(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_likeness_does_not_hang_on_items_on_which_all_agree() -> None:
    rows = judged_rows(items=20, divided=0.5)
    easy = [LabelRow(f"easy{at}", f"a{person}", "a") for at in range(50) for person in range(8)]
    names = [f"a{person}" for person in range(8)]
    plain, padded = label_table(rows), label_table(rows + easy)
    assert list(plain.annotators) == list(padded.annotators) == names
    assert likeness(judgements_of(plain)) == pytest.approx(likeness(judgements_of(padded)))


def test_full_and_sparse_likeness_are_the_same(monkeypatch) -> None:
    judged = judgements_of(table_of(items=15, divided=0.5))
    full = likeness(judged), agreement_between(judged)[0]
    monkeypatch.setattr("annotation.domain.disagreement.likeness.MOST_FULL_CELLS", 0)
    assert likeness(judged) == pytest.approx(full[0])
    assert agreement_between(judged)[0] == pytest.approx(full[1])


def test_dealing_labels_anew_keeps_what_each_item_got() -> None:
    judged = judgements_of(table_of(items=10, divided=0.5))
    dealt = judged.shuffled(np.random.default_rng(1))
    for item in range(10):
        assert sorted(judged.value[judged.item == item]) == sorted(dealt.value[dealt.item == item])
    assert (judged.value != dealt.value).any()


def camp_rows(item: str, *, first: str, second: str) -> list[LabelRow]:
    return [
        LabelRow(item, name, label)
        for camp, said in zip(CAMPS, (first, second), strict=True)
        for name, label in zip(camp, said, strict=True)
    ]


def test_items_are_shared_divided_or_open() -> None:
    rows = camp_rows("s", first="aaaa", second="aaab") + camp_rows("d", first="aaaa", second="bbbb")
    rows += camp_rows("o", first="aabb", second="bbbb")
    found = {each.item: each for each in divide_items(label_table(rows), groups=CAMPS)}
    assert [found[item].standing for item in "sdo"] == [Standing.SHARED, Standing.DIVIDED, Standing.OPEN]
    # Fisher's exact test of 4:0 against 0:4.
    assert found["d"].p_value == pytest.approx(2 / 70)
    assert found["d"].is_sure


def test_each_group_has_its_own_preferences() -> None:
    rows = camp_rows("d", first="aaaa", second="bbbb") + camp_rows("o", first="aabb", second="bbbb")
    divisions = divide_items(label_table(rows), groups=CAMPS)
    assert [(pair.item, pair.label) for pair in group_pairs(divisions, group=0)] == [("d", "a")]
    assert [(pair.item, pair.label) for pair in group_pairs(divisions, group=1)] == [("d", "b"), ("o", "b")]


def test_the_command_names_groups_and_divided_items(tmp_path) -> None:
    path = tmp_path / "labels.csv"
    lines = [f"{row.item},{row.annotator},{row.label}" for row in judged_rows(items=40, divided=0.4)]
    path.write_text("\n".join(["item,annotator,label", *lines]) + "\n", encoding="utf-8")
    out = StringIO()
    call_command("find_annotator_groups", path, "--json", permutations=39, stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    assert report["groups"] == [list(camp) for camp in CAMPS]
    assert report["divided"][0]["standing"] == "divided"
    assert sum(report["standing"].values()) == 40
    told = StringIO()
    call_command("find_annotator_groups", path, permutations=39, stdout=told)
    assert "Group 1: a0, a2, a4, a6" in told.getvalue()
