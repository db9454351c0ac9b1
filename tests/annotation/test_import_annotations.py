"""Annotations that were made elsewhere: Argilla, Label Studio, and another installation."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from uuid6 import uuid7

from annotation.models import Annotation, Queue, Task
from annotation.queries.queue_figures.queue_judgements import queue_judgements
from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.queries.queues.blindness import blindness_of
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.exchange.importing import import_annotations
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.models import Comparison, Conversation, Membership, Message, PreferencePair, Response, User
from curation.queries.access.people import members_of
from curation.queries.corpus.preferences import source_comparisons
from tests.cast import make_member, make_pair, make_project
from tests.curation.platform_files import argilla_record, studio_result, studio_task

HOSTILE = "<script>alert('x')</script>\u202e' OR 1=1 -- {{ 7*7 }} \U0001f9e8"
THREE = {"prompt": "Name a colour.", "response_1": "Blue.", "response_2": "Seven.", "response_3": "Green."}


def given(value, person="u1", status="submitted"):
    return {"value": value, "user_id": person, "status": status}


def bring(project, tmp_path, content, *, name="colours.json", queue=""):
    path = tmp_path / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return import_annotations(project=project, path=path, queue_name=queue)


def left(report):
    counts: Counter[str] = Counter()
    for each in report["left_out"]:
        counts[each["what"]] += each["count"]
    return counts


def question(name, kind, options=()):
    return {"name": name, "settings": {"type": kind, "options": [{"value": each} for each in options]}}


def ranked(*names):
    return [{"value": name, "rank": place} for place, name in enumerate(names, start=1)]


def test_a_dataset_becomes_conversations_a_queue_annotators_and_annotations(project, tmp_path):
    dataset = {
        "name": "colours",
        "settings": {
            "guidelines": "Rate what helps.",
            "questions": [question("clarity", "rating", range(1, 6))],
        },
        "records": [
            argilla_record(
                id=number,
                fields={"prompt": f"Colour {number}?", "response": "Blue."},
                responses={"clarity": [given(5), given(2, "u2")]},
            )
            for number in range(2)
        ],
    }
    report = bring(project, tmp_path, dataset)
    assert (report["conversations"], report["tasks"], report["annotations"], report["annotators"]) == (
        2,
        2,
        4,
        2,
    )
    queue = Queue.objects.get(project=project)
    assert (queue.name, queue.protocol, queue.guideline.body) == ("colours", "attributes", "Rate what helps.")
    assert queue.settings["scales"] == [{"name": "clarity", "low": 1, "high": 5, "anchors": []}]
    assert set(queue.tasks.values_list("wanted", "open_slots")) == {(2, 0)}
    assert set(queue_judgements(queue).ratings) == {"clarity"}


def test_a_second_import_adds_nothing(project, tmp_path):
    record = argilla_record(
        fields=THREE,
        responses={
            "best": [given(ranked("response_1", "response_3", "response_2"))],
            "clarity_response_1": [given(4)],
            "comment_response_2": [given("That is no colour, it is a number.")],
        },
    )
    first = bring(project, tmp_path, [record])
    tables = (Conversation, Message, Response, Comparison, Queue, Task, Annotation, Membership, User)
    before = [model.objects.count() for model in tables]
    assert [each["protocol"] for each in first["queues"]] == ["attributes", "ranking", "critique"]
    second = bring(project, tmp_path, [record])
    assert [model.objects.count() for model in tables] == before
    assert (second["tasks"], second["annotations"], second["annotators"], second["conversations"]) == (
        0,
        0,
        0,
        0,
    )
    assert second["known"] == first["annotations"] == 3


def test_a_choice_between_two_is_published_once_as_the_desk_publishes_it(project, tmp_path):
    record = argilla_record(responses={"better": [given("response_2"), given("tie", "u2")]})
    report = bring(project, tmp_path, [record])
    assert [each["protocol"] for each in report["queues"]] == ["pairwise"]
    rows = Comparison.objects.order_by("id")
    assert [row.source for row in rows] == [Comparison.Source.PERSON] * 2
    assert {row.outcome for row in rows} == {"b", "tie"}
    assert rows[0].response_a.message.text == "Blue."
    assert {row.order_shown for row in rows} == {""}
    assert source_comparisons(project).count() == 2
    assert {row.source_uuid for row in rows} == set(Annotation.objects.values_list("uuid", flat=True))
    assert blindness_of(Queue.objects.get()) is not None


def test_verdicts_that_came_with_the_conversations_are_not_counted_twice(project, tmp_path):
    record = argilla_record(responses={"better": [given("response_2"), given("tie", "u2")]})
    path = tmp_path / "colours.json"
    path.write_text(json.dumps([record]))
    call_command("import_conversations", path, project=project.slug, format="argilla", stdout=StringIO())
    assert source_comparisons(project).count() == 2
    import_annotations(project=project, path=path)
    assert {row.source for row in source_comparisons(project)} == {Comparison.Source.PERSON}
    assert source_comparisons(project).count() == 2
    assert Conversation.objects.count() == 1


def test_the_command_says_what_came_in_and_what_did_not(project, tmp_path):
    record = argilla_record(responses={"better": [given("response_2"), given("tie", "u2", "draft")]})
    path = tmp_path / "colours.json"
    path.write_text(json.dumps([record]))
    said = StringIO()
    call_command("import_annotations", path, project=project.slug, stdout=said)
    assert "colours (pairwise): 1 annotations, 1 tasks added; 0 annotations were known." in said.getvalue()
    assert "left out 1 drafts: A draft was never submitted." in said.getvalue()
    call_command("import_annotations", path, project=project.slug, json=True, stdout=(again := StringIO()))
    report = json.loads(again.getvalue().splitlines()[-1])
    assert (report["annotations"], report["known"]) == (0, 1)


def test_a_ranking_with_a_missing_answer_is_left_out_and_the_rest_goes_on(project, tmp_path):
    whole = ranked("response_2", "response_1", "response_3")
    record = argilla_record(
        fields=THREE,
        responses={"best": [given(ranked("response_1", "response_2")), given(whole, "u2")]},
    )
    report = bring(project, tmp_path, [record])
    assert (report["annotations"], left(report)) == (1, {"incomplete_rankings": 1})
    assert (
        Annotation.objects.get().answer["places"][str(Response.objects.get(source_id="response_2").uuid)] == 1
    )
    assert Comparison.objects.count() == 3


def test_what_was_not_submitted_is_named_with_its_count_and_stays_open(project, tmp_path):
    judged = argilla_record(
        responses={
            "better": [
                given("response_1"),
                given("response_2", "u2", "draft"),
                given(None, "u3", "discarded"),
            ],
            "topic": [given("colours")],
            "why": [given([{"start": 0, "end": 4, "label": "x"}])],
        },
        suggestions={"better": {"value": "response_1", "agent": "gpt"}},
    )
    open_one = argilla_record(id="r2", fields={"prompt": "And?", "response_1": "A.", "response_2": "B."})
    report = bring(project, tmp_path, [judged, open_one])
    assert left(report) == {"drafts": 1, "discarded": 1, "labels": 1, "spans": 1, "suggestions": 1}
    assert all(each["why"].endswith(".") for each in report["left_out"])
    assert sorted(Task.objects.values_list("wanted", "open_slots")) == [(1, 0), (1, 1)]
    judge = Comparison.objects.filter(source=Comparison.Source.JUDGE)
    assert judge.count() == 1


def test_a_folder_with_settings_says_what_its_questions_ask(project, tmp_path):
    folder = tmp_path / "answers"
    (folder / ".argilla").mkdir(parents=True)
    settings = {"guidelines": "Seven steps.", "questions": [question("overall", "rating", range(1, 8))]}
    (folder / ".argilla" / "settings.json").write_text(json.dumps(settings))
    record = argilla_record(
        fields={"prompt": "Why?", "response": "So."}, responses={"overall": [given(3), given(9, "u2")]}
    )
    (folder / "records.json").write_text(json.dumps([record]))
    report = import_annotations(project=project, path=folder)
    queue = Queue.objects.get()
    assert (queue.name, queue.protocol, queue.guideline.body) == ("answers", "rating", "Seven steps.")
    assert Annotation.objects.get().answer == {"rating": 3}
    assert left(report) == {"off_the_scale": 1}


def test_a_rewritten_answer_becomes_a_proposal_beside_the_one_it_corrects(project, tmp_path):
    record = argilla_record(
        fields={"prompt": "Name a colour.", "response": "Seven."},
        responses={"corrected": [given("Blue is a colour."), given("Seven.", "u2")]},
    )
    report = bring(project, tmp_path, [record])
    assert (report["annotations"], left(report)) == (1, {"unchanged": 1})
    pair = PreferencePair.objects.get()
    assert (pair.chosen.body_text, pair.rejected.message.text) == ("Blue is a colour.", "Seven.")
    assert Annotation.objects.get().answer == {"spans": [], "correction": "Blue is a colour."}
    assert queue_judgements(Queue.objects.get()).ratings == {}


def test_a_chat_that_ends_with_its_answer_is_judged_as_such(project, tmp_path):
    chat = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
    record = argilla_record(fields={"chat": chat}, responses={"quality": [given(2)]})
    bring(project, tmp_path, [record])
    assert Task.objects.get().asked.get().response.message.text == "Hello."


def test_a_project_of_label_studio_brings_its_instruction_times_and_people(project, tmp_path):
    task = studio_task(
        studio_result("pairwise", {"selected": "right"}),
        studio_result("rating", {"rating": 4}, to="answer1", name="stars"),
        studio_result("textarea", {"text": ["Right,", "but short."]}, to="answer1", name="comment"),
        studio_result("labels", {"labels": ["x"]}, to="answer1"),
        studio_result("brush", {}, to="answer1", name="paint"),
        drafts=[{}],
        predictions=[{"result": [], "model_version": "m"}],
    )
    task["annotations"][0] |= {"created_at": "2025-03-09T22:16:08Z", "lead_time": 4.2}
    task["annotations"].append({"id": 2, "completed_by": {"id": 4, "email": "x@y.z"}, "was_cancelled": True})
    export = {"project": {"title": "Colours", "expert_instruction": "Look twice."}, "tasks": [task]}
    report = bring(project, tmp_path, export)
    assert [(each["name"], each["annotations"]) for each in report["queues"]] == [
        ("Colours: attributes", 1),
        ("Colours: pairwise", 1),
        ("Colours: critique", 1),
    ]
    kinds = {"drafts": 1, "suggestions": 1, "discarded": 1, "spans": 1, "unknown_questions": 1}
    assert left(report) == kinds
    row = Annotation.objects.select_related("task__queue__guideline").get(task__queue__protocol="pairwise")
    assert (row.created_at.isoformat(), row.wall_ms) == ("2025-03-09T22:16:08+00:00", 4200)
    assert row.task.queue.guideline.body == "Look twice."
    assert Comparison.objects.get().outcome == "b"
    assert Annotation.objects.get(task__queue__protocol="critique").answer["fix"] == "Right,\nbut short."


def test_a_list_that_was_ranked_is_a_ranking_and_buckets_are_not(project, tmp_path):
    entries = [{"id": key, "body": f"Answer {key}."} for key in ("x", "y", "z")]
    shown = {"prompt": "Which?", "items": entries}
    order = studio_result("ranker", {"ranker": {"rank": ["z", "x", "y"], "_": []}}, to="items", name="rank")
    buckets = studio_result("ranker", {"ranker": {"good": ["z"], "bad": ["x", "y"]}}, to="items", name="rank")
    tasks = [
        studio_task(order, data=shown),
        studio_task(buckets, id=8, data={**shown, "prompt": "And which?"}),
    ]
    report = bring(project, tmp_path, tasks)
    assert (report["annotations"], left(report)) == (1, {"strange_rankings": 1})
    places = Annotation.objects.get().answer["places"]
    texts = {str(row.uuid): row.body_text or row.message.text for row in Response.objects.all()}
    assert {texts[name]: place for name, place in places.items()} == {
        "Answer z.": 1,
        "Answer x.": 2,
        "Answer y.": 3,
    }


def test_the_same_person_is_the_same_annotator_in_a_second_file_and_named_nowhere(project, tmp_path):
    person = "ada@example.org"
    first = argilla_record(responses={"better": [given("response_1", person)]})
    other = argilla_record(
        id="r9",
        fields={"prompt": "Again?", "response_1": "A.", "response_2": "B."},
        responses={"better": [given("response_2", person)]},
    )
    bring(project, tmp_path, [first])
    report = bring(project, tmp_path, [other], name="more.json")
    assert (report["annotators"], report["annotations"], Membership.objects.count()) == (0, 1, 1)
    member = Membership.objects.get()
    assert member.pseudonym.startswith("imported-")
    assert (member.user.is_active, member.user.has_usable_password()) == (False, False)
    assert member not in members_of(project)
    said = json.dumps(
        [dict(member.user.__dict__), member.pseudonym, list(annotation_lines(Queue.objects.first()))],
        default=str,
    )
    assert "ada" not in said


def test_a_person_who_says_something_else_later_has_a_new_revision(project, tmp_path):
    bring(project, tmp_path, [argilla_record(responses={"better": [given("response_1")]})])
    bring(project, tmp_path, [argilla_record(responses={"better": [given("response_2")]})])
    assert list(Annotation.objects.order_by("id").values_list("revision", flat=True)) == [1, 2]
    standing = Comparison.objects.filter(retracted_at__isnull=True)
    assert [row.outcome for row in standing] == ["b"]
    assert Task.objects.values_list("wanted", "open_slots").get() == (1, 0)


def test_hostile_text_comes_in_as_text(project, tmp_path):
    record = argilla_record(
        id=HOSTILE,
        fields={"prompt": HOSTILE, "response_1": HOSTILE, "response_2": HOSTILE + "\0"},
        responses={
            f"rating {HOSTILE} response_1": [given(1, HOSTILE)],
            "comment response_1": [given(HOSTILE, HOSTILE)],
            "better": [given(HOSTILE, HOSTILE), given("response_1", HOSTILE)],
            "number": [given(True), given({"deep": [1]}), given(10**30)],
        },
    )
    report = bring(
        project, tmp_path, [record, {"fields": {}, "responses": {}}, "text", 7], queue=HOSTILE[:60]
    )
    assert (report["annotations"], left(report)) == (
        3,
        {"unreadable_records": 3, "unknown_questions": 2, "which_answer": 2},
    )
    assert Annotation.objects.get(task__queue__protocol="critique").answer["fix"] == HOSTILE


def test_an_odd_record_is_left_out_and_the_rest_goes_on(project, tmp_path):
    good = argilla_record(responses={"better": [given("response_1")]})
    report = bring(project, tmp_path, [argilla_record(fields={"prompt": " "}), good])
    assert (report["annotations"], left(report)) == (1, {"unreadable_records": 1})


@pytest.mark.parametrize("content", ['[{"a": 1}]', "", "[]", '{"format": "harken_annotations/1"}', "nothing"])
def test_a_file_of_no_known_format_is_refused_in_a_sentence(project, tmp_path, content):
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(CommandError) as error:
        call_command("import_annotations", path, project=project.slug)
    assert error.value.returncode == 2
    assert str(error.value).endswith(".")


def test_a_queue_that_asks_people_here_takes_nothing_of_a_file(project, tmp_path):
    make_pair(project)
    create_pair_queue(project=project, name="ours")
    record = argilla_record(responses={"better": [given("response_1")]})
    path = tmp_path / "file.json"
    path.write_text(json.dumps([record]))
    with pytest.raises(CommandError) as error:
        call_command("import_annotations", path, project=project.slug, queue="ours")
    assert "--queue" in str(error.value)


def judged_here(project, tmp_path):
    """Import two records into a project, and judge one of them at the desk of a queue over it."""
    records = [argilla_record(responses={"better": [given("response_2"), given("tie", "u2")]})]
    bring(project, tmp_path, records)
    return Queue.objects.get(project=project)


def exported(queue, tmp_path):
    path = tmp_path / "ours.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in annotation_lines(queue)))
    return path


def test_our_own_file_adds_nothing_where_it_was_written(project, tmp_path):
    make_pair(project)
    queue = create_pair_queue(project=project, name="mined")
    person = Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)
    lease = lease_next_task(queue=queue, membership=person)
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    report = import_annotations(project=project, path=exported(queue, tmp_path), queue_name="again")
    assert (report["annotations"], report["known"], report["queues"]) == (0, 1, [])


def test_our_own_file_comes_into_another_project_with_the_same_conversations(project, tmp_path):
    path = exported(judged_here(project, tmp_path), tmp_path)
    other = make_project("other")
    empty = import_annotations(project=other, path=path)
    assert (empty["annotations"], left(empty)) == (0, {"answers_not_here": 2})
    bring(other, tmp_path, [argilla_record(responses={"why": [given("A word that makes a critique.")]})])
    report = import_annotations(project=other, path=path, queue_name="theirs")
    assert (report["annotations"], report["annotators"], report["left_out"]) == (2, 2, [])
    verdicts = Comparison.objects.for_project(other).filter(source_name="theirs")
    assert {row.outcome for row in verdicts} == {"b", "tie"}
    again = import_annotations(project=other, path=path, queue_name="theirs")
    assert (again["annotations"], again["known"], again["annotators"]) == (0, 2, 0)


def test_a_forged_answer_in_our_own_format_is_left_out(project, tmp_path):
    head, *lines = annotation_lines(judged_here(project, tmp_path))
    for number, answer in enumerate(({"choice": "zzz"}, {"sides": 3}, {"choice": "a", "strength": "much"})):
        lines.append({**lines[0], "annotation": f"x{number}", "task": f"t{number}", "answer": answer})
    path = tmp_path / "forged.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in [head, *lines]))
    report = import_annotations(project=project, path=path, queue_name="forged")
    assert left(report) == {"unreadable_records": 3}
    assert not Queue.objects.filter(name="forged").exists()


def test_an_imported_queue_has_its_page_and_goes_on_at_the_desk(project, tmp_path, researcher, client_of):
    records = [
        argilla_record(responses={"better": [given("response_2")]}),
        argilla_record(id="r2", fields={"prompt": "And?", "response_1": "A.", "response_2": "B."}),
    ]
    bring(project, tmp_path, records)
    queue = Queue.objects.get()
    page = client_of(researcher).get(reverse("annotation:queue_detail", args=[project.slug, queue.uuid]))
    assert page.status_code == 200
    assert "argilla" in page.content.decode()
    person = Membership.objects.get(user=researcher)
    lease = lease_next_task(queue=queue, membership=person)
    assert lease.task.wanted == 1
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) is None
    assert len(queue_judgements(queue).orders.rows) == 2


def test_every_page_of_imported_queues_opens(project, tmp_path, researcher, client_of):
    responses = {
        "better": [given("response_2"), given("response_1", "u2")],
        "clarity_response_1": [given(4), given(1, "u2")],
        "best": [given(ranked("response_1", "response_2")), given(ranked("response_2", "response_1"), "u2")],
        "comment_response_2": [given(HOSTILE), given("Too short to help.", "u2")],
    }
    bring(project, tmp_path, [argilla_record(responses=responses)])
    assert Queue.objects.count() == 4
    browser = client_of(researcher)
    pages = ("queue_detail", "queue_people", "queue_review", "queue_blindness", "desk_history", "desk")
    for queue in Queue.objects.all():
        for page in pages:
            answer = browser.get(reverse(f"annotation:{page}", args=[project.slug, queue.uuid]))
            assert answer.status_code == 200, (page, queue.protocol)
        task = queue.tasks.get()
        where = reverse("annotation:adjudication", args=[project.slug, queue.uuid, task.uuid])
        answer = browser.get(where)
        assert answer.status_code == 200, queue.protocol
        assert "<script>alert" not in answer.content.decode()
