"""One run from its configuration to its adapter and evaluation; the only module that sees all the others."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from training_jobs.domain.evaluation_metrics import evaluate_pairs
from training_jobs.trainer.batches import PairCollator, PairSchedule
from training_jobs.trainer.checkpoints import Checkpoint, complete_checkpoints, newest_intact
from training_jobs.trainer.config import TrainerConfig, complete_settings
from training_jobs.trainer.evaluation import PairScorer, reference_scorer, validation_values
from training_jobs.trainer.failures import TrainerError
from training_jobs.trainer.objectives import load_objective
from training_jobs.trainer.policy import (
    Model,
    Numerics,
    choose_numerics,
    load_policy,
    load_tokenizer,
    write_adapter,
    write_model,
)
from training_jobs.trainer.preference_trainer import PreferenceTrainer, RunFiles, decisive_settings
from training_jobs.trainer.reference import ReferenceLogps
from training_jobs.trainer.rows import read_rows, read_weights
from training_jobs.trainer.run_directory import SPLITS, RunDirectory, Split, write_whole
from training_jobs.trainer.supervision import StopFlag
from training_jobs.trainer.tokenisation import REASONS, RowReport, TokenisedPair, tokenise_rows

logger = logging.getLogger("harken.trainer")

Pairs = Mapping[Split, list[TokenisedPair]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run in progress: what it was told, what it writes, and whether it was asked to stop."""

    config: TrainerConfig
    files: RunFiles
    stop: StopFlag

    @property
    def directory(self) -> RunDirectory:
        """Where it reads and writes."""
        return self.files.directory


def train_and_evaluate(run: Run) -> None:
    """Do all that `config.json` asks for; raises TrainerError, or StopRequestedError when told to stop."""
    tokenizer = load_tokenizer(run.config)
    pairs = read_pairs(run, tokenizer=tokenizer)
    run.stop.raise_if_set()
    numerics = choose_numerics(run.config)
    model = load_policy(run.config, numerics=numerics)
    schedule = _schedule(run.config, pairs["train"])
    needed = [*schedule.distinct_pairs(), *pairs["validation"], *pairs["test"]]
    _refuse_unknown_tokens(model, pairs=needed)
    scorer = _scorer(
        run,
        model=model,
        numerics=numerics,
        pad_id=_pad_id(tokenizer),
        needed=needed,
        mean_weight=fmean(pair.row.weight for pair in pairs["train"]),
    )
    train(run, scorer=scorer, schedule=schedule, validation=pairs["validation"])
    _write_result(run, model=model, tokenizer=tokenizer)
    evaluate(run, scorer=scorer, pairs=pairs)
    run.files.status.change(state="finished")
    logger.info("Finished.")


def read_pairs(run: Run, *, tokenizer: PreTrainedTokenizerBase) -> Pairs:
    """Read and tokenise all splits and write `skipped_rows.json`; raises TrainerError without usable rows."""
    report = RowReport()
    pairs: dict[Split, list[TokenisedPair]] = {}
    weights = read_weights(run.directory.weights)
    for split in SPLITS:
        rows = read_rows(run.directory.rows(split), required=split == "train", weights=weights)
        used, refused = tokenise_rows(rows, tokenizer=tokenizer, max_length=run.config.max_length)
        report.add_split(split, used=used, refused=refused)
        pairs[split] = used
        run.stop.raise_if_set()
    write_whole(run.directory.skipped_rows, report.as_json())
    counts = ", ".join(f"{len(used)} {split}" for split, used in pairs.items())
    logger.info("Pairs: %s; rows skipped: %d.", counts, len(report.rows))
    if not pairs["train"]:
        raise _nothing_to_train_on(report)
    if weights:
        logger.info("Rows are weighed; their mean weight counts as 1.")
    return pairs


def train(run: Run, *, scorer: PairScorer, schedule: PairSchedule, validation: list[TokenisedPair]) -> None:
    """Train to the last step from the newest intact checkpoint; raises StopRequestedError when told to."""
    checkpoint = find_checkpoint(run)
    resumed_from = checkpoint.step if checkpoint else None
    run.files.status.change(resumed_from=resumed_from, step=resumed_from or 0)
    run.stop.raise_if_set()
    logger.info("Training with %s to step %d.", run.config.objective, run.config.max_steps)
    trainer = PreferenceTrainer(
        config=run.config, scorer=scorer, schedule=schedule, validation=validation, files=run.files
    )
    if checkpoint and checkpoint.step >= run.config.max_steps:
        trainer.load_weights(checkpoint.path)
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
    run.stop.raise_if_set()


