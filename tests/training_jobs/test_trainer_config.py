"""`config.json`: every mistake gets one sentence that names the key, what was found and what is allowed."""

import json
from pathlib import Path
from typing import Any

import pytest

from training_jobs.trainer.config import (
    ConfigError,
    LoraSettings,
    complete_settings,
    config_from_mapping,
    read_config,
)
from training_jobs.trainer.objectives import load_objective

LEAST = {"objective": "dpo", "base_model": "/models/tiny", "max_steps": 60}
FULL = {
    **LEAST,
    "schema": 1,
    "revision": "",
    "seed": 7,
    "batch_size": 8,
    "gradient_accumulation": 1,
    "learning_rate": 1e-3,
    "warmup_steps": 5,
    "max_length": 512,
    "objective_settings": {"beta": 0.1, "label_smoothing": 0.0},
    "lora": {"r": 8, "alpha": 16, "dropout": 0.0, "target_modules": ["q_proj", "v_proj"]},
    "checkpoint_every": 10,
    "evaluate_every": 20,
    "heartbeat_seconds": 5,
    "max_attempts_keep": 2,
}


def test_a_full_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(FULL), encoding="utf-8")
    config = read_config(tmp_path / "config.json")
    assert config.lora == LoraSettings(r=8, alpha=16, target_modules=("q_proj", "v_proj"))
    assert config.heartbeat_seconds == 5.0
    assert config.objective_settings["beta"] == 0.1


def test_null_for_lora_trains_all_weights() -> None:
    assert config_from_mapping({**LEAST, "lora": None}).lora is None


def test_left_out_settings_take_the_objectives_defaults() -> None:
    config = config_from_mapping({**LEAST, "objective_settings": {"beta": 0.5}})
    settings = complete_settings(config, spec=load_objective("dpo").SPEC)
    assert settings == {"beta": 0.5, "label_smoothing": 0.0}


def test_the_recorded_base_model_is_the_id_where_there_is_one() -> None:
    assert config_from_mapping(LEAST).recorded_base_model == "/models/tiny"
    assert config_from_mapping({**LEAST, "base_model_id": "tiny-chat"}).recorded_base_model == "tiny-chat"


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"lr": 1}, r"keys this trainer does not know: 'lr'\. Known: .*learning_rate"),
    ({"lora": {"rank": 8}}, r"keys this trainer does not know: 'lora\.rank'"),
    ({"max_steps": 0}, "max_steps must be a whole number from 1 to 2147483647, not 0"),
    ({"max_steps": 10**12}, "max_steps must be a whole number from 1 to 2147483647, not 1000000000000"),
    ({"seed": 2**64}, "seed must be a whole number from 0 to 2147483647"),
    ({"objective_settings": {"beta": 10**400}}, "objective_settings must be an object of numbers"),
    ({"max_steps": 2.5}, "max_steps must be a whole number from 1 to 2147483647, not 2.5"),
    ({"batch_size": True}, "batch_size must be a whole number from 1 to 2147483647, not true"),
    ({"seed": "7"}, 'seed must be a whole number from 0 to 2147483647, not "7"'),
    ({"learning_rate": 0}, "learning_rate must be a number above 0 and at most 1, not 0"),
    ({"learning_rate": float("nan")}, "learning_rate must be a number above 0 and at most 1, not NaN"),
    ({"base_model": " "}, 'base_model must be a text that is not empty, not " "'),
    ({"schedule": "cosin"}, 'schedule must be one of constant, linear, cosine, not "cosin"'),
    ({"gradient_checkpointing": 1}, "gradient_checkpointing must be true or false, not 1"),
    ({"lora": 8}, "lora must be an object, or null, not 8"),
    ({"lora": {"r": 0}}, r"lora\.r must be a whole number from 1 to 2147483647, not 0"),
    (
        {"lora": {"target_modules": []}},
        r"lora\.target_modules must be 'all-linear' or a list of module names",
    ),
    ({"objective": "dop"}, "No objective is named 'dop'. Known: .*dpo"),
    ({"objective_settings": {"betta": 1}}, "dpo has no setting 'betta'. Its settings: beta, label_smoothing"),
    ({"objective_settings": {"beta": 0}}, r"objective_settings\.beta must be from 0\.0001 to 10, not 0"),
    ({"objective_settings": {"beta": "x"}}, "objective_settings must be an object of numbers"),
    ({"warmup_steps": 61}, r"warmup_steps \(61\) exceeds max_steps \(60\)"),
    ({"schema": 2}, "schema 2, and this trainer reads schema 1"),
]


@pytest.mark.parametrize(("change", "sentence"), MISTAKES)
def test_a_mistake_gets_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        config_from_mapping({**LEAST, **change})
    assert caught.value.code == "bad_config"


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ConfigError, match=r"config\.json must say base_model"):
        config_from_mapping({"objective": "dpo", "max_steps": 3})


@pytest.mark.parametrize("content", ["", "{", "[]", "\udcff"])
def test_what_is_not_an_object_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"config\.json (cannot be read as JSON|must hold one JSON object)"):
        read_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no config\.json"):
        read_config(tmp_path / "config.json")
