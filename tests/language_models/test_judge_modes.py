"""The ways in which judges ask: scores, juries, cascades, parts side by side, and how strong a verdict is."""

import json
from collections.abc import Iterator
from decimal import Decimal
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language_models.chat.asking import AskableModel, Price
from language_models.chat.chances import word_chances
from language_models.chat.contract import WeighedWords
from language_models.judges import JUDGES, build_judge
from language_models.judges.alignment import by_length, by_likeness, sentences_of
from language_models.judges.contract import JudgeSettings, JudgeSettingsError, Order, Outcome, StrengthFrom
from language_models.judges.settling import settle_by_vote
from tests.language_models.chat_server import ChatServer, running_chat_server
from tests.language_models.judging import judged
from tests.language_models.test_chat_client import Ledger
from tests.language_models.test_judges import LONG, judge_of, model_of, question, verdict_of

EVERY = pytest.mark.parametrize("name", sorted(JUDGES))
TEXTS = st.text(alphabet=st.sampled_from("ab 7.!?\n`。é"), max_size=200) | st.text(max_size=80)


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with running_chat_server(judged) as chat:
        yield chat


def seated(server: ChatServer, *names: str, judge: str = "jury", **more: Any) -> Any:
    """Return a judge of several models, by their names."""
    first, *others = [model_of(server, name, **more) for name in names]
    return build_judge(judge, model=first, settings=JudgeSettings(others=tuple(others)))


def one(judge: Any, *arguments: str, **more: Any) -> Any:
    (verdict,) = dict(judge.judge([(1, question(*arguments, **more))])).values()
    return verdict


@EVERY
@pytest.mark.parametrize(("a", "b", "better"), [(5, 2, Outcome.A), (2, 5, Outcome.B), (3, 3, Outcome.TIE)])
def test_a_judge_that_goes_by_content_is_consistent_under_every_mode(
    server: ChatServer, name: str, a: int, b: int, better: Outcome
) -> None:
    verdict = verdict_of(server, question(f"It is {a}. {LONG}", f"Well, {b}. {LONG}"), judge=name)
    assert verdict.outcome is better


@EVERY
@pytest.mark.parametrize("model", ["unreadable", "list", "odd", "empty"])
def test_what_cannot_be_read_is_unreadable_and_keeps_no_reply_under_every_mode(
    server: ChatServer, name: str, model: str
) -> None:
    ledger = Ledger()
    verdict = verdict_of(server, question(), judge=name, name=model, cache=ledger, meter=ledger)
    assert verdict.outcome is Outcome.UNREADABLE
    assert [each for each in verdict.rounds if each.value or each.scores] == []
    own_answers = sum(each.step == "own_answer" and each.is_read for each in verdict.rounds)
    assert len(ledger.stored) == own_answers


@EVERY
def test_no_mode_takes_more_than_it_named(server: ChatServer, name: str) -> None:
    price = Price(prompt=Decimal(2), completion=Decimal(8))
    asked = [question(f"It is {n}. {LONG}", f"It is {9 - n}. {LONG}") for n in range(3)]
    judge = judge_of(server, name, "first-but-parts", price=price)
    expected = judge.estimate(asked)
    list(judge.judge(enumerate(asked)))
    assert judge.expense.requests <= expected.requests
    assert 0 < (judge.expense.cost or 0) <= (expected.cost or 0)


@EVERY
def test_asked_again_every_mode_takes_what_is_stored(server: ChatServer, name: str) -> None:
    ledger = Ledger()
    asked = question(f"It is 5. {LONG}", f"It is 2. {LONG}")
    first = verdict_of(server, asked, judge=name, cache=ledger, meter=ledger)
    again = verdict_of(server, asked, judge=name, cache=ledger, meter=ledger)
    assert server.asked == []
    assert again.outcome is first.outcome
    assert all(each.is_cached for each in again.rounds)


def test_orders_that_disagree_are_mended_part_by_part(server: ChatServer) -> None:
    verdict = verdict_of(
        server, question(f"It is 5. {LONG}", f"It is 2. {LONG}"), judge="split_merge", name="first-but-parts"
    )
    assert (verdict.outcome, verdict.method) == (Outcome.A, "length")
    assert [each.step for each in verdict.rounds] == ["plain", "plain", "length", "length"]


def test_orders_that_agree_are_asked_about_once(server: ChatServer) -> None:
    verdict = verdict_of(server, question(f"It is 5. {LONG}", f"It is 2. {LONG}"), judge="split_merge")
    assert (verdict.method, len(verdict.rounds)) == ("plain", 2)


def test_an_answer_too_short_to_be_cut_is_left_to_people(server: ChatServer) -> None:
    verdict = verdict_of(server, question(), judge="split_merge", name="first-but-parts")
    assert (verdict.outcome, len(verdict.rounds)) == (Outcome.INCONSISTENT, 2)


