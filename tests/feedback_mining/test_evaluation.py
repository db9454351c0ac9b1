"""User-guided evaluation: held-out prompts, judged with each user's checklist and without, on one page."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import (
    Dataset,
    DatasetRow,
    DatasetVersion,
    JudgeRun,
    Prompt,
    ResponseSet,
    SourceUser,
)
from curation.services.judging.judging import run_judging
from curation.services.judging.runs import JudgeChoice, open_judge_run
from feedback_mining.models import UserWish
from feedback_mining.queries.evaluation import set_evaluation
from feedback_mining.queries.held_out import checklists_of_prompts, held_out_prompts
from feedback_mining.services.evaluation import judge_plan
from feedback_mining.services.held_out import choose_held_out
from feedback_mining.services.mining import open_mining, run_mining
from language_models.embedders.fake import FakeEmbedder
from tests.cast import make_conversation, make_pair
from tests.curation.judged_sets import judged_run, judging_endpoint, judging_server, make_answered_set

COMPLAINT = [
    ("user", "Write a poem about rain."),
    ("assistant", "Rain, rain."),
    ("user", "That's wrong, please write it in French."),
]
FREE = [
    ("user", "Name the longest river of Africa."),
    ("assistant", "The Rhine."),
    ("user", "That's wrong. Name the source as well!"),
]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def server():
    with judging_server() as chat:
        yield chat


def talk(number, *, wish="Write it in French"):
    """Return a conversation that ends with a complaint."""
    return [
        ("user", f"Write a poem about subject {number}."),
        ("assistant", "Rain, rain."),
        ("user", f"That's wrong. {wish}!"),
    ]


def mined(project, *talks):
    conversations = [make_conversation(project, turns) for turns in talks]
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    return conversations


def wished(prompt, text):
    """Note a wish in the user's own request."""
    return UserWish.objects.create(
        project=prompt.project, message=prompt.last_message, detector="person", text=text
    )


def test_the_prompt_is_the_request_whose_answer_drew_the_complaint(project):
    (conversation,) = mined(project, COMPLAINT)
    (prompt,) = held_out_prompts(project).prompts
    assert prompt.message_id == conversation.messages.get(position=0).pk
    assert any("French" in wish for wish in prompt.wishes)


def test_the_checklist_of_a_prompt_holds_what_its_user_made_plain(project):
    (conversation,) = mined(project, COMPLAINT)
    message = conversation.messages.get(position=0)
    prompt = Prompt.objects.create(project=project, conversation=conversation, last_message=message)
    checklists = checklists_of_prompts(project, [prompt.pk])
    assert any("French" in wish for wish in checklists[prompt.pk])


def test_what_is_trained_on_is_not_held_out_nor_are_its_user_and_its_words(project):
    user = SourceUser.objects.create(project=project, pseudonym="abcdef")
    trained, same_user, *_others = mined(
        project, talk(1), talk(2), talk(1, wish="Shorter"), talk(3, wish="Longer"), FREE, FREE
    )
    for each in (trained, same_user):
        each.source_user = user
        each.save()
    freeze_a_version_with(project, trained)
    found = held_out_prompts(project)
    assert [prompt.text for prompt in found.prompts] == [FREE[0][1]]
    assert found.left_out == {"trained_on": 2, "same_words": 1, "near_duplicate": 2}


def test_a_request_that_differs_by_a_mark_from_a_trained_one_is_not_held_out(project):
    trained, _alike = mined(project, COMPLAINT, [("user", "write a poem about rain!"), *COMPLAINT[1:]])
    freeze_a_version_with(project, trained)
    found = held_out_prompts(project)
    assert (found.prompts, found.left_out["near_duplicate"]) == ([], 1)


def test_another_thread_of_a_trained_tree_is_not_held_out(project):
    opening = [("user", "I collect stamps."), ("assistant", "Which ones?")]
    trained, _thread = mined(project, [*opening, *COMPLAINT], [*opening, *FREE])
    freeze_a_version_with(project, trained)
    found = held_out_prompts(project)
    assert (found.prompts, found.left_out["near_duplicate"]) == ([], 1)


def freeze_a_version_with(project, conversation):
    """Freeze a version whose one row is of this conversation and in the train split."""
    pair = make_pair(project)
    prompt = Prompt.objects.create(
        project=project, conversation=conversation, last_message=conversation.messages.get(position=0)
    )
    version = DatasetVersion.objects.create(
        project=project, dataset=Dataset.objects.create(project=project, name="d"), number=1
    )
    DatasetRow.objects.create(
        project=project,
        version=version,
        position=0,
        prompt=prompt,
        chosen=pair.chosen,
        rejected=pair.rejected,
        split="train",
        decided_by="miner",
        source="test",
        group="g",
        sha256="0" * 64,
    )
    DatasetVersion.objects.filter(pk=version.pk).update(frozen_at=timezone.now(), content_hash="h1:0")


