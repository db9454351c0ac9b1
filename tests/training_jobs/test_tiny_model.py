"""The tiny model: offline, the same every time, and a tokenizer that loses nothing."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training_jobs.trainer_setup import corpus
from training_jobs.trainer.tiny_model import build_tiny_model

CHAT = [{"role": "user", "content": "Tell me about rivers."}, {"role": "assistant", "content": "Gern."}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus())


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder)


def test_it_is_a_small_llama_with_tied_embeddings(folder: Path, tokenizer: Any) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    shape = model.config
    assert (shape.model_type, shape.num_attention_heads, shape.num_key_value_heads) == ("llama", 4, 2)
    assert (shape.hidden_size, shape.num_hidden_layers, shape.vocab_size) == (128, 2, len(tokenizer))
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight


def test_the_same_arguments_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    again = build_tiny_model(tmp_path, texts=corpus())
    for name in ("model.safetensors", "tokenizer.json", "chat_template.jinja", "config.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_another_seed_gives_other_weights(folder: Path, tmp_path: Path) -> None:
    other = build_tiny_model(tmp_path, texts=corpus(), seed=8)
    assert (other / "model.safetensors").read_bytes() != (folder / "model.safetensors").read_bytes()


@given(text=st.text())
def test_any_text_survives_the_tokenizer(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text


def test_the_rendered_prompt_is_a_prefix_of_the_rendered_conversation(tokenizer: Any) -> None:
    prompt = tokenizer.apply_chat_template(CHAT[:1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(CHAT, tokenize=False)
    assert prompt.endswith("<|im_start|>assistant\n")
    assert whole == prompt + "Gern.<|im_end|>\n"


def test_it_answers_a_prompt_and_can_end_its_turn(folder: Path, tokenizer: Any) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(CHAT[:1], add_generation_prompt=True, return_tensors="pt")
    answer = model.generate(**prompt, max_new_tokens=3, do_sample=False)
    assert answer.shape[1] <= prompt["input_ids"].shape[1] + 3
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id


def test_the_vocabulary_is_an_upper_bound(tmp_path: Path) -> None:
    build_tiny_model(tmp_path, texts=corpus(), vocabulary=300, hidden=16)
    assert len(AutoTokenizer.from_pretrained(tmp_path)) == 300


@pytest.mark.parametrize(
    ("sizes", "sentence"), [({"hidden": 12}, "multiple of 8"), ({"vocabulary": 9}, "259")]
)
def test_impossible_sizes_are_refused(tmp_path: Path, sizes: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_tiny_model(tmp_path, texts=[], **sizes)
