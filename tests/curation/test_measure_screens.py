import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from curation.models import Job, ModelVersion, Response, ResponseSet, ResponseSetEntry, SavedView, Score
from curation.queries.scoring.regressions import compare_models
from curation.services.scoring.runs import run_scoring
from tests.cast import make_conversation, make_pair, make_project
from tests.curation.measure_cases import make_measure, run_measure, written

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def client(client_of, researcher):
    return client_of(researcher)


def address(name, project, *ids, **query):
    return reverse(f"curation:{name}", args=[project.slug, *ids], query=query or None)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def make_comparison_set(project, *, prompts=30, worse=6):
    """A set that two models answered: `new` says sorry to the first few prompts, `old` to none."""
    made = ResponseSet.objects.create(project=project, name="eval", purpose="evaluation")
    old, new = (ModelVersion.objects.create(project=project, name=name) for name in ("old", "new"))
    for number in range(prompts):
        pair = make_pair(project, question=f"Question {number}?", chosen="Yes.", rejected="No.")
        said = "Sorry." if number < worse else "Fine."
        answers = {old: pair.chosen, new: make_answer(pair, said)}
        for model, answer in answers.items():
            ResponseSetEntry.objects.create(
                project=project,
                response_set=made,
                prompt=pair.prompt,
                model_version=model,
                number=1,
                state="given",
                response=answer,
            )
    return made, old, new


def make_answer(pair, said):
    return Response.objects.create(
        project=pair.project,
        prompt=pair.prompt,
        body=[{"type": "text", "text": said}],
        body_text=said,
        origin="generated",
        content_hash=f"h1:{said}",
    )


def test_a_worse_model_is_told_from_a_better_one_by_criterion(project):
    made, old, new = make_comparison_set(project)
    scorer = make_measure(project)
    run_measure(scorer)
    report = compare_models(made, scorer=scorer, before=old, after=new)
    verdicts = {line.criterion: (line.verdict, line.found.difference) for line in report.lines}
    assert verdicts == {"": ("worse", 0.2), "short": ("unproven", 0.0), "polite": ("worse", 0.2)}
    assert report.is_worse
    assert not compare_models(made, scorer=scorer, before=new, after=old).is_worse
    assert not compare_models(made, scorer=scorer, before=old, after=new, tolerated=0.2).is_worse


def test_answers_that_nobody_scored_are_counted_and_say_nothing(project, django_assert_num_queries):
    made, old, new = make_comparison_set(project, prompts=3)
    scorer = make_measure(project)
    with django_assert_num_queries(3):
        report = compare_models(made, scorer=scorer, before=old, after=new)
    assert (report.unscored, report.lines[0].verdict) == (6, "undefined")


def test_the_page_compares_two_models_and_offers_to_score_what_is_missing(project, client):
    made, old, new = make_comparison_set(project, prompts=6, worse=6)
    scorer = make_measure(project)
    asked = {"measure": scorer.uuid, "before": old.uuid, "after": new.uuid}
    page = client.get(address("set_regression", project, made.uuid, **asked))
    assert "12 answers of these models are not scored yet" in text_of(page)
    client.post(address("measure_run", project, scorer.uuid), {"scope": f"responses:{made.uuid}"})
    run_scoring(job_id=Job.objects.get().pk)
    page = client.get(address("set_regression", project, made.uuid, **asked))
    assert "It has become worse" in text_of(page)
    assert "+100.0" in text_of(page)


def test_a_model_is_not_compared_with_itself(project, client):
    made, old, _new = make_comparison_set(project, prompts=1)
    asked = {"measure": make_measure(project).uuid, "before": old.uuid, "after": old.uuid}
    assert "Choose two different models" in text_of(
        client.get(address("set_regression", project, made.uuid, **asked))
    )


def run_command(*arguments):
    output = StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue().splitlines()[-1])


def test_the_commands_score_and_end_as_a_gate(project):
    made, _old, _new = make_comparison_set(project)
    make_measure(project)
    scored = run_command(
        "score_responses", "criteria: answers", "--project", project.slug, "--responses", made.name
    )
    assert (scored["scored"], scored["by_criterion"]) == (60, {"short": 0, "polite": 6})
    asked = ["check_regression", "eval", "--project", project.slug, "--measure", "criteria: answers"]
    report = run_command(*asked, "--before", "old", "--after", "new")
    assert report["is_worse"]
    assert [line["verdict"] for line in report["criteria"]] == ["worse", "unproven", "worse"]
    with pytest.raises(CommandError, match="more often than is tolerated") as refusal:
        run_command(*asked, "--before", "old", "--after", "new", "--gate")
    assert refusal.value.returncode == 1
    run_command(*asked, "--before", "new", "--after", "old", "--gate")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score_responses", "nobody"], "does not have"),
        (["score_responses", "criteria: answers", "--view", "none"], "no saved view"),
        (["score_responses", "criteria: answers", "--responses", "none"], "no response set"),
        (["check_regression", "none", "--measure", "m", "--before", "a", "--after", "b"], "no response set"),
    ],
)
def test_what_is_not_there_is_named_with_status_2(project, arguments, words):
    make_measure(project)
    with pytest.raises(CommandError, match=words) as refusal:
        call_command(*arguments, "--project", project.slug, stdout=StringIO())
    assert refusal.value.returncode == 2


