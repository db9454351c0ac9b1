"""Kept queries: written once, asked with any values, from any thread, with the rows that the query set has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from curation.models import Conversation, Message
from curation.models.kept_queries import kept_query
from tests.cast import make_conversation, make_project

TURNS = [("user", "Why?"), ("assistant", "Because.")]


@kept_query
def turns_of(conversation: int, role: str, since: datetime) -> QuerySet[Message]:
    rows = Message.objects.filter(conversation=conversation, role=role, conversation__created_at__gt=since)
    return (
        rows.select_related("conversation__project").annotate(title=F("conversation__title")).order_by("id")
    )


@kept_query
def counts_of(uuid: UUID) -> QuerySet[Conversation, tuple[int, int]]:
    return Conversation.objects.filter(uuid=uuid).values_list("pk", "message_count")


@kept_query
def first_turns(conversation: int, until: int) -> QuerySet[Message, str]:
    turns = Message.objects.filter(conversation=conversation, position__lte=until).order_by("position")
    return turns.values_list("text", flat=True)


@kept_query
def every_turn(conversation: int, until: int) -> QuerySet[Message, str]:
    return Message.objects.filter(conversation=conversation).values_list("text", flat=True)


def test_a_number_stays_a_blank_whatever_its_column_holds(project):
    talk = make_conversation(project, TURNS)
    assert first_turns(conversation=talk.pk, until=0) == ["Why?"]
    assert first_turns(conversation=talk.pk, until=1) == ["Why?", "Because."]


def test_a_blank_without_a_place_is_refused(project):
    with pytest.raises(ValueError, match="no place for until"):
        every_turn(conversation=1, until=1)


def test_each_call_has_its_own_values(project):
    one, other = (make_conversation(project, TURNS) for _ in range(2))
    yesterday = timezone.now() - timedelta(days=1)
    asked = turns_of(conversation=one.pk, role="user", since=yesterday)
    assert asked == list(one.messages.filter(role="user"))
    assert turns_of(conversation=other.pk, role="assistant", since=yesterday) == list(
        other.messages.filter(role="assistant")
    )
    assert turns_of(conversation=one.pk, role="user", since=timezone.now()) == []


def test_what_was_fetched_together_needs_no_query_more(project, django_assert_num_queries):
    talk = make_conversation(project, TURNS)
    with django_assert_num_queries(1):
        (turn,) = turns_of(conversation=talk.pk, role="user", since=timezone.now() - timedelta(days=1))
        assert turn.conversation.project == project
        assert vars(turn)["title"] == talk.title


def test_tuples_come_as_the_query_set_gives_them(project):
    talk = make_conversation(project, TURNS)
    assert counts_of(uuid=talk.uuid) == [(talk.pk, 2)]


def test_threads_ask_over_connections_of_their_own(committed_db):
    project = make_project("threads")
    talks = [make_conversation(project, TURNS) for _ in range(8)]

    def ask(talk: Conversation) -> list[tuple[int, int]]:
        try:
            return [row for _ in range(20) for row in counts_of(uuid=talk.uuid)]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        for talk, rows in zip(talks, pool.map(ask, talks), strict=True):
            assert rows == [(talk.pk, 2)] * 20
