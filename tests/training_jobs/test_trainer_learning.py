"""Training learns what can be learned, nothing where there is nothing, and leaves behind what it should."""

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from transformers import AutoModelForCausalLM

from tests.training_jobs.trainer_setup import (
    HELD_OUT,
    TRAINED,
    corpus,
    make_learnable_rows,
    make_run,
    read_json,
    read_metrics,
    train_here,
    wait_until,
    write_config,
    write_rows,
)
from training_jobs.trainer.checkpoints import complete_checkpoints
from training_jobs.trainer.failures import StopRequestedError, TrainerError
from training_jobs.trainer.supervision import StopFlag
from training_jobs.trainer.tiny_model import build_tiny_model

FULL_FINE_TUNING = {"lora": None, "max_steps": 40, "batch_size": 16, "learning_rate": 1e-3, "warmup_steps": 5}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Any:
    """Several threads cost far more time than they save on models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus())


@pytest.fixture(scope="module")
def adapter_run(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of six steps with an adapter."""
    held_out = make_learnable_rows(12, topics=HELD_OUT, seed=2)
    run = make_run(
        tmp_path_factory.mktemp("adapter") / "run",
        model=model,
        train=make_learnable_rows(20, topics=TRAINED),
        held_out=held_out,
        base_model_id="harken/tiny",
        evaluate_every=3,
    )
    write_rows(run, split="validation", rows=held_out)
    train_here(run)
    return run


def evaluated(folder: Path, *, model: Path, flip_every: int = 0) -> dict[str, Any]:
    """Train on 192 pairs for 40 steps and return the evaluation on 200 pairs about other topics."""
    train = make_learnable_rows(192, topics=TRAINED, flip_every=flip_every)
    held_out = make_learnable_rows(200, topics=HELD_OUT, seed=2)
    train_here(make_run(folder / "run", model=model, train=train, held_out=held_out, **FULL_FINE_TUNING))
    return read_json(folder / "run" / "evaluation.json")


def test_a_learnable_preference_is_learned(model: Path, tmp_path: Path) -> None:
    evaluation = evaluated(tmp_path, model=model)
    assert 0.35 <= evaluation["base"]["preference_accuracy"] <= 0.65
    assert evaluation["policy_ranking"] > 0.9
    assert evaluation["reward_accuracy"] > 0.9
    assert evaluation["reward_margin"] > 0.5


def test_contradictory_preferences_are_not_learned(model: Path, tmp_path: Path) -> None:
    evaluation = evaluated(tmp_path, model=model, flip_every=2)
    assert 0.3 <= evaluation["policy_ranking"] <= 0.7
    assert abs(evaluation["reward_margin"]) < 0.3


def test_the_adapter_loads_and_gives_the_evaluated_log_probabilities(adapter_run: Path, model: Path) -> None:
    base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    tuned = PeftModel.from_pretrained(base, str(adapter_run / "adapter"))
    row = read_json(adapter_run / "evaluation.json")["rows"][0]
    first = make_learnable_rows(12, topics=HELD_OUT, seed=2)[0]
    assert summed_logp(tuned, first["prompt"] + first["chosen"], model) == pytest.approx(
        row["logp_chosen"], abs=1e-3
    )
    with tuned.disable_adapter():
        reference = summed_logp(tuned, first["prompt"] + first["chosen"], model)
    assert reference == pytest.approx(row["ref_logp_chosen"], abs=1e-3)


