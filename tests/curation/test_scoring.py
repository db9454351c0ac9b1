import pytest

from curation.domain.errors import HarkenError, JobCancelledError, RecipeError
from curation.domain.scoring.guards import Guard
from curation.domain.scoring.scopes import ScoringScope
from curation.domain.versions.recipes import parse_recipe
from curation.models import (
    AuditEvent,
    DatasetRow,
    Job,
    LeftOutRow,
    ModelVersion,
    Response,
    ResponseSet,
    ResponseSetEntry,
    SavedView,
    Score,
    Scorer,
)
from curation.queries.scoring.measures import part_scorers, scorers_named
from curation.services.scoring import runs
from curation.services.scoring.runs import open_scoring, run_scoring
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.versions.previews import preview_recipe
from curation.services.work.jobs import request_job_cancel, resume_job
from tests.cast import make_conversation, make_pair, make_project
from tests.curation.measure_cases import POLITE, make_measure, run_measure, written

RECIPE = {
    "sources": ["mined"],
    "splits": {"train": 1.0, "validation": 0.0, "test": 0.0},
    "veto": ["criteria: answers"],
}


def values_of(scorer):
    return dict(Score.objects.filter(scorer=scorer).values_list("response_id", "value"))


def test_a_run_scores_every_answer_and_each_criterion_of_its_own(project):
    pair = make_pair(project, chosen="Yes.", rejected="Sorry, " + "well " * 9)
    scorer = make_measure(project)
    job = run_measure(scorer)
    assert values_of(scorer) == {pair.chosen_id: 1.0, pair.rejected_id: 0.0}
    assert job.result["by_criterion"] == {"short": 1, "polite": 1}
    assert (job.result["responses"], job.result["failing"], job.result["new"]) == (2, 1, 2)
    assert [criterion for criterion, _part in part_scorers(scorer)] == ["short", "polite"]


def test_logged_answers_of_a_view_become_responses_and_are_scored(project):
    conversation = make_conversation(
        project,
        [("user", "Hi"), ("assistant", "Sorry."), ("user", "Why?"), ("assistant", "No.")],
        language="de",
    )
    make_conversation(project, [("user", "Hi"), ("assistant", "Hello.")], language="en")
    view = SavedView.objects.create(project=project, name="german", filters={"language": "de"})
    scorer = make_measure(project)
    job = run_measure(scorer, ScoringScope(kind="view", uuid=str(view.uuid)))
    scored = Response.objects.filter(scores__scorer=scorer)
    assert {response.message.conversation for response in scored} == {conversation}
    assert (job.result["responses"], job.result["by_criterion"]["polite"]) == (2, 1)
    assert sorted(Response.objects.values_list("prompt__last_message__text", flat=True)) == ["Hi", "Why?"]


def test_a_run_over_a_version_takes_both_sides_of_its_rows(project):
    pair = make_pair(project)
    make_pair(project, question="Left out?", chosen="", rejected="x")
    dataset = ensure_dataset(project=project, name="d", recipe={**RECIPE, "veto": []}, actor=None)
    version = freeze_dataset(dataset=dataset)
    scorer = make_measure(project)
    run_measure(scorer, ScoringScope(kind="version", uuid=str(version.uuid)))
    assert set(values_of(scorer)) == {pair.chosen_id, pair.rejected_id}


def test_a_run_over_a_response_set_takes_the_answers_of_its_models(project, model_version):
    pair, other = make_pair(project), make_pair(project, question="Another?")
    made = ResponseSet.objects.create(project=project, name="set")
    ResponseSetEntry.objects.create(
        project=project,
        response_set=made,
        prompt=pair.prompt,
        model_version=model_version,
        number=1,
        state="given",
        response=pair.chosen,
    )
    scorer = make_measure(project)
    run_measure(scorer, ScoringScope(kind="responses", uuid=str(made.uuid)))
    assert set(values_of(scorer)) == {pair.chosen_id}
    assert other.chosen_id not in values_of(scorer)


@pytest.fixture
def model_version(project):
    return ModelVersion.objects.create(project=project, name="model")


def test_what_is_scored_is_not_scored_again(project):
    make_pair(project)
    scorer = make_measure(project)
    run_measure(scorer)
    before = set(Score.objects.values_list("id", flat=True))
    make_pair(project, question="A new one?")
    assert run_measure(scorer).result["new"] == 2
    assert before < set(Score.objects.values_list("id", flat=True))


