"""`transformers.Trainer` with an objective of ours, our metrics, and checkpoints that are whole or absent."""

import json
import math
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from training_jobs.domain.evaluation_metrics import TIE_WIDTH
from training_jobs.trainer.batches import PairSchedule
from training_jobs.trainer.checkpoints import STAGING, prune_checkpoints, publish_checkpoint
from training_jobs.trainer.config import TrainerConfig
from training_jobs.trainer.evaluation import PairScorer, validation_values
from training_jobs.trainer.failures import StopRequestedError, TrainerError
from training_jobs.trainer.log_probabilities import score_batch
from training_jobs.trainer.policy import Numerics
from training_jobs.trainer.response_batch import ResponseBatch
from training_jobs.trainer.run_directory import MetricsLog, RunDirectory, StatusFile
from training_jobs.trainer.supervision import StopFlag
from training_jobs.trainer.tokenisation import TokenisedPair

_SCHEDULERS = {
    "constant": "constant_with_warmup",
    "linear": "linear",
    "cosine": "cosine",
}
_DECISIVE = (
    "objective",
    "recorded_base_model",  # not its path: a run may go on where the model lies elsewhere
    "revision",
    "seed",
    "batch_size",
    "gradient_accumulation",
    "learning_rate",
    "warmup_steps",
    "schedule",
    "max_length",
    "precision",
)
_MEASURED = (
    "loss",
    "accuracy",
    "margin",
    "rewards_chosen",
    "rewards_rejected",
    "logps_chosen",
    "logps_rejected",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """What a run writes while it trains."""

    directory: RunDirectory
    status: StatusFile
    metrics: MetricsLog


class PreferenceTrainer(Trainer):
    """Trains on batches of pairs; the reference's log-probabilities come with the batch."""

    def __init__(
        self,
        *,
        config: TrainerConfig,
        scorer: PairScorer,
        schedule: PairSchedule,
        validation: Sequence[TokenisedPair],
        files: RunFiles,
    ) -> None:
        super().__init__(
            model=scorer.model,
            args=training_arguments(config, folder=files.directory.checkpoints, numerics=scorer.numerics),
            train_dataset=schedule,
            data_collator=scorer.collate,
            callbacks=[RunCallback(config=config, files=files, stop=scorer.stop, validates=bool(validation))],
        )
        self.remove_callback(PrinterCallback)
        # Our loss is a mean over the batch's pairs, so accumulated batches are averaged by the trainer.
        self.model_accepts_loss_kwargs = False
        self._scorer = scorer
        self._validation = validation
        self._files = files
        self._beta = scorer.settings.get("beta", 1.0)
        self._measured: list[Tensor] = []
        self._last_logged = time.monotonic()

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Return the mean of the batch's weighed losses; remembers what the next line of metrics shows."""
        batch = score_batch(model, inputs)
        losses = inputs["weights"] * self._scorer.objective.loss(batch, **self._scorer.settings)
        self._measured.append(measure(batch, losses=losses, beta=self._beta))
        return (losses.mean(), batch) if return_outputs else losses.mean()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Write one line of training metrics; raises TrainerError when loss or gradient is not finite."""
        if not self._measured:  # the summary that the base class logs at the end
            return
        now = time.monotonic()
        values = dict(zip(_MEASURED, torch.stack(self._measured).mean(dim=0).tolist(), strict=True))
        values |= {name: logs[name] for name in ("grad_norm", "learning_rate") if name in logs}
        values |= {"tokens": float(self.state.num_input_tokens_seen), "seconds": now - self._last_logged}
        self._measured, self._last_logged = [], now
        self._files.metrics.append(step=self.state.global_step, split="train", values=values)
        _refuse_divergence(values, step=self.state.global_step)

    def evaluate(self, *_unused: Any, **_ignored: Any) -> dict[str, float]:
        """Write one line of validation metrics; when asked to stop meanwhile, leaves off and saves."""
        self._files.status.change(state="evaluating")
        try:
            scored, loss = self._scorer.score(self._validation)
        except StopRequestedError:
            self.control.should_save = self.control.should_training_stop = True
        else:
            values = validation_values(scored, loss=loss, beta=self._beta)
            self._files.metrics.append(step=self.state.global_step, split="validation", values=values)
        self._files.status.change(state="training")
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics={})
        self._last_logged = time.monotonic()
        return {}

    def load_weights(self, folder: Path) -> None:
        """Load the weights of a checkpoint whose run has no step left to do."""
        self._load_from_checkpoint(str(folder))


class RunCallback(TrainerCallback):
    """Keeps the status in step, publishes checkpoints, and turns a stop request into a last checkpoint."""

    def __init__(self, *, config: TrainerConfig, files: RunFiles, stop: StopFlag, validates: bool) -> None:
        self._config = config
        self._files = files
        self._stop = stop
        self._validates = validates

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_unused: Any
    ) -> None:
        """Say that training has begun."""
        self._files.status.change(state="training", step=state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_unused: Any
    ) -> None:
        """Record the step; ask for an evaluation when one is due, or for the last checkpoint."""
        self._files.status.change(step=state.global_step)
        if self._stop.is_set():
            control.should_save = control.should_training_stop = True
        else:
            control.should_evaluate = self._validates and self._evaluation_is_due(state.global_step)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_unused: Any
    ) -> None:
        """Move the checkpoint that the base class has staged into place."""
        folder = self._files.directory.checkpoints
        saved = folder / STAGING / f"checkpoint-{state.global_step}"
        publish_checkpoint(
            saved, folder=folder, step=state.global_step, configuration=decisive_settings(self._config)
        )
        prune_checkpoints(folder, keep=self._config.max_attempts_keep)

    def _evaluation_is_due(self, step: int) -> bool:
        every = self._config.evaluate_every
        return step == self._config.max_steps or (every > 0 and step % every == 0)


def training_arguments(config: TrainerConfig, *, folder: Path, numerics: Numerics) -> TrainingArguments:
    """Translate the configuration for the base class; it saves into a staging folder that readers ignore."""
    staging = folder / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    return TrainingArguments(
        output_dir=str(staging),
        seed=config.seed,
        max_steps=config.max_steps,
        per_device_train_batch_size=config.batch_size,
        gradient_accumulation_steps=config.gradient_accumulation,
        learning_rate=config.learning_rate,
        warmup_steps=config.warmup_steps,
        lr_scheduler_type=_SCHEDULERS[config.schedule],
        train_sampling_strategy="sequential",  # the schedule is already in the order of the run
        bf16=numerics.half,
        use_cpu=numerics.device.type == "cpu",
        activation_checkpointing=config.gradient_checkpointing,
        save_strategy="steps",
        save_steps=config.checkpoint_every,
        eval_strategy="no",  # the callback says when: a run may have no validation rows
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,  # a loss that is not finite is ours to report
        include_num_input_tokens_seen="non_padding",
        remove_unused_columns=False,
        dataloader_pin_memory=numerics.device.type == "cuda",
        report_to="none",
        disable_tqdm=True,
    )


def decisive_settings(config: TrainerConfig) -> dict[str, Any]:
    """Return, as JSON holds them, the settings a checkpoint depends on: others would mix two runs."""
    decisive = {name: getattr(config, name) for name in _DECISIVE}
    decisive["objective_settings"] = dict(config.objective_settings)
    decisive["lora"] = asdict(config.lora) if config.lora else None
    # A constant rate does not look at the last step, so such a run may be prolonged.
    decisive["max_steps"] = None if config.schedule == "constant" else config.max_steps
    return dict(json.loads(json.dumps(decisive)))


def measure(batch: ResponseBatch, *, losses: Tensor, beta: float) -> Tensor:
    """Return the batch's means of the values in _MEASURED, shape (7,), without waiting for a GPU."""
    with torch.no_grad():
        policy, ratio = batch.policy_pairs(), batch.log_ratio_pairs()
        margin = ratio.chosen - ratio.rejected
        won = torch.where(margin.abs() < TIE_WIDTH, 0.5, (margin > 0).float())
        columns = (losses, won, beta * margin, beta * ratio.chosen, beta * ratio.rejected)
        return torch.stack([column.mean() for column in (*columns, policy.chosen, policy.rejected)])


def _refuse_divergence(values: Mapping[str, float], *, step: int) -> None:
    for name in ("loss", "grad_norm"):
        if not math.isfinite(values.get(name, 0.0)):
            raise TrainerError(
                f"The {name.replace('_', ' ')} is not a finite number at step {step}, so training cannot "
                "go on. Lower the learning rate, or check beta; the last complete checkpoint is kept.",
                code="non_finite_loss",
            )