def test_pieces_that_are_shown_are_the_whole_answer_in_its_order(server: ChatServer) -> None:
    a, b = f"One. {LONG}", f"Two, and more. {LONG} Again."
    verdict_of(server, question(a, b), judge="split_merge", name="first-but-parts")
    parts = json.loads(server.asked[-1]["messages"][1]["content"])["parts"]
    assert {"".join(part[place] for part in parts) for place in ("first", "second")} == {a, b}


@given(TEXTS)
def test_sentences_put_together_are_the_text(text: str) -> None:
    assert "".join(sentences_of(text)) == text


@given(TEXTS, st.integers(2, 4))
def test_parts_by_length_put_together_are_the_answer(text: str, parts: int) -> None:
    found = by_length(text, parts=parts)
    assert (found is None) == (len(sentences_of(text)) < parts)
    assert found is None or ("".join(found), len(found), all(found)) == (text, parts, True)


@given(TEXTS, TEXTS)
def test_parts_by_likeness_put_together_are_the_answers(one_text: str, other: str) -> None:
    found = by_likeness(one_text, other)
    assert (found is None) == (min(len(sentences_of(one_text)), len(sentences_of(other))) < 3)
    assert found is None or ["".join(parts) for parts in found] == [one_text, other]
    assert found is None or all(all(parts) for parts in found)


def test_likeness_lays_the_same_words_side_by_side() -> None:
    first = "Cats sleep. Cats purr. Cats eat. Dogs bark. Birds sing."
    second = "Cats nap all day long on the sofa. Dogs bark. Birds sing and fly about the garden."
    found = by_likeness(first, second)
    assert found is not None
    assert [part.strip() for part in found[0]][1:] == ["Dogs bark.", "Birds sing."]


def test_code_is_never_cut() -> None:
    code = "```python\nx = 1.\ny = 2.\n```"
    assert any(code in sentence for sentence in sentences_of(f"Look here.\n{code}\nThat is all. Bye."))


def test_a_jury_decides_by_more_than_half_and_keeps_its_votes(server: ChatServer) -> None:
    verdict = one(seated(server, "good", "chatty", "first"))
    assert (verdict.outcome, verdict.votes) == (Outcome.A, {"a": 2, "inconsistent": 1})
    assert verdict.strength == pytest.approx(2.0)
    assert verdict.strength_from == StrengthFrom.VOTES
    assert {each.step for each in verdict.rounds} == {"juror 1", "juror 2", "juror 3"}
    assert {each.model for each in verdict.rounds} == {"good", "chatty", "first"}


def test_a_split_jury_lets_nobody_win(server: ChatServer) -> None:
    verdict = one(seated(server, "good", "first"))
    assert (verdict.outcome, verdict.method, verdict.strength) == (Outcome.INCONSISTENT, "split", None)


VOTES = st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=7)


@given(VOTES)
def test_a_jury_never_decides_against_half_of_itself(votes: list[Outcome]) -> None:
    settled = settle_by_vote(votes)
    if settled.outcome.is_decided:
        assert 2 * votes.count(settled.outcome) > len(votes)
    else:
        assert all(2 * votes.count(side) <= len(votes) for side in (Outcome.A, Outcome.B, Outcome.TIE))
    assert sum(settled.votes.values()) == len(votes)


@pytest.mark.parametrize(
    ("cheap", "asked", "method"),
    [("good", 2, "first model"), ("first", 4, "strong model"), ("unreadable", 6, "strong model")],
)
def test_the_strong_model_is_asked_only_where_the_cheap_one_is_not_sure(
    server: ChatServer, cheap: str, asked: int, method: str
) -> None:
    verdict = one(seated(server, cheap, "chatty", judge="cascade"))
    assert (verdict.outcome, verdict.method, len(server.asked)) == (Outcome.A, method, asked)


@pytest.mark.parametrize("name", ["jury", "cascade"])
def test_what_asks_several_models_says_so_where_it_has_one(server: ChatServer, name: str) -> None:
    with pytest.raises(JudgeSettingsError, match="two models"):
        build_judge(name, model=model_of(server))


def test_each_model_is_paid_its_own_price(server: ChatServer) -> None:
    cheap = model_of(server, "first", price=Price(prompt=Decimal(1), completion=Decimal(1)))
    strong = model_of(server, "good", price=Price(prompt=Decimal(100), completion=Decimal(100)))
    verdict = one(build_judge("cascade", model=cheap, settings=JudgeSettings(others=(strong,))))
    first, second = (
        sum(each.cost for each in verdict.rounds if each.step == step)
        for step in ("first model", "strong model")
    )
    assert 50 * first < second


def test_a_score_that_hangs_on_the_order_of_the_levels_is_no_score(server: ChatServer) -> None:
    verdict = verdict_of(server, question(), judge="rubric", name="first")
    assert verdict.outcome is Outcome.INCONSISTENT
    assert [dict(each.scores) for each in verdict.rounds] == [{"a": 1.0}, {"a": 5.0}, {"b": 1.0}, {"b": 5.0}]


