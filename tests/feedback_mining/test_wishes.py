"""Checklists: found in users' words, linked to them, edited by people, and checked in answers by code."""

import pytest

from curation.domain.errors import HarkenError
from curation.models import Score
from curation.services.corpus.withdrawals import withdraw_conversation
from feedback_mining.models import UserWish
from feedback_mining.queries.wishes import checklist_of
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.wishes import add_wish, edit_wish, find_constraints, remove_wish
from tests.cast import make_conversation

TURNS = [
    ("user", "Tell me about Paris, with bullet points."),
    ("assistant", "- Capital of France\n- On the Seine"),
    ("user", "And Rome?"),
    ("assistant", "Rome is the capital of Italy."),
    ("user", "Use bullet points!"),
    ("assistant", "- Capital of Italy"),
]


@pytest.fixture
def conversation(project):
    conversation = make_conversation(project, TURNS)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    return conversation


def entries(conversation, **wanted):
    return [each for each in checklist_of(conversation) if each.wish.constraint == "bullets"]


def test_a_constraint_is_linked_to_its_words_and_to_the_answers_that_break_it(conversation):
    first, second = entries(conversation)
    assert first.words == "with bullet points"
    assert (first.broken_at, first.is_binding) == ([3], False)
    assert (second.broken_at, second.is_binding) == ([], True)


def test_each_answer_is_scored_by_the_constraints_that_bind_it(conversation):
    scores = Score.objects.filter(scorer__name="constraints followed")
    assert dict(scores.values_list("message__position", "value")) == {1: 1.0, 3: 0.0, 5: 1.0}


def test_a_new_reading_repeats_without_harm(project, conversation):
    before = UserWish.objects.count()
    find_constraints(project, after_message_id=0)
    assert UserWish.objects.count() == before


def test_what_a_person_changed_no_reading_changes_back(project, conversation, researcher):
    kept, gone = (each.wish for each in entries(conversation))
    edit_wish(wish=kept, text="under 50 words", actor=researcher)
    remove_wish(wish=gone, actor=researcher)
    find_constraints(project, after_message_id=0)
    kept.refresh_from_db()
    assert (kept.constraint, kept.settings) == ("at_most_words", {"number": 50})
    assert gone.text not in [each.wish.text for each in checklist_of(conversation)]


def test_a_person_s_wish_is_checked_where_code_can(conversation, researcher):
    message = conversation.messages.get(position=0)
    assert add_wish(message=message, text="no emojis", actor=researcher).constraint == "no_emoji"
    assert add_wish(message=message, text="be kind", actor=researcher).constraint == ""


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_what_is_no_wish_is_refused_in_a_sentence(conversation, researcher, text):
    with pytest.raises(HarkenError, match="at most 500"):
        add_wish(message=conversation.messages.get(position=0), text=text, actor=researcher)


def test_a_withdrawal_empties_wishes_and_their_settings(conversation, researcher):
    add_wish(message=conversation.messages.get(position=0), text='never use the word "Bob"', actor=researcher)
    withdraw_conversation(conversation=conversation, actor=researcher)
    assert set(UserWish.objects.values_list("text", flat=True)) == {""}
    assert all(settings == {} for settings in UserWish.objects.values_list("settings", flat=True))


def test_the_panel_edits_and_an_outsider_finds_nothing(conversation, researcher, outsider, client_of):
    wish = entries(conversation)[0].wish
    address = f"/p/shared/wishes/{wish.uuid}/"
    assert client_of(outsider).post(address, {"text": "x"}).status_code == 404
    assert client_of(researcher).post(address, {"text": ""}).status_code == 422
    page = client_of(researcher).post(address, {"text": "In French, <b>please</b>"}).content.decode()
    assert "In French, &lt;b&gt;please&lt;/b&gt;" in page
