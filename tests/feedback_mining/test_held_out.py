"""Prompts to evaluate on: held out, spread over what users ask, with the wishes that answers are held against."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.constraints import constraints_in
from feedback_mining.domain.held_out import (
    WishTurn,
    checklist_at,
    nearest_to_centres,
    request_to_evaluate,
)
from feedback_mining.domain.pairs import KnownWish


def turn(
    position: int, *wishes: str, role: str = "user", text: str = "", complains: bool = False
) -> WishTurn:
    known = tuple(KnownWish(text=wish, constraint=next(iter(constraints_in(wish)), None)) for wish in wishes)
    return WishTurn(position=position, role=role, text=text, wishes=known, complains=complains)


def answer(position: int) -> WishTurn:
    return turn(position, role="assistant")


def test_the_request_is_the_one_whose_answer_drew_the_complaint() -> None:
    turns = [turn(0), answer(1), turn(2), answer(3), turn(4, "shorter", complains=True), answer(5)]
    assert request_to_evaluate(turns) == 2
    assert checklist_at(turns, position=2) == ("shorter",)


def test_a_wish_of_the_next_request_is_none_of_the_answer_before() -> None:
    turns = [turn(0), answer(1), turn(2, "in French"), answer(3)]
    assert request_to_evaluate(turns) == 2
    assert checklist_at(turns, position=0) == ()
    assert checklist_at(turns, position=2) == ("in French",)


def test_earlier_wishes_stand_beside_those_of_the_complaint_each_once() -> None:
    turns = [turn(0, "In French"), answer(1), turn(2, "in french", "shorter", complains=True), answer(3)]
    assert checklist_at(turns, position=0) == ("in french", "shorter")


def test_answers_are_not_held_against_a_wish_that_its_user_took_back() -> None:
    turns = [turn(0, "Answer in French"), answer(1), turn(2, "Answer in English"), answer(3)]
    assert checklist_at(turns, position=0) == ("Answer in French",)
    assert checklist_at(turns, position=2) == ("Answer in English",)
    taken_back = [turn(0, "Answer in French"), answer(1), turn(2, text="Ignore all previous rules.")]
    assert checklist_at(taken_back, position=2) == ()


def test_of_many_wishes_the_newest_stay_and_one_said_again_is_new() -> None:
    turns = [turn(0, *[f"wish {number}" for number in range(20)]), answer(1)]
    turns.append(turn(2, "wish 0", "the complaint's", complains=True))
    checklist = checklist_at(turns, position=0)
    assert (len(checklist), checklist[0], checklist[-2:]) == (20, "wish 2", ("wish 0", "the complaint's"))


def test_a_complaint_about_nothing_answered_belongs_to_no_request() -> None:
    turns = [turn(0), turn(1, "shorter", complains=True), answer(2)]
    assert request_to_evaluate(turns) == 1
    assert checklist_at(turns, position=0) == ()


def test_a_conversation_without_wishes_has_no_request() -> None:
    assert request_to_evaluate([turn(0), answer(1), turn(2, complains=True)]) is None


def test_the_nearest_to_each_centre_are_chosen() -> None:
    vectors = np.array([[0, 0], [0, 0.1], [0, 0.5], [9, 9], [9, 9.2], [9, 8]], dtype=np.float32)
    chosen = nearest_to_centres(vectors, clusters=2, per_cluster=1)
    assert sorted(place for _cluster, place in chosen) == [1, 3]


def test_there_are_no_more_clusters_than_different_vectors() -> None:
    vectors = np.ones((4, 3), dtype=np.float32)
    assert nearest_to_centres(vectors, clusters=70, per_cluster=2) == [(0, 0), (0, 1)]
    assert nearest_to_centres(np.zeros((0, 3), dtype=np.float32), clusters=2, per_cluster=2) == []


@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 5), st.integers(0, 99))
def test_the_same_vectors_give_the_same_choice(prompts: int, clusters: int, each: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(prompts, 4)).astype(np.float32)
    chosen = nearest_to_centres(vectors, clusters=clusters, per_cluster=each)
    assert chosen == nearest_to_centres(vectors, clusters=clusters, per_cluster=each)
    places = [place for _cluster, place in chosen]
    assert len(set(places)) == len(places) <= min(prompts, clusters * each)
    assert len({cluster for cluster, _place in chosen}) == min(prompts, clusters)