def test_a_rubric_of_the_project_is_asked_by_and_changes_the_version(server: ChatServer) -> None:
    judge = build_judge("rubric", model=model_of(server), settings=JudgeSettings(rubric="Rhymes well."))
    one(judge)
    assert json.loads(server.asked[0]["messages"][1]["content"])["rubric"] == "Rhymes well."
    assert judge.prompt_version != build_judge("rubric", model=model_of(server)).prompt_version
    assert (
        build_judge("rubric", model=model_of(server)).prompt_version == JUDGES.load("rubric").prompt_version
    )


def test_all_answers_are_shown_at_once_shuffled_and_in_reverse(server: ChatServer) -> None:
    verdict = verdict_of(server, question(others=("It is 5.", "It is 6.")), judge="together")
    first, second = (each.shown for each in verdict.rounds)
    assert sorted(first) == ["a", "b", "c1", "c2"]
    assert second == first[::-1]
    assert verdict.rounds[0].scores == {"a": 7.0, "b": 3.0, "c1": 5.0, "c2": 6.0}


def test_the_shuffle_goes_by_the_words_so_that_no_name_of_an_answer_favours_it(server: ChatServer) -> None:
    shown = set()
    for turned in (("It is 7.", "It is 3."), ("It is 3.", "It is 7.")):
        verdict_of(server, question(*turned), judge="together")
        shown |= {asked["messages"][1]["content"] for asked in server.asked}
    assert len(shown) == 2


def test_the_reference_moves_the_reference_judge_alone(server: ChatServer) -> None:
    asked = question("It is 7.", "In Oslo.", reference="Oslo")
    assert verdict_of(server, asked, judge="reference").outcome is Outcome.B
    assert verdict_of(server, asked, judge="pairwise").outcome is Outcome.A


def test_its_own_answer_comes_before_the_answers_and_stands_in_the_material(server: ChatServer) -> None:
    verdict = verdict_of(server, question(), judge="self_reference")
    first, second = (json.loads(asked["messages"][1]["content"]) for asked in server.asked[:2])
    assert set(first) == {"conversation"}
    assert second["own_answer"] == verdict.rounds[0].text
    assert [each.step for each in verdict.rounds] == ["own_answer", "", ""]


def test_chances_of_words_make_the_strength_where_the_endpoint_gives_them(server: ChatServer) -> None:
    weighing = verdict_of(server, question(), name="weighing")
    assert weighing.strength == pytest.approx(log(9))
    assert weighing.strength_from == StrengthFrom.LOG_CHANCES
    turned = verdict_of(server, question("It is 3.", "It is 7."), name="weighing")
    assert turned.strength == pytest.approx(-log(9))
    assert verdict_of(server, question()).strength_from == StrengthFrom.WORDS


def test_an_endpoint_that_knows_neither_schema_nor_chances_is_found_out_once(server: ChatServer) -> None:
    judge = build_judge("pairwise", model=model_of(server, "plain", parallel=1))
    list(judge.judge([(1, question())]))
    before = len(server.asked)
    verdicts = dict(judge.judge([(2, question("It is 8."))]))
    assert verdicts[2].outcome is Outcome.A
    assert len(server.asked) - before == 2


class Token:
    """A token as the endpoints give it."""

    def __init__(self, token: str, *likely: tuple[str, float]) -> None:
        self.token, self.logprob = token, likely[0][1] if likely else 0.0
        self.top_logprobs = [
            Token(text, (text, chance)) for text, chance in likely if text != token or len(likely) > 1
        ]


WORDS = WeighedWords(key="better", words=("first", "second", "equal"))


def test_chances_are_read_at_the_place_of_the_value_whatever_the_tokens() -> None:
    glued = [Token('{"better"'), Token(': "fir', (': "fir', log(0.7)), (': "sec', log(0.2))), Token('st"}')]
    apart = [
        Token('{"better": "'),
        Token("f", ("f", log(0.7)), ("se", log(0.2)), ("second", log(0.05))),
        Token("irst"),
    ]
    assert word_chances(glued, weighed=WORDS)["second"] == pytest.approx(log(0.2))
    assert word_chances(apart, weighed=WORDS)["second"] == pytest.approx(log(0.25))
    assert word_chances(apart, weighed=WORDS)["equal"] == pytest.approx(log(0.05))


@pytest.mark.parametrize("tokens", [None, [], [Token("no")], [Token('{"better": 1}')], [None, 3]])
def test_chances_that_are_not_there_are_none(tokens: Any) -> None:
    assert word_chances(tokens, weighed=WORDS) == {}


def test_both_orders_are_asked_of_every_juror(server: ChatServer) -> None:
    verdict = one(seated(server, "good", "chatty"))
    asked = {(each.step, each.order) for each in verdict.rounds}
    assert asked == {(f"juror {n}", order) for n in (1, 2) for order in Order}


def test_models_are_named_where_several_were_asked(server: ChatServer) -> None:
    assert one(seated(server, "good", "chatty")).model == "good, chatty"
    askable: AskableModel = model_of(server)
    assert one(build_judge("pairwise", model=askable)).model == "good"
