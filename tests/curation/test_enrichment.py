"""Enrichment: incremental, resumable, cancellable, each finding once, and no text of people in what it keeps."""

from collections.abc import Iterator, Sequence

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from curation.domain.enrichers.enriching import EnricherTools, Findings, FoundTag, ReadConversation
from curation.enrichers import ENRICHERS, load_enricher
from curation.enrichers.pii import PersonalData
from curation.models import (
    Conversation,
    Enrichment,
    Fingerprint,
    Job,
    Message,
    MessageEmbedding,
    Project,
    Score,
    Tag,
    User,
)
from curation.queries.enrichers import enrichments
from curation.queries.enrichers.enrichments import enricher_statuses, wanted_enrichers
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.enrichers.enrichment import (
    TRY_AGAIN_AFTER,
    open_enrichment,
    open_waiting_enrichments,
    open_wanted_enrichments,
    restart_enrichment,
    run_enrichment,
    save_enrichment_settings,
)
from curation.services.work.jobs import claim_job, request_job_cancel, resume_job
from tests.cast import make_conversation, make_project
from tests.curation.enriched import enrich, word_embedder

MAIL = [("user", "I am ann@example.org"), ("assistant", "Hello ann@example.org.")]
LONG = "how do I grow tomatoes on a balcony that gets four hours of sun a day in spring"


@pytest.fixture
def embedder(settings: LazySettings) -> Iterator[None]:
    with word_embedder(settings):
        yield


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrichments, "CHUNK_CONVERSATIONS", 2)


def tag_names() -> list[str]:
    return sorted(Tag.objects.values_list("name", flat=True))


def test_a_second_run_reads_only_what_is_new(project: Project) -> None:
    make_conversation(project, MAIL)
    assert enrich(project, "pii").result["conversations"] == 1
    make_conversation(project, MAIL)
    assert enrich(project, "pii").result["conversations"] == 1
    assert enrich(project, "pii").result["conversations"] == 0
    assert Tag.objects.count() == 4


def test_findings_hold_spans_and_pseudonyms_but_no_text(project: Project) -> None:
    make_conversation(project, MAIL)
    enrich(project, "pii")
    details = list(Tag.objects.order_by("message_id").values_list("detail", flat=True))
    assert details == [{"spans": [[5, 20, "[EMAIL_1]"]]}, {"spans": [[6, 21, "[EMAIL_1]"]]}]


