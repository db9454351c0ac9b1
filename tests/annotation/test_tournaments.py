"""Tournaments of a response set: played by people in a queue or by a judge, and resumed from their rows."""

from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.models import FigureReport, Tournament
from annotation.queries.ranking import tournament_standing, tournaments
from annotation.queries.ranking.tournaments import bracket_lines, meeting_prompts, tournament_state
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task
from annotation.services.figures.reports import compute_report
from annotation.services.ranking import tournament_opening
from annotation.services.ranking.tournament_judging import play_tournament
from annotation.services.ranking.tournament_opening import TournamentPlan, draw_tournament, open_tournament
from annotation.services.ranking.tournament_words import judge_words
from annotation.services.ranking.tournaments import lead_on
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Comparison, Membership, ModelVersion, ResponseSetEntry
from curation.services.corpus.responses import ensure_response
from curation.services.writing.stored_replies import erase_replies_about
from tests.cast import make_member
from tests.curation.judged_sets import judging_endpoint, judging_server, make_answered_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(project):
    """A set that three models answered: the longer the better."""
    made = make_answered_set(project, [("It is 1.", "It is 2, surely."), ("No.", "Yes, it is, as you say.")])
    third = ModelVersion.objects.create(project=project, name="three", kind="endpoint")
    for entry in made.entries.filter(model_version__name="two"):
        text = f"{entry.response.text} And here is why that is so."
        response = ensure_response(
            prompt=entry.prompt,
            parts=[{"type": "text", "text": text}],
            origin="generated",
            model_version=third,
        )
        ResponseSetEntry.objects.create(
            project=project,
            response_set=made,
            prompt=entry.prompt,
            model_version=third,
            number=0,
            state="given",
            response=response,
        )
    return made