def test_the_list_and_the_page_say_what_a_measure_scored(project, client):
    make_pair(project, chosen="Yes.", rejected="Sorry, " + "well " * 9)
    scorer = make_measure(project)
    run_measure(scorer)
    assert "criteria: answers" in text_of(client.get(address("measure_list", project)))
    page = text_of(client.get(address("measure_detail", project, scorer.uuid)))
    assert "2 answers scored" in page
    assert "fail (50 %)" in page


def test_running_over_a_view_opens_a_job_that_the_page_follows(project, client):
    make_conversation(project, [("user", "Hi"), ("assistant", "Sorry.")])
    view = SavedView.objects.create(project=project, name="every", filters={})
    scorer = make_measure(project)
    client.post(address("measure_run", project, scorer.uuid), {"scope": f"view:{view.uuid}"})
    assert (
        'hx-trigger="every 1s"'
        in client.get(address("measure_detail", project, scorer.uuid)).content.decode()
    )
    run_scoring(job_id=Job.objects.get().pk)
    assert "the saved view every" in text_of(client.get(address("measure_detail", project, scorer.uuid)))
    assert Score.objects.filter(scorer=scorer).count() == 1


@pytest.mark.parametrize("scope", ["", "view:x", "nonsense"])
def test_a_scope_that_is_not_offered_is_refused(project, client, scope):
    scorer = make_measure(project)
    assert client.post(address("measure_run", project, scorer.uuid), {"scope": scope}).status_code == 422
    assert not Job.objects.exists()


def test_a_measure_of_another_project_is_not_there(project, client):
    other = make_measure(make_project("elsewhere"))
    assert client.get(address("measure_detail", project, other.uuid)).status_code == 404


def test_a_measure_that_asks_a_model_offers_no_run(project, client):
    scorer = make_measure(project, {**written("kind", "Is it kind?"), "kind": "judge"})
    page = text_of(client.get(address("measure_detail", project, scorer.uuid)))
    assert "asks a model" in page
    assert "Run the measure" not in page


def test_a_new_dataset_begins_with_the_measure_it_was_asked_for(project, client):
    scorer = make_measure(project)
    for use, words in (("veto", ">\ncriteria: answers</textarea>"), ("weight", 'value="criteria: answers"')):
        page = client.get(address("dataset_create", project, measure=scorer.uuid, use=use)).content.decode()
        assert words in page


def test_the_preview_offers_to_run_what_is_missing_and_running_fills_it(project, client):
    make_pair(project, chosen="Yes.", rejected="No, no.")
    scorer = make_measure(project)
    sent = {"sources": ["mined"], "veto": "criteria: answers", "train": "1", "validation": "0", "test": "0"}
    page = client.post(address("recipe_preview", project), sent)
    assert "1 answer is not scored by criteria: answers" in text_of(page)
    (kept,) = re.findall(r'name="recipe" value="([^"]*)"', page.content.decode())
    recipe = kept.replace("&quot;", '"')
    client.post(address("measure_run", project, scorer.uuid), {"scope": "recipe", "recipe": recipe})
    run_scoring(job_id=Job.objects.get(kind="scoring").pk)
    assert "is not scored" not in text_of(client.post(address("recipe_preview", project), sent))


def test_a_measure_that_is_not_there_is_said_at_the_preview(project, client):
    make_pair(project)
    sent = {"sources": ["mined"], "veto": "nobody", "train": "1", "validation": "0", "test": "0"}
    assert "does not have" in text_of(client.post(address("recipe_preview", project), sent))


def test_what_people_write_cannot_become_markup(project, client):
    make_pair(project, chosen=EVIL)
    scorer = make_measure(project, written(EVIL, "def check(p, r):\n    return True\n"), name=EVIL)
    run_measure(scorer)
    for page in (address("measure_list", project), address("measure_detail", project, scorer.uuid)):
        text = client.get(page).content.decode()
        assert "<script>alert" not in text
        assert "<img" not in text


def test_the_page_of_a_measure_takes_a_fixed_number_of_queries(project, client, django_assert_num_queries):
    scorer = make_measure(project)
    for number in range(2):
        make_pair(project, question=f"Question {number}?")
        with django_assert_num_queries(10):
            client.get(address("measure_detail", project, scorer.uuid))
