"""How pairs are proposed from complaints."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.errors import UnknownFormatError
from feedback_mining.domain.constraints import constraints_in
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.pairs import (
    SKIP_SENTENCES,
    MinedConversation,
    PairCandidate,
    PairSkip,
    SkipReason,
)
from feedback_mining.pair_recipes import PAIR_RECIPES, load_pair_recipe

ASKED = ("user", "When does the bus leave?")
FIRST = ("assistant", "The train leaves at nine.")
COMPLAINT = ("user", "Not the train. I wanted the bus.")
SECOND = ("assistant", "The bus leaves at ten.")
IGNORED = (Finding("Ignored", 0.9, 0, 13), Finding("Revision", 0.6, 15, 31))
THANKED = (Finding("Gratitude", 0.9, 0, 6),)
Findings = Mapping[int, tuple[Finding, ...]]


def propose(*messages: tuple[str, str], findings: Findings | None = None) -> list[PairCandidate | PairSkip]:
    mined = MinedConversation(
        conversation="c", messages=messages, findings={2: IGNORED} if findings is None else findings
    )
    return list(load_pair_recipe("dsat_then_better").propose(mined))


def candidate(*messages: tuple[str, str], findings: Findings | None = None) -> PairCandidate:
    (proposal,) = propose(*messages, findings=findings)
    assert isinstance(proposal, PairCandidate)
    return proposal


def skipped(*messages: tuple[str, str], findings: Findings | None = None) -> SkipReason:
    proposal = propose(*messages, findings=findings)[0]
    assert isinstance(proposal, PairSkip)
    assert proposal.sentence == SKIP_SENTENCES[proposal.reason]
    return proposal.reason


def test_the_answer_that_drew_the_complaint_is_rejected_and_the_next_one_chosen() -> None:
    found = candidate(ASKED, FIRST, COMPLAINT, SECOND)
    assert (found.prompt_length, found.rejected_index, found.chosen_index, found.complaint_index) == (
        1,
        1,
        3,
        2,
    )


def test_a_candidate_shows_its_criteria_its_words_and_the_wish() -> None:
    found = candidate(ASKED, FIRST, COMPLAINT, SECOND)
    assert found.criteria == ("Ignored", "Revision")
    assert COMPLAINT[1][slice(*found.span)] == "Not the train"
    assert found.wish == "the bus"


def test_thanks_make_a_pair_surer_than_going_on_and_going_on_surer_than_silence() -> None:
    thanked = candidate(
        ASKED, FIRST, COMPLAINT, SECOND, ("user", "Thanks"), findings={2: IGNORED, 4: THANKED}
    )
    going_on = candidate(ASKED, FIRST, COMPLAINT, SECOND, ("user", "And back?"))
    silent = candidate(ASKED, FIRST, COMPLAINT, SECOND)
    assert thanked.confidence > going_on.confidence > silent.confidence > 0


def test_a_fault_makes_a_pair_surer_than_a_wish_for_refinement() -> None:
    fault, refinement = ({2: (Finding(name, 0.8, 0, 3),)} for name in ("Factual_Error", "Style"))
    asked = (ASKED, FIRST, COMPLAINT, SECOND)
    assert candidate(*asked, findings=fault).confidence > candidate(*asked, findings=refinement).confidence


def test_an_improvement_that_is_not_yet_enough_still_makes_a_pair() -> None:
    better = (Finding("Getting_There", 0.9, 0, 6), Finding("Style", 0.8, 8, 16))
    found = propose(
        ASKED, FIRST, COMPLAINT, SECOND, ("user", "Better, but longer"), findings={2: IGNORED, 4: better}
    )
    assert isinstance(found[0], PairCandidate)


def test_the_prompt_may_hold_earlier_turns() -> None:
    found = candidate(("system", "Be brief."), ASKED, FIRST, COMPLAINT, SECOND, findings={3: IGNORED})
    assert found.prompt_length == found.rejected_index == 2


def test_a_faint_complaint_proposes_nothing() -> None:
    assert propose(ASKED, FIRST, COMPLAINT, SECOND, findings={2: (Finding("Ignored", 0.4, 0, 3),)}) == []


def test_praise_alone_proposes_nothing() -> None:
    assert propose(ASKED, FIRST, COMPLAINT, SECOND, findings={2: THANKED}) == []


def test_a_complaint_without_a_later_answer_is_skipped() -> None:
    assert skipped(ASKED, FIRST, COMPLAINT) is SkipReason.NO_LATER_ANSWER


def test_a_later_answer_that_drew_a_complaint_as_well_is_skipped() -> None:
    again = ("user", "Still the train!")
    assert skipped(ASKED, FIRST, COMPLAINT, SECOND, again, findings={2: IGNORED, 4: IGNORED[:1]}) is (
        SkipReason.CHOSEN_DREW_COMPLAINT
    )


def test_an_equal_answer_is_skipped() -> None:
    assert (
        skipped(ASKED, FIRST, COMPLAINT, ("assistant", " the train  leaves at nine."))
        is SkipReason.SAME_ANSWER
    )


def test_an_answer_that_refers_to_the_complaint_is_skipped() -> None:
    sorry = ("assistant", "Sorry, here is the bus: it leaves at ten.")
    assert skipped(ASKED, FIRST, COMPLAINT, sorry) is SkipReason.REFERS_TO_COMPLAINT


def test_turning_away_is_no_complaint_about_the_answer() -> None:
    turned_away = {2: (Finding("No_Engagement", 0.9, 0, 3),)}
    assert skipped(ASKED, FIRST, COMPLAINT, SECOND, findings=turned_away) is SkipReason.NOT_ABOUT_THE_ANSWER


def test_a_user_who_takes_the_blame_rejects_no_answer() -> None:
    assert skipped(ASKED, FIRST, ("user", "Sorry, I meant the bus."), SECOND) is SkipReason.REQUEST_CHANGED


def test_another_subject_is_skipped() -> None:
    new = ("user", "Wrong. Another question: who painted this?")
    assert skipped(ASKED, FIRST, new, SECOND) is SkipReason.NEW_TOPIC


def test_a_greeting_that_draws_a_complaint_has_no_prompt() -> None:
    assert skipped(FIRST, COMPLAINT, SECOND, findings={1: IGNORED}) is SkipReason.NO_REQUEST


def test_an_answer_that_rests_on_tools_is_skipped() -> None:
    tools = (("assistant", ""), ("tool", "10:00"))
    assert skipped(ASKED, FIRST, COMPLAINT, *tools, SECOND) is SkipReason.ANSWERED_WITH_TOOLS


def test_a_complaint_in_two_messages_is_answered_after_both() -> None:
    proposals = propose(ASKED, FIRST, COMPLAINT, ("user", "Please."), SECOND)
    assert [proposal.chosen_index for proposal in proposals if isinstance(proposal, PairCandidate)] == [4]


def test_each_complaint_gets_its_own_proposal() -> None:
    third = ("assistant", "The bus leaves at ten from the square.")
    proposals = propose(
        ASKED, FIRST, COMPLAINT, SECOND, ("user", "From where?"), third, findings={2: IGNORED, 4: IGNORED}
    )
    assert [proposal.complaint_index for proposal in proposals] == [2, 4]


def test_an_unknown_recipe_is_refused_with_the_known_names() -> None:
    with pytest.raises(
        UnknownFormatError, match=r"No pair recipe is named 'nothing'. Known: .*dsat_then_better"
    ):
        load_pair_recipe("nothing")


@pytest.mark.parametrize("name", list(PAIR_RECIPES))
def test_each_recipe_goes_by_its_name_in_the_catalogue(name: str) -> None:
    assert load_pair_recipe(name).name == name


def test_every_reason_has_a_sentence() -> None:
    assert set(SKIP_SENTENCES) == set(SkipReason)


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["system", "user", "assistant", "tool"]),
        st.sampled_from(["", "a b", "sorry", "No. c"]),
    ),
    max_size=9,
)


@given(messages=TURNS, complaints=st.sets(st.integers(0, 8)))
def test_every_candidate_ends_its_prompt_with_the_user_and_compares_two_answers(
    messages: list[tuple[str, str]], complaints: set[int]
) -> None:
    findings: Findings = {index: (Finding("Ignored", 0.9, 0, 1),) for index in complaints}
    for proposal in propose(*messages, findings=findings):
        if isinstance(proposal, PairCandidate):
            assert messages[proposal.prompt_length - 1][0] == "user"
            assert messages[proposal.rejected_index][0] == messages[proposal.chosen_index][0] == "assistant"
            assert (
                proposal.prompt_length
                == proposal.rejected_index
                < proposal.complaint_index
                < proposal.chosen_index
            )
            assert 0 <= proposal.confidence <= 1


THANKS = ("user", "Thanks, that helped!")
PRAISED = {2: IGNORED, 4: THANKED}


def of_recipe(name: str, *messages: tuple[str, str], findings: Findings, **more):
    mined = MinedConversation(conversation="c", messages=messages, findings=findings, **more)
    return list(load_pair_recipe(name).propose(mined))


def test_silence_accepts_nothing_and_thanks_do() -> None:
    (silent,) = of_recipe("dsat_then_accepted", ASKED, FIRST, COMPLAINT, SECOND, findings={2: IGNORED})
    assert silent.reason == SkipReason.NOT_ACCEPTED
    (thanked,) = of_recipe("dsat_then_accepted", ASKED, FIRST, COMPLAINT, SECOND, THANKS, findings=PRAISED)
    assert isinstance(thanked, PairCandidate)


def test_an_answer_that_refers_to_the_complaint_is_offered_for_rewriting() -> None:
    sorry = ("assistant", "Sorry, you're right! The bus leaves at ten.")
    (skipped_pair,) = propose(ASKED, FIRST, COMPLAINT, sorry)
    offer = skipped_pair.offer
    assert offer is not None
    assert sorry[1][slice(*offer.reference)].lower().startswith("sorry")
    assert offer.candidate.chosen_index == 3


@pytest.mark.parametrize(
    ("complaint", "answer"),
    [
        ("Too bland. Make it vegetarian.", "Here is a vegetarian lasagne: layer spinach and ricotta."),
        ("In French please.", "Le bus part à dix heures du matin devant la gare centrale."),
    ],
)
def test_an_answer_that_carries_out_a_wish_the_prompt_does_not_hold_is_refused(
    complaint: str, answer: str
) -> None:
    style = {2: (Finding("Style", 0.9, 0, len(complaint)),)}
    asked = ("user", "Could you write me a recipe for a lasagne that takes one hour?")
    first = ("assistant", "Layer the pasta with minced beef and tomatoes, and bake it for half an hour.")
    assert skipped(asked, first, ("user", complaint), ("assistant", answer), findings=style) == (
        SkipReason.CARRIES_WISH
    )


def test_a_wish_that_the_prompt_holds_is_no_leak() -> None:
    style = {2: (Finding("Style", 0.9, 0, 17),)}
    asked = ("user", "When does the bus leave? Answer in French.")
    french = ("assistant", "Le bus part à dix heures du matin devant la gare centrale.")
    candidate(asked, FIRST, ("user", "In French please."), french, findings=style)


def test_a_bad_answer_alone_needs_no_later_one() -> None:
    (bad,) = of_recipe("negative_only", ASKED, FIRST, COMPLAINT, findings={2: IGNORED})
    assert (bad.answer_index, bad.is_good, bad.criteria[0]) == (1, False, "Ignored")


def test_a_praised_answer_is_good_alone_and_mixed_praise_is_not() -> None:
    (good,) = of_recipe("sat_positive", ASKED, SECOND, THANKS, findings={2: THANKED})
    assert (good.answer_index, good.is_good) == (1, True)
    mixed = (Finding("Gratitude", 0.9, 0, 6), Finding("Factual_Error", 0.9, 8, 20))
    (doubtful,) = of_recipe("sat_positive", ASKED, SECOND, THANKS, findings={2: mixed})
    assert doubtful.reason == SkipReason.MIXED_FEEDBACK


def constrained(*messages: tuple[str, str]):
    constraints = {
        at: tuple(constraints_in(text)) for at, (role, text) in enumerate(messages) if role == "user"
    }
    return of_recipe("constraint", *messages, findings={}, constraints=constraints)


LONG = ("assistant", "It leaves at nine. " * 10)
SHORT = ("assistant", "It leaves at nine.")


def test_an_answer_that_keeps_what_binds_is_preferred_to_one_that_breaks_it() -> None:
    asked = ("user", "When does the bus leave? Keep it under 10 words.")
    (found,) = constrained(asked, LONG, ("user", "Under 10 words, please."), SHORT)
    assert (found.rejected_index, found.chosen_index, found.complaint_index) == (1, 3, 0)
    assert asked[1][slice(*found.span)] == "Keep it under 10 words"


def test_what_was_asked_only_afterwards_breaks_nothing() -> None:
    assert constrained(ASKED, LONG, ("user", "Under 10 words, please."), SHORT) == []


def test_a_broken_constraint_without_a_better_answer_is_counted() -> None:
    asked = ("user", "When does the bus leave? Keep it under 10 words.")
    (gone,) = constrained(asked, LONG, ("user", "And the train?"), SHORT)
    assert gone.reason == SkipReason.NONE_FOLLOWS
