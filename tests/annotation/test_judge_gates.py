"""A judge of two answers beside people: its habits, its rivals, its controls, and the two gates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from annotation.domain.figures import Undefined
from annotation.domain.judges.dummies import DummyCount, count_right, dummies_of
from annotation.domain.judges.gates import Gate, Thresholds, labelling_gate, ranking_gate
from annotation.domain.judges.lexical import is_contained, is_exact
from annotation.domain.judges.pairs import PairJudgeReport, PairVerdict, report_pairs
from annotation.domain.judges.report import Drawn
from language_models.judges.contract import Outcome, PairQuestion, Turn, Verdict

QUICK = Drawn(rounds=0)
SIDES = st.sampled_from(["a", "b", "tie"])
SAID = st.sampled_from(["a", "b", "tie", "inconsistent", "unreadable"])
VERDICTS = st.lists(st.tuples(SIDES, SAID, st.integers(0, 40), st.integers(0, 40)), max_size=40)
LOW = Thresholds(pairs=20)


def verdict(number: int, human: str = "a", judge: str = "a", **more: object) -> PairVerdict:
    plain = PairVerdict(
        key=str(number), prompt=str(number), models=("one", "two"), human=human, judge=judge, lengths=(5, 5)
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def verdicts_of(rows: list[tuple[str, str, int, int]]) -> list[PairVerdict]:
    return [verdict(n, human, judge, lengths=(one, two)) for n, (human, judge, one, two) in enumerate(rows)]


def judge_that_is(right: float, *, pairs: int = 300, seed: int = 1) -> list[PairVerdict]:
    """Return verdicts on three models, of which people prefer the first; the judge is right so often."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(pairs):
        one, two = chance.permutation(3)[:2]
        human = "a" if chance.random() < 1 / (1 + np.exp(one - two)) else "b"
        judge = human if chance.random() < right else "ba"["ab".index(human)]
        found.append(
            verdict(number, human, judge, models=(f"m{one}", f"m{two}"), lengths=(int(one), int(two)))
        )
    return found


def gates_of(verdicts: list[PairVerdict], *, dummies: list[DummyCount] | None = None) -> tuple[Gate, Gate]:
    report = report_pairs(verdicts, drawn=QUICK).as_json()
    report["dummies"] = [each.as_json() for each in dummies or []]
    return labelling_gate(report, thresholds=LOW), ranking_gate(report, thresholds=LOW)


def unmet(gate: Gate) -> set[str]:
    return {each.beats or each.name for each in gate.requirements if not each.is_met}


@given(VERDICTS)
def test_figures_do_not_hang_on_which_side_is_called_a(rows: list[tuple[str, str, int, int]]) -> None:
    verdicts = verdicts_of(rows)
    turned = [each.turned() for each in verdicts]
    one, other = (report_pairs(each, drawn=QUICK) for each in (verdicts, turned))
    assert one.report.figures["agreement"] == other.report.figures["agreement"]
    assert {each.name: each.shift for each in one.report.systems} == pytest.approx(
        {each.name: each.shift for each in other.report.systems}
    )
    assert one.longer_by_judge == other.longer_by_judge


@given(VERDICTS)
@pytest.mark.filterwarnings("ignore")
def test_kappa_is_over_what_the_judge_decided(rows: list[tuple[str, str, int, int]]) -> None:
    report = report_pairs(verdicts_of(rows), drawn=QUICK)
    assert report.decided + report.inconsistent + report.unreadable == report.asked == len(rows)
    kappa = report.report.figures["cohen_kappa"]
    table = np.array(report.report.table)
    pairs = [(row, column) for row in range(3) for column in range(3) for _ in range(table[row, column])]
    theirs = cohen_kappa_score(*zip(*pairs, strict=True)) if pairs else np.nan
    assert (isinstance(kappa, Undefined) and np.isnan(theirs)) or kappa == pytest.approx(theirs)


@given(VERDICTS)
def test_the_rule_always_first_is_worth_no_kappa_above_nothing(rows: list[tuple[str, str, int, int]]) -> None:
    kappa = report_pairs(verdicts_of(rows), drawn=QUICK).baselines["always_first"]["cohen_kappa"]
    assert isinstance(kappa, Undefined) or kappa == pytest.approx(0)


def test_sides_are_drawn_so_that_a_file_with_the_better_first_flatters_nobody() -> None:
    report = report_pairs([verdict(n, "a", "a") for n in range(200)], drawn=QUICK)
    agreement = report.baselines["always_first"]["agreement"]
    assert isinstance(agreement, float)
    assert 0.35 < agreement < 0.65
    assert report.report.figures["cohen_kappa"] == 1


def test_a_judge_that_takes_the_longer_is_seen_to_and_beaten_by_the_rule() -> None:
    verdicts = [
        verdict(n, "ab"[n % 3 == 0], "ab"[n % 2], lengths=(9, 3) if n % 2 == 0 else (3, 9))
        for n in range(120)
    ]
    report = report_pairs(verdicts, drawn=QUICK)
    assert report.longer_by_judge.share == 1
    assert "longer_wins" in unmet(labelling_gate(report.as_json(), thresholds=LOW))


