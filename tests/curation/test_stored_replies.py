"""Replies of models are stored for equal requests, and erased with what they are about."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from curation.models import Conversation, ImportBatch, ModelCall, ModelEndpoint
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.importers.undoing import run_undo, undo_import
from curation.services.writing.asking import askable_endpoint
from curation.services.writing.endpoints import save_endpoint
from curation.services.writing.stored_replies import erase_old_replies
from language_models.chat.contract import ChatRequest
from tests.cast import make_conversation
from tests.language_models.chat_server import running_chat_server


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


def endpoint(project, server, **more):
    row = ModelEndpoint(project=project, name="here", base_url=server.base_url, model="good", **more)
    return save_endpoint(endpoint=row)


def asked(row, *sources, text="Is this a complaint?"):
    request = ChatRequest(messages=({"role": "user", "content": text},), sources=sources)
    (answered,) = askable_endpoint(endpoint=row, purpose="mining").ask_all([("key", request)])
    return answered.reply


def test_an_equal_request_takes_the_stored_reply_and_costs_nothing(project, server):
    row = endpoint(project, server, prompt_price=Decimal(1000), completion_price=Decimal(1000))
    first, second = asked(row), asked(row)
    assert (first.text, first.is_cached, second.is_cached) == (second.text, False, True)
    assert len(server.asked) == 1
    row.refresh_from_db()
    assert 0 < row.spent == ModelCall.objects.get().cost


def test_another_model_under_the_same_endpoint_is_asked_anew(project, server):
    row = endpoint(project, server)
    asked(row)
    row.model = "another"
    assert not asked(save_endpoint(endpoint=row)).is_cached


def test_a_withdrawal_erases_replies_about_its_conversation_and_leaves_what_they_cost(project, server, admin):
    withdrawn, standing = (make_conversation(project, [("user", text)]) for text in ("a", "b"))
    row = endpoint(project, server, prompt_price=1, completion_price=1)
    asked(row, withdrawn.pk, text="a")
    asked(row, standing.pk, text="b")
    withdraw_conversation(conversation=withdrawn, actor=admin)
    replies = ModelCall.objects.order_by("id")
    assert [call.reply is None for call in replies] == [True, False]
    assert all(call.cost for call in replies)


def test_a_reply_about_two_equal_conversations_goes_with_either(project, server, admin):
    first, second = (make_conversation(project, [("user", "same")]) for _ in range(2))
    row = endpoint(project, server)
    asked(row, first.pk)
    assert asked(row, second.pk).is_cached
    withdraw_conversation(conversation=second, actor=admin)
    assert ModelCall.objects.get().reply is None


def test_a_reply_that_comes_after_a_withdrawal_is_not_stored(project, server, admin):
    conversation = make_conversation(project, [("user", "a")])
    withdraw_conversation(conversation=conversation, actor=admin)
    assert asked(endpoint(project, server), conversation.pk).text
    assert ModelCall.objects.get().reply is None


def test_a_reply_goes_with_an_undone_conversation(project, server):
    conversation = make_conversation(project, [("user", "a")])
    ImportBatch.objects.filter(pk=conversation.batch_id).update(push_key="k")
    conversation.batch.refresh_from_db()
    asked(endpoint(project, server), conversation.pk)
    run_undo(job_id=undo_import(batch=conversation.batch, actor=None).pk)
    assert not Conversation.objects.exists()
    assert ModelCall.objects.get().reply is None


@pytest.mark.parametrize(("days", "is_kept"), [(None, True), (30, True), (3, False)])
def test_replies_are_kept_as_long_as_the_project_says(project, server, days, is_kept):
    project.model_call_retention_days = days
    project.save()
    asked(endpoint(project, server))
    erase_old_replies(now=timezone.now() + timedelta(days=10))
    assert (ModelCall.objects.get().reply is not None) is is_kept


def test_a_reply_that_was_no_use_is_forgotten_and_asked_for_anew(project, server):
    row = endpoint(project, server, prompt_price=1, completion_price=1)
    asked(row)
    request = ChatRequest(messages=({"role": "user", "content": "Is this a complaint?"},))
    askable_endpoint(endpoint=row, purpose="mining").forget(request)
    assert ModelCall.objects.get().cost
    assert not asked(row).is_cached