def test_a_withdrawn_conversation_is_no_candidate(project):
    (conversation,) = mined(project, COMPLAINT)
    type(conversation).objects.update(archived_at="2026-01-01T00:00Z")
    with pytest.raises(HarkenError, match="Mine the conversations first"):
        choose_held_out(project=project, embedder=FakeEmbedder())


def test_the_choice_is_spread_over_clusters_and_the_same_each_time(project):
    mined(project, *[talk(n) for n in range(6)])
    chosen = choose_held_out(project=project, clusters=3, per_cluster=1, embedder=FakeEmbedder())
    assert (chosen.candidates, len(chosen.messages), chosen.sizes) == (6, 3, [1, 1, 1])
    again = choose_held_out(project=project, clusters=3, per_cluster=1, embedder=FakeEmbedder())
    assert again.messages == chosen.messages


@pytest.mark.parametrize(("clusters", "each"), [(0, 1), (1, 0), (5000, 1)])
def test_odd_numbers_of_clusters_are_refused(project, clusters, each):
    with pytest.raises(HarkenError, match="Choose 1 to"):
        choose_held_out(project=project, clusters=clusters, per_cluster=each, embedder=FakeEmbedder())


@pytest.fixture
def answered(project):
    """Four prompts, of which the first two have a wish that model two alone fulfils."""
    answers = [
        ("It is 7.", "In French: trois."),
        ("It is 8.", "In French: quatre."),
        ("It is 9.", "It is 1."),
        ("It is 2.", "It is 6."),
    ]
    response_set = make_answered_set(project, answers)
    prompts = Prompt.objects.filter(pk__in=response_set.entries.values("prompt")).order_by("id")
    for prompt in prompts[:2]:
        wished(prompt, "In French")
    return response_set


def judged_both_ways(response_set, endpoint):
    for judge in ("checklist", "pairwise"):
        plan = judge_plan(response_set=response_set, choice=JudgeChoice(judge=judge, endpoint=endpoint))
        judged_run(response_set, endpoint, judge=judge, checklists=plan.checklists)
    return set_evaluation(response_set)


def test_the_checklist_changes_who_wins_and_the_page_says_by_how_much(project, server, answered):
    evaluation = judged_both_ways(answered, judging_endpoint(project, server))
    assert evaluation.guided.rate.rate == 0.25
    assert evaluation.plain.rate.rate == 0.75
    assert (evaluation.shift.difference, evaluation.shift.turned, evaluation.shift.prompts) == (-0.5, 2, 4)


def test_a_chosen_run_is_shown_with_its_newest_counterpart(project, server, answered):
    endpoint, other = judging_endpoint(project, server), judging_endpoint(project, server, "first")
    evaluation = judged_both_ways(answered, endpoint)
    judged_run(answered, other)
    newest = set_evaluation(answered)
    assert (newest.guided, newest.plain.run.endpoint) == (None, other)
    chosen = set_evaluation(answered, chosen=evaluation.guided.run.uuid)
    assert chosen.plain.run == evaluation.plain.run


def page_of(client, response_set, query=""):
    return client.get(f"/p/shared/responses/{response_set.uuid}/judgements/{query}").content.decode()


def test_a_researcher_sees_both_win_rates_and_every_pair(project, researcher, client_of, server, answered):
    judged_both_ways(answered, judging_endpoint(project, server))
    page = page_of(client_of(researcher), answered)
    assert "25 %" in page
    assert "75 %" in page
    assert "−50.0 points" in page
    assert page.count('<article class="card"') == 4
    assert "In French: trois." in page


def test_the_pairs_are_narrowed_to_one_outcome(project, researcher, client_of, server, answered):
    judged_both_ways(answered, judging_endpoint(project, server))
    client = client_of(researcher)
    assert page_of(client, answered, "?outcome=a").count('<article class="card"') == 1
    assert "No pair with this verdict." in page_of(client, answered, "?outcome=inconsistent")
    for query in ("?outcome=won", "?run=x", "?run=00000000-0000-0000-0000-000000000000", "?after=1"):
        address = f"/p/shared/responses/{answered.uuid}/judgements/{query}"
        assert client.get(address).status_code == 404


