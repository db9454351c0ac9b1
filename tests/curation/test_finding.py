"""The list: every filter, every order, any depth; saved views; topics."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.finding import ConversationFilters, FilterError, Order, filters_from
from curation.models import (
    AuditEvent,
    Conversation,
    MessageTopic,
    Project,
    SavedView,
    Score,
    Scorer,
    Tag,
    Topic,
    User,
)
from curation.queries.corpus import finding
from curation.queries.corpus.finding import conversation_page, exact_conversation_count, inline_count
from curation.queries.corpus.narrowing import conversations_of
from curation.queries.corpus.saved_views import conversations_of_view, view_lines
from curation.services.corpus.preferences import publish_scorer, publish_scores
from curation.services.corpus.saved_views import ViewNameError, archive_view, rename_view, save_view
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_conversation, make_pair, make_project

SPRING = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def made(project: Project) -> list[Conversation]:
    """Twelve conversations, each a day later, ten words longer and one turn longer than the one before."""
    rows = [make_conversation(project, [("user", f"question {n}"), ("assistant", "a")]) for n in range(12)]
    for n, row in enumerate(rows):
        row.started_at, row.word_count, row.message_count = SPRING + timedelta(days=n), 10 * n, n
        row.save()
    return rows


def scorer_of(project: Project, name: str = "toxicity") -> Scorer:
    return Scorer.objects.create(project=project, name=name, version="1", kind="checks")


def tag(conversation: Conversation, name: str, **more: object) -> Tag:
    return Tag.objects.create(
        project=conversation.project, conversation=conversation, name=name, source="person", **more
    )


def all_pages(project: Project, filters: ConversationFilters) -> list[Conversation]:
    page = conversation_page(project, filters=filters)
    found = list(page.conversations)
    while page.next_before is not None:
        page = conversation_page(project, filters=filters, before=page.next_before)
        found += page.conversations
    return found


# What an address may say --------------------------------------------------------------------------------


@given(
    st.builds(
        ConversationFilters,
        language=st.sampled_from(["", "en", "de"]),
        model=st.none() | st.uuids(),
        started_from=st.none() | st.dates(),
        least_words=st.none() | st.integers(0, 2**31 - 1),
        tags=st.lists(st.sampled_from(["pii", "near duplicate", "ü"]), unique=True).map(tuple),
        least_score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        archived=st.booleans(),
        order=st.none() | st.sampled_from(Order),
    )
)
def test_filters_survive_a_document(filters: ConversationFilters) -> None:
    assert filters_from(filters.as_document()) == filters


@pytest.mark.parametrize(
    "document",
    [
        {"model": "1"},
        {"started_from": "yesterday"},
        {"least_words": "-1"},
        {"least_words": "1_0"},
        {"least_turns": 2**31},
        {"least_score": "nan"},
        {"order": "text"},
        {"tags": ["t"] * 9},
        {"language": "\x00"},
    ],
)
def test_nonsense_is_refused_in_a_sentence(document: dict[str, object]) -> None:
    with pytest.raises(FilterError, match="cannot be"):
        filters_from(document)


# Filters and orders -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (ConversationFilters(), range(11, -1, -1)),
        (ConversationFilters(order=Order.START), range(11, -1, -1)),
        (ConversationFilters(started_from=SPRING.date(), started_to=SPRING.date()), [0]),
        (ConversationFilters(started_from=(SPRING + timedelta(days=9)).date()), [11, 10, 9]),
        (ConversationFilters(least_words=20, most_words=40), [4, 3, 2]),
        (ConversationFilters(most_turns=2), [2, 1, 0]),
        (ConversationFilters(least_words=20, most_turns=3), [3, 2]),
        (ConversationFilters(language="de"), []),
    ],
)
@pytest.mark.parametrize("page_size", [2, 50])
def test_a_list_holds_what_its_filters_leave_in_order(
    project: Project,
    made: list[Conversation],
    monkeypatch: pytest.MonkeyPatch,
    filters: ConversationFilters,
    expected: range,
    page_size: int,
) -> None:
    monkeypatch.setattr(finding, "CONVERSATION_PAGE", page_size)
    assert all_pages(project, filters) == [made[n] for n in expected]
    assert set(conversations_of(project, filters=filters)) == {made[n] for n in expected}


def test_a_list_by_start_leaves_out_what_has_no_date(project: Project, made: list[Conversation]) -> None:
    Conversation.objects.filter(pk=made[5].pk).update(started_at=None)
    assert made[5] not in all_pages(project, ConversationFilters(order=Order.START))


def test_every_tag_must_be_there(project: Project, made: list[Conversation]) -> None:
    tag(made[1], "pii")
    tag(made[2], "pii", message=made[2].messages.first())
    tag(made[2], "pii", message=made[2].messages.last())
    tag(made[2], "kept")
    assert all_pages(project, ConversationFilters(tags=("pii",))) == [made[2], made[1]]
    assert all_pages(project, ConversationFilters(tags=("pii", "kept"))) == [made[2]]


def test_scores_of_conversations_order_the_list(
    project: Project, made: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CONVERSATION_PAGE", 2)
    scorer = scorer_of(project)
    for conversation, value in zip(made, [0.1, 0.9, 0.9, 0.5, 0.9], strict=False):
        Score.objects.create(project=project, scorer=scorer, conversation=conversation, value=value)
    filters = ConversationFilters(scorer=scorer.uuid, least_score=0.2)
    assert all_pages(project, filters) == [made[4], made[2], made[1], made[3]]
    assert exact_conversation_count(project, filters=filters) == 4


def test_a_conversation_whose_messages_have_scores_is_listed_once(
    project: Project, made: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CONVERSATION_PAGE", 1)
    scorer = scorer_of(project)
    for value, conversation in [(0.9, 0), (0.8, 1), (0.7, 0), (0.6, 2)]:
        used = Score.objects.values("message")
        message = made[conversation].messages.exclude(pk__in=used).first()
        Score.objects.create(project=project, scorer=scorer, message=message, value=value)
    assert all_pages(project, ConversationFilters(scorer=scorer.uuid)) == [made[0], made[1], made[2]]


def test_a_version_leads_to_its_conversations(project: Project, made: list[Conversation]) -> None:
    pairs = [make_pair(project, question=f"What is {n}?", chosen=f"{n}") for n in range(3)]
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    found = all_pages(project, ConversationFilters(version=version.uuid))
    assert sorted(each.pk for each in found) == sorted(pair.prompt.conversation_id for pair in pairs)
    split = version.rows.first().split
    held = version.rows.filter(split=split).count()
    assert len(all_pages(project, ConversationFilters(version=version.uuid, split=split))) == held


@pytest.mark.parametrize(("wanted", "found"), [("sat", [1]), ("dsat", [2]), ("any", [2, 1])])
def test_conversations_are_found_by_the_signals_in_them(
    project: Project, made: list[Conversation], wanted: str, found: list[int]
) -> None:
    publish = partial(publish_scorer, project=project, kind=Scorer.Kind.DETECTOR)
    for name, place in (("phrases: sat", 1), ("phrases: dsat", 2)):
        old, new = (publish(name=name, version=v, specification={"threshold": 0.6}) for v in "12")
        values = {each.messages.get(position=0).pk: 0.5 for each in made}
        publish_scores(scorer=old, target="message", values=dict.fromkeys(values, 0.9))
        sure = {made[place].messages.get(position=0).pk: 0.6}
        publish_scores(scorer=new, target="message", values=values | sure)
    filters = filters_from({"signals": wanted})
    assert all_pages(project, filters) == [made[place] for place in found]


def test_a_topic_leads_to_its_conversations(project: Project, made: list[Conversation]) -> None:
    topic = make_topic(project, "cooking", made[3:5])
    assert all_pages(project, ConversationFilters(topic=topic.uuid)) == [made[4], made[3]]


def make_topic(project: Project, name: str, conversations: list[Conversation], **more: object) -> Topic:
    topic = Topic.objects.create(
        project=project, name=name, centre=[1.0] + [0.0] * 383, message_count=len(conversations), **more
    )
    MessageTopic.objects.bulk_create(
        MessageTopic(project=project, conversation=each, message=each.messages.first(), topic=topic)
        for each in conversations
    )
    return topic


@pytest.mark.parametrize("name", ["model", "batch", "scorer", "version", "topic"])
def test_what_another_project_has_narrows_to_nothing(
    project: Project, made: list[Conversation], name: str
) -> None:
    filters = ConversationFilters(**{name: UUID(int=1)})
    assert all_pages(project, filters) == []
    assert not conversations_of(project, filters=filters).exists()


def test_a_place_of_another_project_shows_nothing(project: Project, made: list[Conversation]) -> None:
    foreign = make_conversation(make_project("other"), [("user", "x")])
    assert conversation_page(project, filters=ConversationFilters(), before=foreign.uuid).conversations == []


def test_rare_matches_are_looked_for_a_step_at_a_time(
    project: Project, made: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FIRST_LOOK", 2)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 4)
    filters = ConversationFilters(least_turns=1, most_turns=1, order=Order.NEWEST)
    page = conversation_page(project, filters=filters)
    assert (page.conversations, page.looked_through, page.next_before) == ([], 4, made[8].uuid)
    assert all_pages(project, filters) == [made[1]]


def test_a_page_takes_no_more_statements_for_many_than_for_few(
    project: Project, made: list[Conversation]
) -> None:
    filters = ConversationFilters(language="en", least_words=1, tags=())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            conversation_page(project, filters=filters)
        counts.append(len(captured))
        for n in range(60):
            row = make_conversation(project, [("user", f"more {n}")])
            Conversation.objects.filter(pk=row.pk).update(word_count=n + 1)
    assert max(counts) <= 4


def test_what_cannot_be_counted_along_an_index_is_counted_afterwards(
    project: Project, made: list[Conversation]
) -> None:
    assert inline_count(project, filters=ConversationFilters(language="en")).counted == 12
    assert inline_count(project, filters=ConversationFilters(language="en", least_words=1)) is None
    assert inline_count(project, filters=ConversationFilters(tags=("pii",))) is None


def test_every_filter_of_the_page_narrows_it(
    project: Project, made: list[Conversation], researcher: User, client_of: Callable[[User], Client]
) -> None:
    tag(made[2], "pii")
    address = reverse("curation:conversation_list", args=[project.slug])
    body = client_of(researcher).get(address, {"tags": "pii", "least_words": "5"}).content.decode()
    assert "question 2<" in body
    assert "question 3<" not in body
    assert "Save as a view" in body


# Saved views --------------------------------------------------------------------------------------------


def test_a_view_keeps_its_filters_for_queues_and_recipes(
    project: Project, made: list[Conversation], researcher: User
) -> None:
    filters = ConversationFilters(least_words=20, most_words=40)
    view = save_view(project=project, name=" middle ", filters=filters, actor=researcher)
    assert (view.name, set(conversations_of_view(view))) == ("middle", set(made[2:5]))
    assert AuditEvent.objects.filter(action="view.saved").exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "taken"])
def test_a_view_needs_a_name_of_its_own(project: Project, researcher: User, name: str) -> None:
    save_view(project=project, name="taken", filters=ConversationFilters(), actor=researcher)
    with pytest.raises(ViewNameError):
        save_view(project=project, name=name, filters=ConversationFilters(), actor=researcher)


def test_a_view_whose_words_ask_for_nothing_is_not_saved(project: Project, researcher: User) -> None:
    with pytest.raises(FilterError):
        save_view(project=project, name="w", filters=ConversationFilters(words="-cat"), actor=researcher)
    assert not SavedView.objects.exists()


def test_a_view_is_renamed_and_put_away(project: Project, researcher: User) -> None:
    view = save_view(project=project, name="one", filters=ConversationFilters(), actor=researcher)
    rename_view(view=view, name="two", actor=researcher)
    assert [line.view.name for line in view_lines(project)] == ["two"]
    archive_view(view=view, actor=researcher)
    assert view_lines(project) == []
    save_view(project=project, name="two", filters=ConversationFilters(), actor=researcher)


def test_a_view_is_saved_and_opened_on_the_page(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(researcher)
    fields = {"name": "English", "language": "en", "least_words": "3", "tags": ["a", "b"]}
    client.post(reverse("curation:saved_view_create", args=[project.slug]), fields)
    view = SavedView.objects.get()
    assert view.filters == {"language": "en", "least_words": 3, "tags": ["a", "b"]}
    opened = client.get(reverse("curation:saved_view_detail", args=[project.slug, view.uuid]))
    assert opened["Location"].endswith("conversations/?language=en&least_words=3&tags=a&tags=b")


@pytest.mark.parametrize("words", ["!!", "*", "a*"])
def test_words_that_cannot_be_searched_are_not_found(
    project: Project, researcher: User, client_of: Callable[[User], Client], words: str
) -> None:
    for name in ("conversation_list", "conversation_total", "conversation_search"):
        address = reverse(f"curation:{name}", args=["shared"])
        assert client_of(researcher).get(address, {"words": words}).status_code == 404
    with pytest.raises(FilterError):
        save_view(project=project, name="w", filters=ConversationFilters(words=words), actor=researcher)


def test_a_view_with_words_opens_the_search(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    view = save_view(project=project, name="w", filters=ConversationFilters(words="cat"), actor=researcher)
    opened = client_of(researcher).get(reverse("curation:saved_view_detail", args=[project.slug, view.uuid]))
    assert opened["Location"].endswith("/search/?q=cat")


# Topics -------------------------------------------------------------------------------------------------


def topics_page(client: Client, project: Project) -> str:
    return client.get(reverse("curation:topic_list", args=[project.slug])).content.decode()


def test_the_topics_page_shows_names_sizes_thin_spots_and_a_map(
    project: Project, made: list[Conversation], researcher: User, client_of: Callable[[User], Client]
) -> None:
    topic = make_topic(project, "bread, oven", made[:5], cohesion=0.61, words=["bread", "oven"], x=0.1, y=0.2)
    make_topic(project, "tax <b>", made[5:6], is_thin=True, x=-0.8, y=0.9)
    body = topics_page(client_of(researcher), project)
    assert f"?topic={topic.uuid}" in body
    assert "0.61" in body
    assert "1 topic is thin" in body
    assert "<svg" in body
    assert "tax <b>" not in body


def test_topics_are_found_by_a_job_when_a_person_asks(
    project: Project, made: list[Conversation], researcher: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(researcher)
    assert "Topics are made of the vectors" in topics_page(client, project)
    client.post(reverse("curation:topic_find", args=[project.slug]))
    assert "Waiting for a worker" in topics_page(client, project)
