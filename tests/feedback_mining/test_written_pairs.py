"""What is asked for a pair that is to be written, and which written answers are not kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.constraints import constraints_in
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.pairs import KnownWish, MinedConversation, PairSkip, SkipReason, WritingCandidate
from feedback_mining.domain.written_pairs import MOST_WISHES, fault_in, writing_request
from feedback_mining.pair_recipes import load_pair_recipe

ASKED = ("user", "When does the bus leave?")
FIRST = ("assistant", "The train leaves at nine.")
COMPLAINT = ("user", "Not the train. I wanted the bus.")
LATER = ("assistant", "The bus leaves at ten.")
IGNORED = (Finding("Ignored", 0.9, 0, 13),)
BUS = KnownWish(text="Speak of the bus")


def mined(
    *messages: tuple[str, str], wishes: dict[int, tuple[KnownWish, ...]] | None = None
) -> MinedConversation:
    told = messages or (ASKED, FIRST, COMPLAINT, LATER)
    constraints = {at: tuple(constraints_in(text)) for at, (role, text) in enumerate(told) if role == "user"}
    return MinedConversation(
        conversation="c",
        messages=told,
        findings={2: IGNORED},
        constraints=constraints,
        wishes={2: (BUS,)} if wishes is None else wishes,
    )


def checked(text: str) -> KnownWish:
    """A wish in the user's words that code checks."""
    (constraint,) = constraints_in(text)
    return KnownWish(text=text, constraint=constraint)


def plan(conversation: MinedConversation, recipe: str = "expert") -> WritingCandidate:
    (proposal,) = load_pair_recipe(recipe).propose(conversation)
    assert isinstance(proposal, WritingCandidate)
    return proposal


def skipped(conversation: MinedConversation) -> SkipReason:
    (proposal,) = load_pair_recipe("expert").propose(conversation)
    assert isinstance(proposal, PairSkip)
    return proposal.reason


def fault(
    conversation: MinedConversation, chosen: str, recipe: str = "expert", rejected: str = FIRST[1]
) -> SkipReason | None:
    found = fault_in(conversation, plan(conversation, recipe), chosen=chosen, rejected=rejected)
    return found.reason if found else None


def system_of(*wishes: str, context: tuple[dict[str, str], ...] = ()) -> str:
    asked = context or ({"role": "user", "content": "When?"},)
    return str(writing_request(asked, checklist=wishes, sources=()).messages[0]["content"])


def test_a_plan_names_the_answer_that_drew_the_complaint_and_the_wishes() -> None:
    found = plan(mined())
    assert (found.prompt_length, found.rejected_index, found.complaint_index) == (1, 1, 2)
    assert (found.checklist, found.said_at, found.writes_rejected) == (("Speak of the bus",), (2,), False)
    assert plan(mined(), "on_policy").writes_rejected


def test_without_a_known_wish_nothing_is_written() -> None:
    assert skipped(mined(wishes={})) is SkipReason.NO_WISH


def test_what_the_user_says_after_the_complaint_is_not_known_yet() -> None:
    told = (ASKED, FIRST, COMPLAINT, LATER, ("user", "Shorter!"))
    later = {2: (BUS,), 4: (KnownWish(text="Be shorter"),)}
    assert plan(mined(*told, wishes=later)).checklist == ("Speak of the bus",)
    assert skipped(mined(*told, wishes={4: (KnownWish(text="Be shorter"),)})) is SkipReason.NO_WISH


def test_a_wish_that_was_taken_back_is_left_out() -> None:
    told = (("user", "Under 20 words."), FIRST, ("user", "Wrong! Under 90 words is fine now."))
    wishes = {0: (checked("Under 20 words."), BUS), 2: (checked("Under 90 words is fine now."),)}
    assert "Under 20 words." not in plan(mined(*told, wishes=wishes)).checklist


def test_nothing_is_written_under_a_wish_that_nobody_would_want_unasked() -> None:
    told = (ASKED, FIRST, ("user", "Wrong. Answer in French."))
    assert skipped(mined(*told, wishes={2: (checked("in French"),)})) is SkipReason.CARRIES_WISH


def test_a_complaint_of_the_user_s_own_mistake_or_a_new_topic_has_nothing_written() -> None:
    told = (ASKED, FIRST, ("user", "Sorry, my mistake, I meant the bus."))
    assert skipped(mined(*told)) is SkipReason.REQUEST_CHANGED


def test_the_newest_wishes_count_and_each_once() -> None:
    many = tuple(KnownWish(text=f"Wish {number}") for number in range(MOST_WISHES + 3))
    found = plan(mined(wishes={2: (*many, KnownWish(text="wish 14"))})).checklist
    assert len(found) == MOST_WISHES
    assert found[-1] == "wish 14"


def test_the_checklist_and_safety_stand_in_one_system_message_behind_the_product_s_own() -> None:
    context = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "When?"})
    request = writing_request(context, checklist=["Speak of the bus"], sources=(7,))
    assert [each["role"] for each in request.messages] == ["system", "user"]
    said = request.messages[0]["content"]
    assert said.startswith("Be brief.\n")
    assert '["Speak of the bus"]' in said
    assert "Safety comes before" in said
    assert request.sources == (7,)


def test_without_a_checklist_the_request_is_the_plain_one() -> None:
    context = ({"role": "user", "content": "When?"},)
    assert writing_request(context, checklist=(), sources=()).messages == context


@given(st.text())
def test_a_hostile_wish_stays_one_string_of_a_list(wish: str) -> None:
    said = system_of(wish, "Be kind")
    start = said.index("\n[") + 1
    assert json.JSONDecoder().raw_decode(said[start:])[0] == [wish, "Be kind"]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ("The bus leaves at ten.", None),
        ("the TRAIN leaves at  nine.", SkipReason.SAME_ANSWER),
        ("Sorry for the mistake! The bus leaves at ten.", SkipReason.REFERS_TO_COMPLAINT),
        ("As you asked, the bus leaves at ten.", SkipReason.REFERS_TO_COMPLAINT),
    ],
)
def test_an_answer_that_leans_on_the_complaint_is_not_kept(chosen: str, reason: SkipReason | None) -> None:
    assert fault(mined(), chosen) is reason


def test_a_person_may_mend_an_answer_that_is_set_against_a_logged_one() -> None:
    chosen = "As you asked, the bus leaves at ten."
    offers = [
        fault_in(mined(), plan(mined(), recipe), chosen=chosen, rejected=FIRST[1]).offer
        for recipe in ("expert", "on_policy")
    ]
    assert chosen[slice(*offers[0].reference)] == "As you asked"
    assert offers[1] is None


def test_a_word_of_the_complaint_alone_is_no_leak_for_the_writer_never_saw_it() -> None:
    told = (ASKED, FIRST, ("user", "Not the train! Even platform seven is closed."))
    chosen = "From platform four the bus leaves at ten."
    assert fault(mined(*told), chosen) is None
    leaked = mined(*told, wishes={2: (KnownWish(text="Name the platform"),)})
    assert fault(leaked, chosen) is SkipReason.CARRIES_WISH


def test_an_answer_that_carries_out_what_only_the_complaint_asks_for_is_not_kept() -> None:
    told = (ASKED, FIRST, ("user", "Wrong train. Answer in French!"))
    french = "Le bus part de la gare centrale à dix heures du matin et arrive à midi."
    assert fault(mined(*told), french) is SkipReason.CARRIES_WISH