def test_position_is_counted_over_every_choice_the_inconsistent_too() -> None:
    habit = report_pairs(
        [verdict(n, judge="inconsistent", first_shown=(True, True)) for n in range(10)]
    ).position
    assert (habit.taken, habit.chances, habit.share) == (20, 20, 1.0)


def test_a_judge_that_agrees_passes_both_gates_and_one_that_guesses_neither() -> None:
    good = gates_of(judge_that_is(0.95))
    poor = gates_of(judge_that_is(0.5))
    assert (good[0].is_passed, good[1].is_passed) == (True, True)
    assert {"cohen_kappa", "scott_pi"} <= unmet(poor[0])
    assert not poor[0].is_passed


def test_neither_gate_grants_the_other() -> None:
    ranks_alone = gates_of(judge_that_is(0.75, pairs=2000))
    labels_alone = gates_of([replace(each, models=("one", "two")) for each in judge_that_is(0.95)])
    assert (ranks_alone[0].is_passed, ranks_alone[1].is_passed) == (False, True)
    assert (labels_alone[0].is_passed, labels_alone[1].is_passed) == (True, False)
    assert unmet(labels_alone[1]) >= {"systems"}


def test_a_judge_that_decides_nothing_passes_nothing() -> None:
    always_first = [verdict(n, judge="inconsistent") for n in range(50)]
    labels, ranks = gates_of(always_first)
    assert not labels.is_passed
    assert not ranks.is_passed
    assert {"pairs", "cohen_kappa", "always_first"} <= unmet(labels)


def test_too_few_pairs_pass_nothing_however_good() -> None:
    assert unmet(gates_of(judge_that_is(1.0, pairs=15))[0]) == {"pairs"}


def test_a_judge_that_falls_for_a_control_answer_does_not_label() -> None:
    dummies = [
        DummyCount(kind="sure", right=10, asked=10),
        DummyCount(kind="question_repeated", right=8, asked=10),
    ]
    assert unmet(gates_of(judge_that_is(0.95), dummies=dummies)[0]) == {"question_repeated"}


def test_rules_of_the_reference_count_only_where_every_pair_has_one() -> None:
    ruled = [verdict(n, rules={"exact_match": "tie", "contains": "a"}) for n in range(4)]
    assert set(report_pairs(ruled, drawn=QUICK).baselines) == {
        "always_first",
        "longer_wins",
        "exact_match",
        "contains",
    }
    assert set(report_pairs([*ruled, verdict(9)], drawn=QUICK).baselines) == {"always_first", "longer_wins"}


@pytest.mark.parametrize(
    ("answer", "reference", "exact", "contained"),
    [
        ("Paris.", "paris", True, True),
        ("It is  Paris!", "Paris", False, True),
        ("", "", False, False),
        ("Rome", "Oslo", False, False),
    ],
)
def test_the_rules_of_the_reference(answer: str, reference: str, exact: bool, contained: bool) -> None:
    assert is_exact(answer, reference=reference) is exact
    assert is_contained(answer, reference=reference) is contained


def question(answer: str = "A fine answer.", reference: str = "") -> PairQuestion:
    prompt = (Turn(role="user", text="How many are there?"),)
    return PairQuestion(prompt=prompt, answer_a=answer, answer_b="Another.", reference=reference)


def test_controls_set_a_good_answer_against_an_empty_one_and_are_never_equal_to_it() -> None:
    kinds = [each.kind for each in dummies_of([question(), question("Sure.", reference="Seven.")])]
    assert kinds == ["sure", "question_repeated", "question_repeated", "reference"]
    assert len(list(dummies_of([question()] * 50))) == 20
    assert all(each.right is Outcome.A for each in dummies_of([question(reference="Seven.")]))


def test_controls_are_counted_by_kind_and_a_tie_is_wrong() -> None:
    dummies = list(dummies_of([question(), question("More.")]))
    said = [Outcome.A, Outcome.TIE, Outcome.A, Outcome.INCONSISTENT]
    judged = [
        (dummy, Verdict(outcome=outcome, rounds=(), judge="x", prompt_version="x", model="x"))
        for dummy, outcome in zip(dummies, said, strict=True)
    ]
    assert [(each.kind, each.right, each.asked) for each in count_right(judged)] == [
        ("sure", 2, 2),
        ("question_repeated", 0, 2),
    ]


def test_the_report_is_plain_values() -> None:
    report: PairJudgeReport = report_pairs(judge_that_is(0.9, pairs=60))
    written = report.as_json()
    assert {"agreement", "cohen_kappa", "scott_pi", "per_system", "rank_correlation", "position"} <= set(
        written
    )
    low, high = written["intervals"]["cohen_kappa"]
    assert low < written["cohen_kappa"] < high