def test_a_cancelled_run_keeps_what_it_scored_and_goes_on(project, researcher, monkeypatch):
    for number in range(3):
        make_pair(project, question=f"Question {number}?")
    monkeypatch.setattr(runs, "BATCH", 2)
    scorer = make_measure(project)
    job = open_scoring(scorer=scorer, scope=ScoringScope(), actor=researcher)

    def stop(done, total):
        if done == 2:
            request_job_cancel(job=job, actor=researcher)

    run_scoring(job_id=job.pk, listener=stop)
    job.refresh_from_db()
    assert (job.state, len(values_of(scorer))) == ("cancelled", 2)
    resume_job(job=job, actor=researcher)
    run_scoring(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["new"], len(values_of(scorer))) == ("succeeded", 4, 6)
    assert AuditEvent.objects.filter(action="scoring.succeeded").exists()


def test_withdrawn_answers_are_left_out(project):
    pair = make_pair(project)
    conversation = pair.prompt.conversation
    conversation.archived_at = conversation.started_at
    conversation.save()
    assert run_measure(make_measure(project)).result["responses"] == 0


def test_a_check_that_loops_for_ever_skips_and_the_run_ends(project):
    make_pair(project)
    endless = written("endless", "def check(prompt, response):\n    while True:\n        pass\n")
    job = run_measure(make_measure(project, endless))
    assert (job.state, job.result["failing"], job.result["skipped_checks"]) == ("succeeded", 0, 2)


def test_a_run_that_is_on_its_way_is_not_opened_twice(project):
    scorer = make_measure(project)
    assert open_scoring(scorer=scorer, scope=ScoringScope()) == open_scoring(
        scorer=scorer, scope=ScoringScope()
    )
    assert Job.objects.count() == 1


def test_a_measure_that_asks_a_model_is_not_run_here(project):
    scorer = make_measure(project, {**written("kind", "Is it kind?"), "kind": "judge"})
    with pytest.raises(HarkenError, match="kind asks a model"):
        open_scoring(scorer=scorer, scope=ScoringScope())


def test_a_measure_that_is_no_set_of_checks_is_not_run_here(project):
    scorer = Scorer.objects.create(project=project, name="d", version="1", kind="detector")
    with pytest.raises(HarkenError, match="not made of checks"):
        open_scoring(scorer=scorer, scope=ScoringScope())


def test_a_scope_of_another_project_is_gone(project):
    view = SavedView.objects.create(project=make_project("elsewhere"), name="v", filters={})
    with pytest.raises(HarkenError, match="is gone"):
        open_scoring(scorer=make_measure(project), scope=ScoringScope(kind="view", uuid=str(view.uuid)))


def test_a_name_means_the_newest_version_and_a_version_itself(project):
    first, second = make_measure(project, version="v1"), make_measure(project, version="v2")
    odd = make_measure(project, name="a@b")
    wanted = [Guard(name=first.name), Guard(name=first.name, version="v1"), Guard(name="a", version="b")]
    assert list(scorers_named(project, wanted).values()) == [second, first, odd]
    with pytest.raises(RecipeError, match="does not have"):
        scorers_named(project, [Guard(name="nobody")])


def frozen(project, **recipe):
    dataset = ensure_dataset(project=project, name="d", recipe={**RECIPE, **recipe}, actor=None)
    return freeze_dataset(dataset=dataset)


def test_what_fails_a_veto_may_never_be_chosen_and_the_version_says_which(project):
    good = make_pair(project, question="One?", chosen="Yes.", rejected="No, " + "well " * 9)
    bad = make_pair(project, question="Two?", chosen="Sorry, I cannot.", rejected="Fine.")
    scorer = make_measure(project)
    run_measure(scorer)
    version = frozen(project)
    assert list(DatasetRow.objects.filter(version=version).values_list("chosen", flat=True)) == [
        good.chosen_id
    ]
    left_out = LeftOutRow.objects.get(version=version)
    assert (left_out.chosen_id, left_out.step, left_out.reason) == (
        bad.chosen_id,
        "veto",
        "veto_criteria: answers",
    )
    measure = version.manifest["measures"][0]
    assert (measure["name"], measure["version"], measure["use"]) == (scorer.name, "v1", "veto")