def find_checkpoint(run: Run) -> Checkpoint | None:
    """Return the checkpoint to resume from; raises TrainerError when it was made with other settings."""
    complete = complete_checkpoints(run.directory.checkpoints)
    checkpoint = newest_intact(run.directory.checkpoints)
    if complete and complete[0] != checkpoint:
        logger.warning("%s is damaged and is passed over.", complete[0].path.name)
    if checkpoint is None:
        return None
    _refuse_other_settings(checkpoint, config=run.config)
    logger.info("Resuming after step %s.", checkpoint.step)
    return checkpoint


def evaluate(run: Run, *, scorer: PairScorer, pairs: Pairs) -> None:
    """Write `evaluation.json` for the test split, or for validation where there is no test split."""
    split: Split = "test" if pairs["test"] else "validation"
    if not pairs[split]:
        logger.warning("There are no held-out rows, so there is no evaluation.")
        return
    run.files.status.change(state="evaluating")
    beta = scorer.settings.get("beta", 1.0)
    scored, loss = scorer.score(pairs[split])
    run.files.metrics.append(
        step=run.config.max_steps, split=split, values=validation_values(scored, loss=loss, beta=beta)
    )
    write_whole(run.directory.evaluation, {"schema": 1, "split": split, **evaluate_pairs(scored, beta=beta)})


def _schedule(config: TrainerConfig, pairs: list[TokenisedPair]) -> PairSchedule:
    length = config.max_steps * config.batch_size * config.gradient_accumulation
    return PairSchedule(pairs, length=length, seed=config.seed)


def _scorer(
    run: Run,
    *,
    model: Model,
    numerics: Numerics,
    pad_id: int,
    needed: list[TokenisedPair],
    mean_weight: float,
) -> PairScorer:
    objective = load_objective(run.config.objective)
    reference = ReferenceLogps(
        run.directory.reference_logps, source=_reference_source(run.config, numerics=numerics)
    )
    responses = [response for pair in needed for response in (pair.chosen, pair.rejected)]
    score = reference_scorer(model, numerics=numerics, pad_id=pad_id)
    for left in reference.fill(responses, score=score, batch_size=2 * run.config.batch_size):
        run.stop.raise_if_set()
        run.files.status.change(reference_responses_left=left)
    run.files.status.change(reference_responses_left=0)
    return PairScorer(
        model=model,
        numerics=numerics,
        collate=PairCollator(pad_id=pad_id, reference=reference, mean_weight=mean_weight),
        objective=objective,
        settings=complete_settings(run.config, spec=objective.SPEC),
        batch_size=run.config.batch_size,
        stop=run.stop,
    )


def _write_result(run: Run, *, model: Model, tokenizer: PreTrainedTokenizerBase) -> None:
    if isinstance(model, PeftModel):
        write_adapter(model, config=run.config, target=run.directory.adapter)
    else:
        write_model(model, tokenizer=tokenizer, target=run.directory.model)


def _pad_id(tokenizer: PreTrainedTokenizerBase) -> int:
    # Padding is masked everywhere, so any token will do where the tokenizer has none for it.
    padding: Any = tokenizer.pad_token_id
    return int(padding if padding is not None else tokenizer.eos_token_id or 0)


def _reference_source(config: TrainerConfig, *, numerics: Numerics) -> dict[str, str]:
    return {
        "base_model": config.recorded_base_model,
        "revision": config.revision,
        "precision": "bfloat16" if numerics.half else "float32",
    }


def _refuse_other_settings(checkpoint: Checkpoint, *, config: TrainerConfig) -> None:
    present = decisive_settings(config)
    changed = sorted(name for name, value in present.items() if checkpoint.configuration.get(name) != value)
    if changed:
        raise TrainerError(
            f"The checkpoint at step {checkpoint.step} was made with another {', '.join(changed)}. "
            "Restore config.json, or start a new run.",
            code="config_changed",
        )


def _refuse_unknown_tokens(model: Model, *, pairs: list[TokenisedPair]) -> None:
    embeddings: Any = model.get_input_embeddings()
    known = int(embeddings.weight.shape[0])
    responses = (response for pair in pairs for response in (pair.chosen, pair.rejected))
    if any(max((*one.prompt_ids, *one.response_ids)) >= known for one in responses):
        raise TrainerError(
            f"The tokenizer makes tokens beyond the {known} that the model has: they do not belong together.",
            code="base_model",
        )


def _nothing_to_train_on(report: RowReport) -> TrainerError:
    train = report.splits["train"]
    reasons = " ".join(f"{count} rows: {REASONS[reason]}" for reason, count in train["reasons"].items())
    return TrainerError(
        f"None of the {train['read']} training rows can be used. {reasons}", code="no_usable_rows"
    )