@pytest.fixture
def person(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


def opened(answered, actor, **more) -> Tournament:
    plan = TournamentPlan(name="Finals", response_set=answered, **more)
    return open_tournament(project=answered.project, plan=plan, actor=actor)


def play(tournament, person, *, choice=None, most=100) -> int:
    """Answer games until none is left: the longer answer is better, or always the same key."""
    for played in range(most):
        lease = lease_next_task(queue=tournament.queue, membership=person)
        if lease is None:
            return played
        texts = {
            str(row.response.uuid): row.response.text
            for row in lease.task.asked.select_related("response__message")
        }
        first, second = (texts[uuid] for uuid in lease.order_shown)
        key = choice or ("a" if len(first) > len(second) else "b")
        submit_judgement(lease=lease, membership=person, payload={"choice": [key]}, idempotency_key=uuid4())
    return most


def test_people_play_every_match_in_both_orders_until_each_prompt_has_its_winner(
    answered, person, researcher
) -> None:
    tournament = opened(answered, researcher)
    assert play(tournament, person) == 8
    state = tournament_state(tournament)
    assert {state.names[model]: won for model, won in state.winners.items()} == {"three": 2}
    shown = {(row.first_id, row.second_id) for row in state.games}
    assert all((second, first) in shown for first, second in shown)


def test_a_game_is_shown_in_its_own_order(answered, person, researcher) -> None:
    tournament = opened(answered, researcher)
    lease = lease_next_task(queue=tournament.queue, membership=person)
    game = lease.task.tournament_game
    assert lease.order_shown == [str(game.first.uuid), str(game.second.uuid)]


def test_who_always_takes_the_first_is_asked_a_third_time_and_then_a_coin_is_not_needed(
    answered, person, researcher
) -> None:
    tournament = opened(answered, researcher)
    play(tournament, person, choice="a")
    state = tournament_state(tournament)
    assert sum(row.is_deciding for row in state.games) == state.matches == 4
    assert state.coins == 0


def test_an_answer_taken_back_takes_back_what_followed_from_it(answered, person, researcher) -> None:
    tournament = opened(answered, researcher)
    play(tournament, person)
    undo_last(queue=tournament.queue, membership=person, idempotency_key=uuid4())
    state = tournament_state(tournament)
    assert (state.judged, sum(state.winners.values())) == (7, 1)
    assert play(tournament, person) == 1


def test_a_judge_plays_to_the_end_and_goes_on_from_its_rows(answered, researcher, client_of) -> None:
    with judging_server() as server:
        endpoint = judging_endpoint(answered.project, server)
        tournament = opened(answered, researcher, judge="pairwise", endpoint=endpoint)
        job = play_tournament(job_id=tournament.job_id)
    state = tournament_state(tournament)
    assert (job.state, sum(state.winners.values()), state.judged) == ("succeeded", 2, 8)
    decided = Comparison.objects.filter(project=answered.project, source="judge")
    agreed = [
        match for bracket in state.brackets.values() for match in bracket.matches if match.is_consistent
    ]
    # What both orders call a tie is a verdict too, though only the seed can say who goes on.
    assert decided.exclude(outcome="tie").count() == len(agreed)
    address = reverse("annotation:tournament_detail", args=[answered.project.slug, tournament.uuid])
    assert "has not earned that it ranks models" in client_of(researcher).get(address).content.decode()


def test_equal_texts_meet_without_anybody_being_asked(project, person, researcher) -> None:
    tournament = opened(make_answered_set(project, [("The same.", "The same.")]), researcher)
    state = tournament_state(tournament)
    assert (play(tournament, person), state.coins, sum(state.winners.values())) == (0, 1, 1)


def test_a_set_that_one_model_answered_has_no_tournament(project, researcher) -> None:
    answered = make_answered_set(project, [("Alone.", "")])
    with pytest.raises(HarkenError, match="nobody can meet"):
        opened(answered, researcher)


def test_the_pages_show_the_bracket_and_the_ranking(answered, person, researcher, client_of) -> None:
    tournament = opened(answered, researcher)
    play(tournament, person)
    client, slug = client_of(researcher), answered.project.slug
    page = client.get(reverse("annotation:tournament_detail", args=[slug, tournament.uuid])).content.decode()
    assert "8 of 8 to 12 games" in page
    prompt = next(iter(tournament_state(tournament).brackets))
    address = reverse("annotation:tournament_bracket", args=[slug, tournament.uuid, prompt])
    assert "And here is why that is so." in client.get(address).content.decode()


@pytest.mark.parametrize("model", ["good", "plain"])
def test_the_bracket_tells_what_its_judge_said_and_asks_nobody_again(
    answered, researcher, client_of, model
) -> None:
    with judging_server() as server:
        endpoint = judging_endpoint(answered.project, server, model)
        tournament = opened(answered, researcher, judge="pairwise", endpoint=endpoint)
        play_tournament(job_id=tournament.job_id)
        asked = len(server.asked)
        state = tournament_state(tournament)
        for prompt, bracket in state.brackets.items():
            words = judge_words(tournament_state(tournament, prompts=[prompt]), prompt=prompt)
            assert len(words) == len(bracket.matches)
            for said in words.values():
                assert {each.first for each in said} <= {"one", "two", "three"}
                assert ["By the rules." in each.text for each in said] == [True, True]
        assert len(server.asked) == asked
    prompt = next(iter(state.brackets))
    address = reverse("annotation:tournament_bracket", args=[answered.project.slug, tournament.uuid, prompt])
    assert "By the rules." in client_of(researcher).get(address).content.decode()


def test_what_the_ledger_keeps_no_more_is_told_no_more(answered, researcher, client_of) -> None:
    with judging_server() as server:
        endpoint = judging_endpoint(answered.project, server)
        tournament = opened(answered, researcher, judge="pairwise", endpoint=endpoint)
        play_tournament(job_id=tournament.job_id)
    prompt = next(iter(tournament_state(tournament).brackets))
    conversation = answered.entries.get(prompt=prompt, model_version__name="one").prompt.conversation_id
    erase_replies_about(project=answered.project, conversations=[conversation])
    address = reverse("annotation:tournament_bracket", args=[answered.project.slug, tournament.uuid, prompt])
    page = client_of(researcher).get(address).content.decode()
    assert "By the rules." not in page
    assert "Nothing that the judge said of this match is kept." in page


def test_a_large_tournament_is_drawn_up_by_a_worker_and_lists_its_brackets_at_once(
    answered, person, researcher, client_of, monkeypatch
) -> None:
    tournament = opened(answered, researcher)
    play(tournament, person)
    monkeypatch.setattr(tournament_standing, "AT_ONCE", 1)
    client, names = client_of(researcher), [answered.project.slug, tournament.uuid]
    address = reverse("annotation:tournament_detail", args=names)
    page = client.get(address).content.decode()
    assert "a worker computes these figures" in page
    assert ("Question 0: how many?" in page, "8 of 8 to 12 games" in page) == (True, False)
    for _press in range(2):
        client.post(reverse("annotation:tournament_compute", args=names))
    assert compute_report(job_id=FigureReport.objects.get().job_id).state == "succeeded"
    assert "8 of 8 to 12 games" in client.get(address).content.decode()


def test_the_games_of_a_large_set_are_made_by_a_worker_a_few_prompts_at_a_time(
    answered, person, researcher, client_of, monkeypatch
) -> None:
    monkeypatch.setattr(tournament_opening, "AT_ONCE", 5)
    monkeypatch.setattr(tournament_opening, "CHUNK", 1)
    tournament = opened(answered, researcher)
    assert not tournament.queue.tasks.exists()
    address = reverse("annotation:tournament_detail", args=[answered.project.slug, tournament.uuid])
    assert "Drawing the brackets" in client_of(researcher).get(address).content.decode()
    told: list[tuple[int, int | None]] = []
    job = draw_tournament(job_id=tournament.job_id, listener=lambda *how_far: told.append(how_far))
    assert (job.state, told) == ("succeeded", [(0, 2), (1, 2), (2, 2)])
    assert play(tournament, person) == 8


def test_brackets_drawn_up_to_a_stop_are_drawn_on_and_no_game_twice(
    answered, researcher, monkeypatch
) -> None:
    monkeypatch.setattr(tournament_opening, "AT_ONCE", 5)
    monkeypatch.setattr(tournament_opening, "CHUNK", 1)
    tournament = opened(answered, researcher)
    lead_on(tournament, prompts=[meeting_prompts(tournament)[0]])
    assert draw_tournament(job_id=tournament.job_id).result["games"] == 4
    assert tournament.queue.tasks.count() == 4


def test_a_page_of_brackets_reads_no_other_prompts(answered, person, researcher, monkeypatch) -> None:
    tournament = opened(answered, researcher)
    play(tournament, person)
    monkeypatch.setattr(tournaments, "PAGE", 1)
    (first, has_more), (second, is_last) = (bracket_lines(tournament, page=page) for page in (0, 1))
    assert (has_more, is_last) == (True, False)
    assert [(line.question, line.decided, line.matches) for line in (*first, *second)] == [
        ("Question 0: how many?", 2, 2),
        ("Question 1: how many?", 2, 2),
    ]