def test_vetoes_work_in_their_order_and_with_a_threshold(project):
    make_pair(project, question="One?", chosen="Sorry.", rejected="No, " + "well " * 9)
    make_pair(project, question="Two?", chosen="Fine.", rejected="x")
    run_measure(make_measure(project, name="all"))
    run_measure(make_measure(project, written("polite", POLITE), name="polite"))
    strict = frozen(project, veto=["polite", "all"])
    assert LeftOutRow.objects.get(version=strict).reason == "veto_polite"
    assert frozen(project, veto=["all >= 0.5"]).row_count == 2


def test_an_answer_that_nobody_scored_may_not_be_chosen_and_the_preview_says_how_many(project):
    make_pair(project, question="One?", chosen="Yes.", rejected="No, no.")
    scorer = make_measure(project)
    run_measure(scorer)
    make_pair(project, question="Two?", chosen="Yes!", rejected="No, no!")
    preview = preview_recipe(project=project, recipe=parse_recipe(RECIPE))
    assert preview.result["rows"] == 1
    (missing,) = preview.result["missing"]
    assert (missing["uuid"], missing["count"], missing["is_runnable"]) == (str(scorer.uuid), 1, True)
    run_measure(scorer, ScoringScope(kind="recipe", recipe=RECIPE))
    assert preview_recipe(project=project, recipe=parse_recipe(RECIPE)).result["missing"] == []


def test_an_older_versions_score_does_not_stand_in_for_the_newest(project):
    make_pair(project)
    run_measure(make_measure(project, version="v1"))
    make_measure(project, version="v2")
    assert (
        preview_recipe(project=project, recipe=parse_recipe(RECIPE)).result["missing"][0]["version"] == "v2"
    )


def test_a_measure_gives_rows_their_weight_and_what_weighs_nothing_is_left_out(project):
    make_pair(project, question="One?", chosen="Yes.", rejected="No, no.")
    make_pair(project, question="Two?", chosen="Sorry.", rejected="No, no!")
    make_pair(project, question="Three?", chosen="Sorry, " + "well " * 9, rejected="No.")
    run_measure(make_measure(project))
    version = frozen(project, veto=[], weight_by="criteria: answers")
    weights = sorted(row.values["weight"] for row in DatasetRow.objects.filter(version=version))
    assert weights == [0.5, 1.0]
    assert LeftOutRow.objects.get(version=version).reason == "weighs_nothing"


def test_other_weights_make_another_hash(project):
    make_pair(project)
    run_measure(make_measure(project))
    plain = frozen(project, veto=[])
    assert frozen(project, veto=[], weight_by="criteria: answers").content_hash != plain.content_hash


def test_a_recipe_that_names_no_measure_of_the_project_is_refused_at_the_freeze(project):
    make_pair(project)
    with pytest.raises(RecipeError, match="does not have"):
        frozen(project, veto=["nobody"])


def test_the_best_of_n_answers_become_pairs_by_a_measure(project, model_version):
    pair = make_pair(project, chosen="Yes.", rejected="Sorry, " + "well " * 9)
    pair.archived_at = pair.created_at
    pair.save()
    make_set_of(project, model_version, [pair.chosen, pair.rejected])
    recipe = {
        **RECIPE,
        "veto": [],
        "sources": ["ratings"],
        "scorers": ["criteria: answers"],
        "list_pairs": "best_worst",
    }
    scorer = make_measure(project)
    before = preview_recipe(project=project, recipe=parse_recipe(recipe))
    assert [each["count"] for each in before.result["missing"]] == [2]
    run_measure(scorer)
    version = frozen(project, **recipe)
    row = DatasetRow.objects.get(version=version)
    assert (row.chosen_id, row.rejected_id, row.source) == (
        pair.chosen_id,
        pair.rejected_id,
        "rating: criteria: answers",
    )


def make_set_of(project, model_version, answers):
    made = ResponseSet.objects.create(project=project, name="best of n", answers_per_prompt=len(answers))
    for number, answer in enumerate(answers, start=1):
        ResponseSetEntry.objects.create(
            project=project,
            response_set=made,
            prompt=answer.prompt,
            model_version=model_version,
            number=number,
            state="given",
            response=answer,
        )
    return made


def test_a_run_that_breaks_off_leaves_whole_batches(project, monkeypatch):
    make_pair(project)
    scorer = make_measure(project)

    def broken(**_unused):
        raise JobCancelledError("stop")

    monkeypatch.setattr(runs, "publish_verdicts", broken)
    assert run_measure(scorer).state == "cancelled"
    assert not Score.objects.exists()
