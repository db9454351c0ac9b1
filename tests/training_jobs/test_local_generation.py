"""Models whose weights lie here answer response sets, in a process of their own."""

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from curation.dispatch import RUN_LOCAL_GENERATION, queue_of
from curation.models import ModelVersion, Response
from curation.queries.writing.generation import newest_prompts
from curation.services.writing.generation import GenerationPlan, open_generation
from language_models.chat.contract import ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.chat.local import LocalChatModel
from language_models.chat.process import local_chat_client
from tests.cast import make_conversation
from tests.training_jobs.trainer_setup import corpus
from training_jobs.dispatch import ANSWER, TRAINING_QUEUE
from training_jobs.services.generation import run_local_generation
from training_jobs.trainer.tiny_model import build_tiny_model

SHORT = SamplingSettings(max_tokens=12)
QUESTION = ({"role": "user", "content": "What is the capital of France?"},)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus())


def test_the_same_seed_gives_the_same_answer_and_another_one_another(tiny):
    with local_chat_client(tiny) as client:
        answers = [
            client.complete(ChatRequest(messages=QUESTION, settings=SHORT, seed=seed)) for seed in (7, 7, 8)
        ]
    assert answers[0].text == answers[1].text != answers[2].text
    assert 0 < answers[0].completion_tokens <= 12 < answers[0].prompt_tokens + 12


def test_an_adapter_on_the_base_answers_otherwise(tiny, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(tiny)
    adapted = get_peft_model(model, LoraConfig(target_modules="all-linear", init_lora_weights=False))
    adapted.save_pretrained(tmp_path)
    asked = ChatRequest(messages=QUESTION, settings=SHORT, seed=7)
    with local_chat_client(tiny) as base, local_chat_client(tiny, adapter=tmp_path) as tuned:
        assert base.complete(asked).text != tuned.complete(asked).text


def test_what_no_database_holds_is_cleaned(tiny, monkeypatch):
    model = LocalChatModel(tiny)
    said = model._tokenizer("a\x00b", return_tensors="pt")["input_ids"][0]
    monkeypatch.setattr(model, "_generate", lambda _prompt, _request: said)
    assert "\x00" not in model.complete(ChatRequest(messages=QUESTION, settings=SHORT)).text


def test_a_folder_without_a_model_is_said_and_the_process_goes(tmp_path):
    with local_chat_client(tmp_path) as client, pytest.raises(ChatUnavailableError, match="cannot be loaded"):
        client.complete(ChatRequest(messages=QUESTION, settings=SHORT))
    assert client._process.returncode is not None


def test_a_registered_model_answers_a_set(project, tiny):
    make_conversation(project, [("user", "What is the capital of France?")])
    model = ModelVersion.objects.create(project=project, name="tiny", kind="base", path=str(tiny))
    wanted = GenerationPlan(
        name="local", prompts=newest_prompts(project, limit=5), writers=[model], answers=2, settings=SHORT
    )
    response_set = open_generation(project=project, plan=wanted)
    job = run_local_generation(job_id=response_set.job_id)
    assert (job.state, job.result["given"]) == ("succeeded", 2)
    assert set(Response.objects.filter(origin="generated").values_list("model_version", flat=True)) == {
        model.pk
    }


def test_the_training_worker_answers_under_the_name_that_curation_rings_for():
    assert ANSWER == RUN_LOCAL_GENERATION
    assert queue_of(ANSWER) == TRAINING_QUEUE