def test_a_killed_job_goes_on_after_its_last_chunk(
    project: Project, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_conversation(project, MAIL)
    job = open_enrichment(project=project, name="pii")
    read: list[int] = []
    enrich_chunk = PersonalData.enrich

    def dies_in_the_second_chunk(self: PersonalData, chunk: Sequence[ReadConversation]) -> Findings:
        read.extend(conversation.id for conversation in chunk)
        if len(read) == 4:
            raise KeyboardInterrupt
        return enrich_chunk(self, chunk)

    monkeypatch.setattr(PersonalData, "enrich", dies_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        run_enrichment(job_id=job.pk)
    assert Enrichment.objects.get().conversation_count == 2
    monkeypatch.setattr(PersonalData, "enrich", enrich_chunk)
    job.refresh_from_db()
    resume_job(job=job, actor=User.objects.create_user("a@example.org"))
    assert run_enrichment(job_id=job.pk).result["conversations"] == 3
    assert Tag.objects.count() == 10


def test_a_cancelled_job_keeps_what_it_found(project: Project, small_chunks: None, researcher: User) -> None:
    for _ in range(5):
        make_conversation(project, MAIL)
    job = open_enrichment(project=project, name="pii")

    def cancel(done: int, _total: int | None) -> None:
        if done == 4:  # the second chunk is just being stored
            request_job_cancel(job=job, actor=researcher)

    assert run_enrichment(job_id=job.pk, listener=cancel).state == "cancelled"
    assert 0 < Tag.objects.count() < 10
    assert Enrichment.objects.get().done_through < Conversation.objects.latest("id").pk


def test_a_worker_that_lost_the_job_stores_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    make_conversation(project, MAIL)
    job = open_enrichment(project=project, name="pii")
    enrich_chunk = PersonalData.enrich

    def loses_the_job(self: PersonalData, chunk: Sequence[ReadConversation]) -> Findings:
        Job.objects.filter(pk=job.pk).update(state="queued", lease_expires_at=None)
        claim_job(job_id=job.pk)
        return enrich_chunk(self, chunk)

    monkeypatch.setattr(PersonalData, "enrich", loses_the_job)
    assert run_enrichment(job_id=job.pk) is None
    assert not Tag.objects.exists()


def test_a_conversation_that_grew_is_read_again_and_tagged_once(project: Project) -> None:
    grown = make_conversation(project, MAIL)
    make_conversation(project, MAIL)
    enrich(project, "pii")
    Message.objects.create(
        project=project, conversation=grown, position=2, role="user", text="Or bob@example.org"
    )
    enrich(project, "pii")
    spans = [
        tag.detail["spans"][0][2] for tag in Tag.objects.filter(conversation=grown).order_by("message_id")
    ]
    assert spans == ["[EMAIL_1]", "[EMAIL_1]", "[EMAIL_2]"]
    assert enrich(project, "pii").result["conversations"] == 0


def test_a_withdrawn_conversation_is_neither_read_nor_kept(project: Project, admin: User) -> None:
    gone = make_conversation(project, [("user", LONG)])
    enrich(project, "near_duplicates")
    assert Fingerprint.objects.count() == 1
    withdraw_conversation(conversation=gone, actor=admin)
    assert Fingerprint.objects.count() == 0
    assert enrich(project, "pii").result["conversations"] == 0


def test_what_is_withdrawn_while_it_is_read_leaves_nothing(
    project: Project, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = make_conversation(project, MAIL)
    enrich_chunk = PersonalData.enrich

    def meanwhile(self: PersonalData, chunk: Sequence[ReadConversation]) -> Findings:
        withdraw_conversation(conversation=conversation, actor=admin)
        return enrich_chunk(self, chunk)

    monkeypatch.setattr(PersonalData, "enrich", meanwhile)
    enrich(project, "pii")
    assert not Tag.objects.exists()


def test_what_is_deleted_while_it_is_read_leaves_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = make_conversation(project, MAIL)
    make_conversation(project, MAIL)
    enrich_chunk = PersonalData.enrich

    def meanwhile(self: PersonalData, chunk: Sequence[ReadConversation]) -> Findings:
        conversation.delete()
        return enrich_chunk(self, chunk)

    monkeypatch.setattr(PersonalData, "enrich", meanwhile)
    enrich(project, "pii")
    assert Tag.objects.count() == 2


def test_running_again_forgets_what_was_found(project: Project) -> None:
    make_conversation(project, MAIL)
    enrich(project, "pii")
    job = restart_enrichment(project=project, name="pii")
    assert not Tag.objects.exists()
    assert run_enrichment(job_id=job.pk).result["conversations"] == 1
    assert tag_names() == ["pii:email", "pii:email"]


def test_an_enricher_of_one_project_reads_no_other(project: Project) -> None:
    make_conversation(make_project("other"), MAIL)
    assert enrich(project, "pii").result["conversations"] == 0


def test_the_language_is_filled_in_where_the_source_named_none(project: Project) -> None:
    german = make_conversation(project, [("user", "Wie backe ich ein gutes Brot ohne Hefe?")], language="")
    named = make_conversation(project, [("user", "Wie backe ich ein gutes Brot ohne Hefe?")], language="nl")
    unclear = make_conversation(project, [("user", "ok 👍")], language="")
    enrich(project, "language")
    languages = dict(Conversation.objects.values_list("pk", "language"))
    assert languages == {german.pk: "de", named.pk: "nl", unclear.pk: ""}
    assert Score.objects.get(scorer__name="language").value > 0.7


def test_reading_languages_again_forgets_the_guesses_alone(project: Project) -> None:
    make_conversation(project, [("user", "Wie backe ich ein gutes Brot ohne Hefe?")], language="")
    make_conversation(project, [("user", "Wie backe ich ein gutes Brot ohne Hefe?")], language="nl")
    enrich(project, "language")
    restart_enrichment(project=project, name="language")
    assert sorted(Conversation.objects.values_list("language", flat=True)) == ["", "nl"]


def test_tokens_are_counted_by_a_named_tokenizer(project: Project) -> None:
    make_conversation(project, [("user", "one two three"), ("assistant", "four")])
    enrich(project, "tokens")
    scores = dict(Score.objects.values_list("scorer__name", "value"))
    assert scores == {"tokens": 4.0, "tokens: longest message": 3.0}
    assert Enrichment.objects.get().version.startswith("1+minilm@")


def test_a_tokenizer_that_is_none_fails_in_a_sentence(project: Project, admin: User) -> None:
    make_conversation(project, MAIL)
    options = {"tokenizer": "/nonexistent"}
    save_enrichment_settings(project=project, name="tokens", wanted=True, options=options, actor=admin)
    job = run_enrichment(job_id=open_enrichment(project=project, name="tokens").pk)
    assert "is no tokenizer that can be read" in job.error_sentence


def test_arguments_of_tools_and_names_of_files_are_screened_too(project: Project) -> None:
    conversation = make_conversation(
        project, [("user", "Mail them."), ("assistant", "Done, ann@example.org.")]
    )
    call = {"type": "tool_call", "call_id": "1", "name": "mail", "arguments": {"to": ["bob@example.org"]}}
    file = {"type": "attachment", "sha256": "", "media_type": "", "name": "ann@example.org.txt"}
    conversation.messages.filter(position=0).update(rich_parts=[{"type": "text", "text": "Mail them."}, file])
    said = {"type": "text", "text": "Done, ann@example.org."}
    conversation.messages.filter(position=1).update(rich_parts=[said, call])
    enrich(project, "pii")
    first, second = Tag.objects.filter(name="pii:email").order_by("message__position")
    assert first.detail == {"beside": 1}
    assert (len(second.detail["spans"]), second.detail["beside"]) == (1, 1)


def test_equal_words_are_exact_duplicates_across_runs(project: Project) -> None:
    first = make_conversation(project, [("user", "What is  2+2?"), ("assistant", "Four.")])
    make_conversation(project, [("user", "what is 2 + 2"), ("assistant", "FOUR")])
    enrich(project, "exact_duplicates")
    late = make_conversation(project, [("user", "What is 2+2 ?!"), ("assistant", "four")])
    make_conversation(project, [("user", "What is 2+3?"), ("assistant", "Five.")])
    enrich(project, "exact_duplicates")
    assert Tag.objects.get(conversation=late).detail == {"first": first.pk}
    assert (Tag.objects.count(), Fingerprint.objects.count()) == (2, 2)


def test_nearly_equal_questions_are_grouped_with_the_first(project: Project) -> None:
    first = make_conversation(project, [("user", LONG), ("assistant", "a")])
    make_conversation(
        project, [("user", "write a poem about the sea and a lighthouse at night"), ("assistant", "b")]
    )
    enrich(project, "near_duplicates")
    near = make_conversation(project, [("user", LONG + " please"), ("assistant", "c")])
    enrich(project, "near_duplicates")
    tag = Tag.objects.get()
    assert (tag.conversation_id, tag.detail["first"]) == (near.pk, first.pk)
    assert Score.objects.get(scorer__name="near_duplicates: similarity").value >= 0.8


@pytest.mark.parametrize("name", ["exact_duplicates", "near_duplicates"])
def test_the_next_of_a_group_takes_the_place_of_a_first_that_is_gone(
    project: Project, admin: User, name: str
) -> None:
    first, second, third = (make_conversation(project, [("user", LONG)]) for _ in range(3))
    enrich(project, name)
    withdraw_conversation(conversation=first, actor=admin)
    assert open_waiting_enrichments()
    enrich(project, name)
    assert list(Tag.objects.values_list("conversation", "detail__first")) == [(third.pk, second.pk)]
    assert list(Fingerprint.objects.values_list("conversation", flat=True)) == [second.pk]
    assert not Enrichment.objects.filter(regroup_asked_at__isnull=False).exists()


def test_duplicates_of_another_project_do_not_count(project: Project) -> None:
    other = make_project("other")
    for each in (project, other):
        make_conversation(each, [("user", LONG)])
        enrich(each, "near_duplicates")
        enrich(each, "exact_duplicates")
    assert not Tag.objects.exists()


def test_embeddings_are_of_user_messages_and_written_once(project: Project, embedder: None) -> None:
    conversation = make_conversation(project, [("user", "Hello there"), ("assistant", "Hi"), ("user", " ")])
    enrich(project, "embeddings")
    enrich(project, "embeddings")
    vector = MessageEmbedding.objects.get()
    assert (vector.conversation_id, vector.message.position, len(vector.vector)) == (conversation.pk, 0, 384)


def test_an_absent_embedder_fails_the_job_in_a_sentence(project: Project, settings: LazySettings) -> None:
    settings.HARKEN_EMBEDDER_SOCKET = "/nonexistent/e.sock"
    job = run_enrichment(job_id=open_enrichment(project=project, name="embeddings").pk)
    assert "Start it with" in job.error_sentence


def test_the_same_question_in_the_same_words_is_found_by_its_vector(project: Project, embedder: None) -> None:
    first = make_conversation(project, [("user", LONG), ("assistant", "a")])
    same = make_conversation(project, [("user", LONG.upper()), ("assistant", "b")])
    make_conversation(project, [("user", "something else altogether"), ("assistant", "c")])
    assert enrich(project, "same_meaning").result["conversations"] == 0
    enrich(project, "embeddings")
    enrich(project, "same_meaning")
    assert Tag.objects.get().conversation_id == same.pk
    assert Tag.objects.get().detail["first"] == first.pk


def test_an_import_opens_a_job_for_every_wanted_enricher(project: Project) -> None:
    make_conversation(project, MAIL)
    jobs = open_wanted_enrichments(project=project)
    assert [job.arguments["enricher"] for job in jobs] == wanted_enrichers(project)
    assert open_wanted_enrichments(project=project) == jobs


def test_the_sweep_opens_what_waits_and_leaves_what_was_cancelled(project: Project, researcher: User) -> None:
    make_conversation(project, MAIL)
    for name in wanted_enrichers(project):
        wanted = name in {"pii", "tokens"}
        save_enrichment_settings(project=project, name=name, wanted=wanted, options={}, actor=researcher)
    cancelled = open_enrichment(project=project, name="tokens")
    request_job_cancel(job=cancelled, actor=researcher)
    assert [job.arguments["enricher"] for job in open_waiting_enrichments()] == ["pii"]
    enrich(project, "pii")
    assert open_waiting_enrichments() == []


def test_the_sweep_tries_what_failed_again_after_a_while(project: Project, researcher: User) -> None:
    make_conversation(project, MAIL)
    for name in wanted_enrichers(project):
        save_enrichment_settings(
            project=project, name=name, wanted=name == "pii", options={}, actor=researcher
        )
    job = open_enrichment(project=project, name="pii")
    Job.objects.filter(pk=job.pk).update(state="failed", finished_at=timezone.now())
    assert open_waiting_enrichments() == []
    assert len(open_waiting_enrichments(now=timezone.now() + TRY_AGAIN_AFTER * 2)) == 1


def test_the_state_of_all_enrichers_takes_three_queries(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_conversation(project, MAIL)
    enrich(project, "pii")
    enrich(project, "tokens")
    with django_assert_num_queries(3):
        statuses = {status.plugin.name: status for status in enricher_statuses(project)}
    assert (statuses["pii"].done, statuses["pii"].total, statuses["language"].done) == (1, 1, 0)


def test_a_chunk_takes_a_fixed_number_of_queries(
    project: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        make_conversation(project, MAIL)
    job = open_enrichment(project=project, name="pii")
    with django_assert_max_num_queries(45):
        run_enrichment(job_id=job.pk)


def test_the_command_enriches_and_reports(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    make_conversation(project, MAIL)
    call_command("enrich", project=project.slug, only="pii", json=True)
    assert '"findings": 2' in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("name", sorted(ENRICHERS))
def test_every_enricher_describes_itself(name: str) -> None:
    plugin = load_enricher(name)
    assert (plugin.name, bool(plugin.title and plugin.about and plugin.version)) == (name, True)
    assert not plugin.follows or plugin.follows in ENRICHERS


@pytest.mark.parametrize("name", ["pii", "language", "hidden_unicode", "encoded_text", "tokens"])
def test_enrichers_of_plain_text_take_what_comes(name: str) -> None:
    enricher = load_enricher(name).build(tools=EnricherTools(), settings={})
    empty = ReadConversation(id=1, messages=[])
    assert isinstance(enricher.enrich([empty]), Findings)
    assert enricher.enrich([]).count == 0


def test_a_tag_can_be_about_a_whole_conversation() -> None:
    assert FoundTag(conversation=1).message is None
