"""The command that chooses held-out prompts and has models answer them."""

import json
from contextlib import nullcontext

import pytest
from django.core.management import CommandError, call_command

from curation.models import ResponseSet
from feedback_mining.management.commands import choose_held_out_prompts
from feedback_mining.services import held_out
from feedback_mining.services.mining import open_mining, run_mining
from language_models.embedders import EmbedderUnavailableError
from language_models.embedders.fake import FakeEmbedder
from tests.cast import make_conversation
from tests.curation.test_generation import endpoint
from tests.language_models.chat_server import running_chat_server

NAME = "choose_held_out_prompts"


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


@pytest.fixture
def encoder(monkeypatch):
    """An embedder without a model, where the command would start one."""
    monkeypatch.setattr(choose_held_out_prompts, "running_embedder", lambda _socket: nullcontext())
    monkeypatch.setattr(held_out, "SocketEmbedder", lambda _path: FakeEmbedder())


@pytest.fixture
def mined(project, server, encoder):
    for number in range(5):
        turns = [
            ("user", f"Write a poem about subject {number}."),
            ("assistant", "Rain, rain."),
            ("user", "That's wrong, please write it in French."),
        ]
        make_conversation(project, turns)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    for model in ("good", "steady"):
        endpoint(project, server, model, prompt_price=1, completion_price=1)


def run_command(capsys, *arguments):
    endpoints = ["--endpoint", "local-good", "--endpoint", "local-steady"]
    call_command(NAME, "--project", "shared", *endpoints, "--clusters", "3", "--per-cluster", "1", *arguments)
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_the_chosen_prompts_become_an_evaluation_set(project, mined, capsys):
    report = run_command(capsys, "--name", "first", "--json")
    assert (report["candidates"], report["chosen"], report["clusters"], report["given"]) == (5, 3, 3, 6)
    made = ResponseSet.objects.get(name="first")
    assert made.purpose == ResponseSet.Purpose.EVALUATION
    asked = set(made.entries.values_list("prompt__last_message__text", flat=True))
    assert all(text.startswith("Write a poem about subject") for text in asked)


def test_a_dry_run_chooses_and_prices_and_asks_nobody(project, mined, server, capsys):
    report = run_command(capsys, "--dry-run", "--json")
    assert (report["chosen"], report["answers"], report["left_out"]["trained_on"]) == (3, 6, 0)
    assert float(report["cost"]) > 0
    assert server.asked == []
    assert not ResponseSet.objects.exists()


def test_an_embedder_that_does_not_answer_is_said(project, mined, monkeypatch, capsys):
    class Silent(FakeEmbedder):
        def embed(self, texts):
            raise EmbedderUnavailableError("No embedder answers.")

    monkeypatch.setattr(held_out, "SocketEmbedder", lambda _path: Silent())
    with pytest.raises(CommandError, match="No embedder answers") as error:
        run_command(capsys)
    assert error.value.returncode == 2


def test_a_project_without_wishes_is_told_what_to_do(project, server, encoder, capsys):
    for model in ("good", "steady"):
        endpoint(project, server, model)
    with pytest.raises(CommandError, match="Mine the conversations first"):
        run_command(capsys)
