"""Objectives: the catalogue needs no torch, and DPO is the published loss, to the digits of TRL's own."""

import subprocess
import sys
from math import exp, log1p
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training_jobs.trainer_setup import CHECKOUT, TRAINED, corpus, make_learnable_rows
from training_jobs.trainer import objectives
from training_jobs.trainer.objectives import (
    OBJECTIVES,
    UnknownObjectiveError,
    dpo,
    load_objective,
    objective_specs,
)
from training_jobs.trainer.response_batch import ResponseBatch

margins = st.floats(-80, 80)
betas = st.floats(0.01, 5)


def make_batch(policy: list[float], reference: list[float]) -> ResponseBatch:
    """Return responses of one token each, chosen and rejected in turn."""
    return ResponseBatch(
        policy=torch.tensor(policy, dtype=torch.float64)[:, None],
        reference=torch.tensor(reference, dtype=torch.float64)[:, None],
        lengths=torch.ones(len(policy), dtype=torch.long),
    )


def test_the_catalogue_and_the_configuration_need_no_torch() -> None:
    program = (
        "import sys; from training_jobs.trainer.objectives import objective_specs;"
        "import training_jobs.trainer.tiny_model, training_jobs.trainer.__main__;"
        "assert objective_specs(); sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=False).returncode == 0


def test_every_objective_file_is_in_the_catalogue() -> None:
    files = {path.stem for path in Path(objectives.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == {dotted.rpartition(".")[2] for dotted in objectives.BUILT_IN.values()}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_explains_itself(name: str) -> None:
    spec = load_objective(name).SPEC
    assert spec.name == name
    assert spec.title
    assert spec.explanation
    assert spec.paper
    assert all(low <= spec.defaults[key] <= high for key, (low, high) in spec.limits.items())
    assert spec.limits.keys() == spec.defaults.keys()
    assert spec in objective_specs()


def test_an_unknown_objective_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownObjectiveError, match=r"No objective is named 'dop'\. Known: .*dpo"):
        load_objective("dop")


@given(chosen=margins, rejected=margins, beta=betas)
def test_dpo_is_the_closed_form(chosen: float, rejected: float, beta: float) -> None:
    loss = dpo.loss(make_batch([chosen, rejected], [0.0, 0.0]), beta=beta, label_smoothing=0.0)
    scaled = beta * (chosen - rejected)
    expected = log1p(exp(-scaled)) if scaled > -700 else -scaled
    assert loss.tolist() == pytest.approx([expected], rel=1e-9, abs=1e-12)


@given(margin=margins, beta=betas, smoothing=st.floats(0, 0.499))
def test_label_smoothing_mixes_both_directions(margin: float, beta: float, smoothing: float) -> None:
    batch = make_batch([margin, 0.0, 0.0, margin], [0.0] * 4)
    forward, backward = dpo.loss(batch, beta=beta, label_smoothing=0.0).tolist()
    mixed = dpo.loss(batch, beta=beta, label_smoothing=smoothing)[0].item()
    assert mixed == pytest.approx((1 - smoothing) * forward + smoothing * backward)


@given(shift=margins)
def test_only_what_training_changed_counts(shift: float) -> None:
    batch = make_batch([-3.0 + shift, -9.0 + shift], [-4.0, -8.0])
    unshifted = make_batch([-3.0, -9.0], [-4.0, -8.0])
    losses = [dpo.loss(one, beta=0.5, label_smoothing=0.0).item() for one in (batch, unshifted)]
    assert losses[0] == pytest.approx(losses[1])


def test_the_gradient_weighs_each_pair_by_its_error() -> None:
    batch = make_batch([-3.0, -9.0, -5.0, -2.0], [-4.0, -8.0, -4.0, -4.0])
    batch.policy.requires_grad_()
    (gradient,) = torch.autograd.grad(dpo.loss(batch, beta=0.5, label_smoothing=0.0).sum(), [batch.policy])
    error = torch.sigmoid(torch.tensor([-1.0, 1.5], dtype=torch.float64))
    torch.testing.assert_close(gradient[0::2, 0], -0.5 * error)
    torch.testing.assert_close(gradient[1::2, 0], 0.5 * error)


@pytest.fixture(scope="module")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two tiny models with the same tokenizer: one to train, one as its reference."""
    from training_jobs.trainer.tiny_model import build_tiny_model

    folder = tmp_path_factory.mktemp("models")
    return [build_tiny_model(folder / str(seed), texts=corpus(), seed=seed) for seed in (7, 8)]


def trl_trainer(policy: Path, *, reference: Path, rows: list[dict[str, Any]], folder: Path) -> Any:
    """Return TRL's own trainer on these rows, in their order."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    settings = DPOConfig(
        output_dir=str(folder),
        beta=0.2,
        loss_type=["sigmoid"],
        max_length=128,
        per_device_train_batch_size=len(rows),
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
    )
    columns = [{name: row[name] for name in ("prompt", "chosen", "rejected")} for row in rows]
    models = [AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32) for path in (policy, reference)]
    return DPOTrainer(
        model=models[0],
        ref_model=models[1],
        args=settings,
        train_dataset=Dataset.from_list(columns),
        processing_class=AutoTokenizer.from_pretrained(policy),
    )


def our_loss(policy: Any, *, reference: Path, rows: list[dict[str, Any]], folder: Path) -> torch.Tensor:
    """Return our mean DPO loss of `policy` on these rows, with everything between row and loss our own."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from training_jobs.trainer.batches import PairCollator
    from training_jobs.trainer.evaluation import reference_scorer
    from training_jobs.trainer.log_probabilities import score_batch
    from training_jobs.trainer.policy import Numerics
    from training_jobs.trainer.reference import ReferenceLogps
    from training_jobs.trainer.rows import row_from_record
    from training_jobs.trainer.tokenisation import tokenise_rows

    tokenizer = AutoTokenizer.from_pretrained(reference)
    pairs, refused = tokenise_rows(map(row_from_record, rows), tokenizer=tokenizer, max_length=128)
    assert not refused
    cache = ReferenceLogps(folder, source={})
    before = AutoModelForCausalLM.from_pretrained(reference, dtype=torch.float32)
    score = reference_scorer(
        before, numerics=Numerics(torch.device("cpu"), half=False), pad_id=tokenizer.pad_token_id
    )
    responses = [response for pair in pairs for response in (pair.chosen, pair.rejected)]
    list(cache.fill(responses, score=score, batch_size=3))
    batch = PairCollator(pad_id=tokenizer.pad_token_id, reference=cache)(pairs)
    return dpo.loss(score_batch(policy, batch), beta=0.2, label_smoothing=0.0).mean()


def test_dpo_equals_trl_on_the_same_batch(two_models: list[Path], tmp_path: Path) -> None:
    policy, reference = two_models
    rows = make_learnable_rows(6, topics=TRAINED)
    theirs = trl_trainer(policy, reference=reference, rows=rows, folder=tmp_path / "trl")
    batch = next(iter(theirs.get_train_dataloader()))
    expected = theirs.compute_loss(theirs.model, batch)
    ours = our_loss(theirs.model, reference=reference, rows=rows, folder=tmp_path / "cache")
    gradients = [torch.autograd.grad(loss, list(theirs.model.parameters())) for loss in (ours, expected)]

    assert expected.item() != pytest.approx(0.6931, abs=1e-2)  # the two models do differ
    assert ours.item() == pytest.approx(expected.item(), abs=1e-5)
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)
