"""Conversations: lists that never touch bodies, a reader that shows what is there, and withdrawal."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.domain.corpus.finding import ConversationFilters
from curation.domain.versions.counting import CappedCount
from curation.models import AuditEvent, Conversation, ImportBatch, ModelVersion, Project, User
from curation.queries.corpus import conversations, finding
from curation.queries.corpus.conversations import CHUNK_CHARACTERS, SHOWN_CHARACTERS, turn_chunk, turn_page
from curation.queries.corpus.finding import conversation_count, conversation_page, languages_of
from curation.queries.corpus.narrowing import conversations_of
from curation.services.corpus.conversations import archive_conversation, restore_conversation
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_conversation, make_pair, make_project

NO_FILTERS = ConversationFilters()


def make_many(project: Project, count: int) -> list[Conversation]:
    return [make_conversation(project, [("user", f"question {n}"), ("assistant", "a")]) for n in range(count)]


def page_of(
    client: Client, conversation: Conversation, route: str = "conversation_detail", **query: str
) -> str:
    address = reverse(f"curation:{route}", args=[conversation.project.slug, conversation.uuid])
    return client.get(address, query).content.decode()


# The list -------------------------------------------------------------------------------------------


def test_pages_hold_every_conversation_once_newest_first(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CONVERSATION_PAGE", 3)
    made = make_many(project, 7)
    page = conversation_page(project, filters=NO_FILTERS)
    found = page.conversations
    while page.next_before is not None:
        page = conversation_page(project, filters=NO_FILTERS, before=page.next_before)
        found += page.conversations
    assert found == made[::-1]


def test_the_list_narrows_by_language_model_import_and_archive(project: Project) -> None:
    model = ModelVersion.objects.create(project=project, name="m")
    batch = ImportBatch.objects.create(project=project, name="b")
    french, other = make_many(project, 2)
    Conversation.objects.filter(pk=french.pk).update(language="fr", model_version=model, batch=batch)
    for filters in (
        ConversationFilters(language="fr"),
        ConversationFilters(model=model.uuid),
        ConversationFilters(batch=batch.uuid),
    ):
        assert list(conversations_of(project, filters=filters)) == [french]
    assert not conversations_of(project, filters=ConversationFilters(archived=True)).exists()
    assert other in conversations_of(project, filters=NO_FILTERS)


def test_a_model_of_another_project_narrows_to_nothing(project: Project) -> None:
    make_many(project, 1)
    foreign = ModelVersion.objects.create(project=make_project("other"), name="m")
    assert not conversations_of(project, filters=ConversationFilters(model=foreign.uuid)).exists()


def test_languages_are_those_of_the_project_alone(project: Project) -> None:
    make_conversation(project, [("user", "hi")], language="en")
    make_conversation(project, [("user", "ça va")], language="fr")
    make_conversation(project, [("user", "?")], language="")
    make_conversation(make_project("other"), [("user", "hej")], language="sv")
    assert languages_of(project) == ["en", "fr"]


@pytest.mark.parametrize(("counted", "shown"), [(0, "0"), (10_000, "10,000"), (10_001, "10,000+")])
def test_counts_stop_at_their_cap(counted: int, shown: str) -> None:
    assert str(CappedCount(counted=counted)) == shown


def test_counting_stops_where_it_no_longer_matters(project: Project) -> None:
    make_many(project, 5)
    count = conversation_count(project, filters=NO_FILTERS, cap=3)
    assert (count.counted, str(count)) == (4, "3+")


def test_the_list_takes_as_many_statements_for_many_as_for_few(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    client, address = client_of(researcher), reverse("curation:conversation_list", args=[project.slug])
    statements = []
    for _ in range(2):
        make_many(project, 10)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 14


def test_the_list_never_touches_a_body(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    make_many(project, 2)
    with CaptureQueriesContext(connection) as captured:
        client_of(researcher).get(reverse("curation:conversation_list", args=[project.slug]))
    assert not [query for query in captured if "curation_message" in query["sql"]]


def test_the_next_page_keeps_the_filters(
    project: Project, researcher: User, client_of: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CONVERSATION_PAGE", 1)
    make_many(project, 2)
    address = reverse("curation:conversation_list", args=[project.slug])
    body = client_of(researcher).get(address, {"language": "en"}).content.decode()
    assert "?language=en&amp;before=" in body


@pytest.mark.parametrize("query", ["before=nonsense", "model=1", "batch=%00"])
def test_a_nonsense_address_is_not_found(
    project: Project, researcher: User, client_of: Callable[[User], Client], query: str
) -> None:
    address = reverse("curation:conversation_list", args=[project.slug])
    assert client_of(researcher).get(f"{address}?{query}").status_code == 404


# The reader -----------------------------------------------------------------------------------------


def test_the_reader_shows_markup_as_text(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    hostile = "<script>alert(1)</script> **bold** \u202egpj"
    body = page_of(
        client_of(researcher), make_conversation(project, [("user", hostile), ("assistant", hostile)])
    )
    assert "<script>alert" not in body
    assert "<strong>bold</strong>" in body
    assert "\u202e" not in body


def test_a_megabyte_leaves_the_database_only_when_it_is_asked_for(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_conversation(project, [("user", "q"), ("assistant", "word " * 200_000)])
    (_, turn) = turn_page(conversation).turns
    assert (len(turn.text), turn.length, turn.is_cut) == (SHOWN_CHARACTERS, 1_000_000, True)
    body = page_of(client_of(researcher), conversation)
    assert "Read all 1,000,000 characters, piece by piece" in body
    assert len(body) < 100_000


def test_a_megabyte_is_read_piece_by_piece(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    text = "".join(f"line {n} of it\n" for n in range(6_000))
    conversation = make_conversation(project, [("user", text)])
    pieces, start = "", 0
    while (chunk := turn_chunk(conversation, position=0, start=start)) is not None:
        assert len(chunk.text) <= CHUNK_CHARACTERS
        pieces, start = pieces + chunk.text, chunk.end
    assert pieces == text
    address = reverse("curation:message_chunk", args=[project.slug, conversation.uuid, 0])
    body = client_of(researcher).get(address, {"start": "40000"}).content.decode()
    assert f"80,000 of {len(text):,} characters" in body
    assert client_of(researcher).get(address, {"start": str(len(text))}).status_code == 404


def body_of(client: Client, conversation: Conversation, position: int, **query: str) -> str:
    address = reverse("curation:message_body", args=[conversation.project.slug, conversation.uuid, position])
    return client.get(address, query).content.decode()


def test_a_turn_is_shown_rendered_or_as_written(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_conversation(project, [("user", "**loud**" + " more" * 2000)])
    client = client_of(researcher)
    assert "<strong>loud</strong>" in body_of(client, conversation, 0)
    assert "**loud**" in body_of(client, conversation, 0, form="raw")
    assert "Show all" not in body_of(client, conversation, 0)
    assert "Show all 10,008 characters" in body_of(client, conversation, 0, form="head")


def test_tool_calls_and_attachments_are_shown(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_conversation(project, [("user", "q"), ("assistant", "a")])
    conversation.messages.filter(position=1).update(
        rich_parts=[
            {"type": "tool_call", "call_id": "1", "name": "weather", "arguments": {"city": "<b>Oslo</b>"}},
            {"type": "attachment", "sha256": "0" * 64, "media_type": "image/png", "name": "map.png"},
        ]
    )
    body = page_of(client_of(researcher), conversation)
    assert "calls weather" in body
    assert "&lt;b&gt;Oslo" in body
    assert "map.png" in body


def test_a_long_conversation_comes_in_pages(
    project: Project, researcher: User, client_of: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "TURN_PAGE", 2)
    turns = [("user", "one"), ("assistant", "two"), ("user", "three")]
    conversation = make_conversation(project, turns)
    assert "?from=2" in page_of(client_of(researcher), conversation)
    assert "three" in page_of(client_of(researcher), conversation, **{"from": "2"})


# Archive and withdrawal -----------------------------------------------------------------------------


def test_an_archived_conversation_leaves_lists_and_new_versions_until_it_is_restored(
    project: Project, researcher: User
) -> None:
    conversation = make_pair(project).prompt.conversation
    make_pair(project, question="What else?", chosen="this", rejected="that")
    archive_conversation(conversation=conversation, actor=researcher)
    dataset = ensure_dataset(project=project, name="d", recipe=None, actor=None)
    assert conversation not in conversations_of(project, filters=NO_FILTERS)
    assert freeze_dataset(dataset=dataset).row_count == 1
    restore_conversation(conversation=conversation, actor=researcher)
    assert freeze_dataset(dataset=dataset).row_count == 2


def test_a_withdrawal_says_what_it_erases_before_it_does(
    project: Project, admin: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_pair(project).prompt.conversation
    freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    body = page_of(client_of(admin), conversation, "conversation_withdraw")
    assert "the text of 2 turns" in body
    assert "1 row of a frozen dataset version: d@1" in body
    assert conversation.messages.exclude(text="").count() == 2


def test_a_withdrawn_conversation_shows_a_tombstone(
    project: Project, admin: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_conversation(project, [("user", "my secret"), ("assistant", "noted")])
    client = client_of(admin)
    client.post(reverse("curation:conversation_withdraw", args=[project.slug, conversation.uuid]))
    body = page_of(client, conversation)
    assert "was withdrawn on" in body
    assert "secret" not in body
    assert AuditEvent.objects.filter(action="conversation.withdrawn", actor_uuid=admin.uuid).exists()


def test_only_an_admin_may_withdraw(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    conversation = make_conversation(project, [("user", "q")])
    address = reverse("curation:conversation_withdraw", args=[project.slug, conversation.uuid])
    assert client_of(researcher).post(address).status_code == 403
    assert conversation.messages.exclude(text="").exists()


def test_a_withdrawal_twice_changes_nothing_more(project: Project, admin: User) -> None:
    conversation = make_conversation(project, [("user", "q")])
    withdraw_conversation(conversation=conversation, actor=admin)
    conversation.refresh_from_db()
    first = conversation.withdrawn_at
    withdraw_conversation(conversation=conversation, actor=admin)
    conversation.refresh_from_db()
    assert conversation.withdrawn_at == first