def test_the_raw_verdicts_are_one_click_away(project, researcher, client_of, server, answered):
    evaluation = judged_both_ways(answered, judging_endpoint(project, server))
    pair = evaluation.guided.run.pairs.order_by("id").first()
    client = client_of(researcher)
    assert f"/p/shared/judged/{pair.uuid}/" in page_of(client, answered)
    page = client.get(f"/p/shared/judged/{pair.uuid}/").content.decode()
    assert page.count("By the rules.") == 4
    assert "You compare two answers" in page
    assert "In French" in page


def test_hostile_words_stay_words(project, researcher, client_of, server):
    response_set = make_answered_set(project, [(f"It is 7. {HOSTILE}", f"{HOSTILE} It is 3.")])
    wished(response_set.entries.first().prompt, HOSTILE)
    evaluation = judged_both_ways(response_set, judging_endpoint(project, server))
    pair, client = evaluation.guided.run.pairs.get(), client_of(researcher)
    for page in (
        page_of(client, response_set),
        client.get(f"/p/shared/judged/{pair.uuid}/").content.decode(),
    ):
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_price_stands_before_anything_is_asked(project, researcher, client_of, server, answered):
    endpoint = judging_endpoint(project, server, prompt_price=1, completion_price=1)
    models = (
        answered.entries.order_by("model_version").values_list("model_version__uuid", flat=True).distinct()
    )
    client, address = client_of(researcher), f"/p/shared/responses/{answered.uuid}/judgements/new/"
    form = {
        "judges": ["checklist", "pairwise"],
        "endpoint": endpoint.name,
        "model_a": str(models[0]),
        "model_b": str(models[1]),
    }
    page = client.post(address, form).content.decode()
    assert page.count("4 pairs, 8 requests") == 2
    assert "That costs at most about 0.0" in page
    assert not JudgeRun.objects.exists()
    assert client.post(address, form | {"ask": "1"}).status_code == 302
    assert sorted(JudgeRun.objects.values_list("judge", flat=True)) == ["checklist", "pairwise"]
    assert server.asked == []


def test_a_model_is_not_compared_with_itself(project, researcher, client_of, server, answered):
    endpoint = judging_endpoint(project, server)
    model = str(answered.entries.first().model_version.uuid)
    form = {"judges": ["pairwise"], "endpoint": endpoint.name, "model_a": model, "model_b": model}
    page = client_of(researcher).post(f"/p/shared/responses/{answered.uuid}/judgements/new/", form)
    assert "another model than A" in page.content.decode()


def test_a_page_of_pairs_takes_the_same_queries_however_many_there_are(
    project, researcher, client_of, server, django_assert_max_num_queries
):
    response_set = make_answered_set(project, [(f"It is {n}.", f"It is {n + 1}.") for n in range(25)])
    judged_both_ways(response_set, judging_endpoint(project, server))
    client = client_of(researcher)
    with django_assert_max_num_queries(26):
        page = page_of(client, response_set)
    assert page.count('<article class="card"') == 20
    following = page.split("?after=")[1].split('"')[0].replace("&amp;", "&")
    assert page_of(client, response_set, f"?after={following}").count('<article class="card"') == 5


def run_command(capsys, name, *arguments):
    call_command(name, *arguments, "--json")
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_the_command_prices_then_judges(project, server, answered, capsys):
    judging_endpoint(project, server, prompt_price=1, completion_price=1)
    asked = ["held out", "--project", "shared", "--endpoint", "judge-good"]
    priced = run_command(capsys, "judge_responses", *asked, "--dry-run")
    assert (priced["pairs"], priced["with_checklist"], priced["requests"]) == (4, 2, 8)
    assert server.asked == []
    report = run_command(capsys, "judge_responses", *asked)
    assert (report["judge"], report["win_rate"], report["pairs"]) == ("checklist", 0.25, 4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"set": "nothing"}, "no response set named nothing. Known: held out"),
        ({"judge": "oracle"}, "No judge is named 'oracle'"),
        ({"endpoint": "nobody"}, "no endpoint named nobody"),
    ],
)
def test_what_the_command_does_not_know_is_said(project, server, answered, changes, said):
    judging_endpoint(project, server)
    named = {"set": "held out", "judge": "pairwise", "endpoint": "judge-good"} | changes
    arguments = [named["set"], "--judge", named["judge"], "--endpoint", named["endpoint"]]
    with pytest.raises(CommandError, match=said) as error:
        call_command("judge_responses", *arguments, "--project", "shared")
    assert error.value.returncode == 2


def test_a_run_is_carried_out_by_its_job(project, server, answered):
    choice = JudgeChoice(judge="checklist", endpoint=judging_endpoint(project, server))
    plan = judge_plan(response_set=answered, choice=choice)
    run = open_judge_run(plan=plan)
    assert run_judging(job_id=run.job_id).result["win_rate"] == 0.25
    assert ResponseSet.objects.count() == 1