def summed_logp(tuned: Any, messages: list[dict[str, str]], tokenizer_folder: Path) -> float:
    """Return the log-probability of the last message, computed the plainest way."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(tokenizer_folder)
    prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True)["input_ids"]
    ids = torch.tensor([tokenizer.apply_chat_template(messages)["input_ids"]])
    with torch.no_grad():
        logps = tuned(ids).logits.log_softmax(-1)
    return sum(float(logps[0, place - 1, ids[0, place]]) for place in range(len(prompt), ids.shape[1]))


def test_the_adapter_names_its_base_model_and_holds_no_pickle(adapter_run: Path) -> None:
    assert (
        read_json(adapter_run / "adapter" / "adapter_config.json")["base_model_name_or_path"] == "harken/tiny"
    )
    files = {path.name for path in (adapter_run / "adapter").iterdir()}
    assert files == {"adapter_config.json", "adapter_model.safetensors"}


def test_metrics_tell_of_every_step_and_every_evaluation(adapter_run: Path) -> None:
    lines = list(read_metrics(adapter_run))
    assert [line["step"] for line in lines if line["split"] == "train"] == [1, 2, 3, 4, 5, 6]
    assert [line["step"] for line in lines if line["split"] == "validation"] == [3, 6]
    assert [line["step"] for line in lines if line["split"] == "test"] == [6]
    assert {"loss", "accuracy", "margin", "rewards_chosen", "rewards_rejected", "logps_chosen"} < lines[0][
        "values"
    ].keys()
    assert lines[0]["values"]["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert lines[0]["values"]["accuracy"] == 0.5


def test_the_status_ends_finished(adapter_run: Path) -> None:
    status = read_json(adapter_run / "status.json")
    assert (status["state"], status["step"], status["error"]) == ("finished", 6, None)


def test_a_full_fine_tuning_leaves_a_model_with_its_tokenizer(model: Path, tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "run", model=model, train=make_learnable_rows(8, topics=TRAINED), lora=None, max_steps=2
    )
    train_here(run)
    assert AutoModelForCausalLM.from_pretrained(run / "model").config.model_type == "llama"
    assert (run / "model" / "chat_template.jinja").exists()
    assert not (run / "evaluation.json").exists()  # there were no held-out rows


def test_validation_stands_in_for_a_missing_test_split(model: Path, tmp_path: Path) -> None:
    rows = make_learnable_rows(8, topics=TRAINED)
    run = make_run(tmp_path / "run", model=model, train=rows, max_steps=1, warmup_steps=0)
    write_rows(run, split="validation", rows=rows[:3])
    train_here(run)
    evaluation = read_json(run / "evaluation.json")
    assert (evaluation["split"], evaluation["n"]) == ("validation", 3)


def test_a_loss_that_is_not_finite_ends_the_run_without_a_checkpoint(model: Path, tmp_path: Path) -> None:
    broken = AutoModelForCausalLM.from_pretrained(model)
    torch.nn.init.constant_(broken.model.norm.weight, float("nan"))
    folder = build_tiny_model(tmp_path / "broken", texts=corpus())
    broken.save_pretrained(folder)
    run = make_run(
        tmp_path / "run", model=folder, train=make_learnable_rows(8, topics=TRAINED), checkpoint_every=1
    )
    with pytest.raises(TrainerError, match="loss is not a finite number at step 1") as caught:
        train_here(run)
    assert caught.value.code == "non_finite_loss"
    assert not list((run / "checkpoints").glob("step-*"))


def test_a_run_resumes_from_the_checkpoint_before_a_damaged_one(adapter_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(adapter_run, tmp_path / "run")
    shutil.rmtree(run / "adapter")
    (run / "checkpoints" / "step-6" / "optimizer.pt").write_bytes(b"damaged")
    train_here(run)
    assert read_json(run / "status.json")["resumed_from"] == 4
    weights = [
        (folder / "adapter" / "adapter_model.safetensors").read_bytes() for folder in (adapter_run, run)
    ]
    assert weights[0] == weights[1]


def test_a_run_started_again_after_its_last_step_trains_no_further(adapter_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(adapter_run, tmp_path / "run")
    shutil.rmtree(run / "adapter")
    (run / "evaluation.json").unlink()
    train_here(run)
    for name in ("adapter/adapter_model.safetensors", "evaluation.json"):
        assert (run / name).read_bytes() == (adapter_run / name).read_bytes()
    assert sum(line["split"] == "train" for line in read_metrics(run)) == 6


def test_a_stop_during_validation_saves_the_step(model: Path, tmp_path: Path) -> None:
    rows = make_learnable_rows(20, topics=TRAINED)
    run = make_run(tmp_path / "run", model=model, train=rows, evaluate_every=3, batch_size=1)
    write_rows(run, split="validation", rows=make_learnable_rows(400, topics=HELD_OUT))
    stop = StopFlag()

    def ask_to_stop_during_validation() -> None:
        wait_until(lambda: is_evaluating(run))
        stop.set()

    watcher = threading.Thread(target=ask_to_stop_during_validation)
    watcher.start()
    with pytest.raises(StopRequestedError):
        train_here(run, stop=stop)
    watcher.join()
    assert complete_checkpoints(run / "checkpoints")[0].step == 3
    assert {line["split"] for line in read_metrics(run)} == {"train"}


def is_evaluating(run: Path) -> bool:
    """Say whether the run is at its validation pairs."""
    return (run / "status.json").exists() and read_json(run / "status.json")["state"] == "evaluating"


def test_accumulated_batches_equal_one_large_batch(model: Path, tmp_path: Path) -> None:
    rows = make_learnable_rows(16, topics=TRAINED)
    shapes: list[dict[str, Any]] = [{"batch_size": 8}, {"batch_size": 2, "gradient_accumulation": 4}]
    runs = [
        make_run(tmp_path / str(shape["batch_size"]), model=model, train=rows, max_steps=4, **shape)
        for shape in shapes
    ]
    for run in runs:
        train_here(run)
    first, second = ([line["values"] for line in read_metrics(run)] for run in runs)
    for name in ("loss", "margin", "grad_norm", "tokens"):
        assert [values[name] for values in first] == pytest.approx(
            [values[name] for values in second], abs=1e-4
        )


def test_a_checkpoint_of_other_settings_is_refused(model: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=model, train=make_learnable_rows(8, topics=TRAINED))
    train_here(run)
    write_config(run, base_model=str(model), learning_rate=0.5, objective_settings={"beta": 0.3})
    with pytest.raises(TrainerError, match="made with another learning_rate, objective_settings"):
        train_here(run)


def test_a_missing_base_model_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=tmp_path / "nowhere", train=make_learnable_rows(2, topics=TRAINED))
    with pytest.raises(TrainerError, match=r"base model .*nowhere cannot be loaded"):
        train_here(run)


def test_a_prompt_limit_beyond_the_model_is_refused(model: Path, tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "run", model=model, train=make_learnable_rows(2, topics=TRAINED), max_length=4096
    )
    with pytest.raises(TrainerError, match=r"max_length \(4096\) is more than the 2048 tokens"):
        train_here(run)


def test_layers_that_the_model_lacks_are_refused(model: Path, tmp_path: Path) -> None:
    lora = {"target_modules": ["no_such_layer"]}
    run = make_run(tmp_path / "run", model=model, train=make_learnable_rows(2, topics=TRAINED), lora=lora)
    with pytest.raises(TrainerError, match=r"target_modules \(no_such_layer\) names no layer"):
        train_here(run)


def test_gradient_checkpointing_changes_memory_not_results(model: Path, tmp_path: Path) -> None:
    rows = make_learnable_rows(8, topics=TRAINED)
    runs = [
        make_run(tmp_path / str(on), model=model, train=rows, max_steps=2, gradient_checkpointing=on)
        for on in (False, True)
    ]
    for run in runs:
        train_here(run)
    first, second = ([line["values"]["loss"] for line in read_metrics(run)] for run in runs)
    assert first == pytest.approx(second, abs=1e-6)


def test_an_adapter_can_be_loaded_by_its_recorded_base(model: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=model, train=make_learnable_rows(8, topics=TRAINED), max_steps=2)
    train_here(run)
    assert AutoPeftModelForCausalLM.from_pretrained(run / "adapter").peft_config["default"].r == 8
