"""The model that is trained: its tokenizer, its weights, its adapter, and how both are written at the end."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)

from training_jobs.trainer.config import LoraSettings, TrainerConfig
from training_jobs.trainer.failures import TrainerError

Model = PreTrainedModel | PeftModel


@dataclass(frozen=True, slots=True)
class Numerics:
    """On what device, and in what number format, a run computes."""

    device: torch.device
    half: bool

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Return the context in which forward passes run."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.half)


def choose_numerics(config: TrainerConfig) -> Numerics:
    """Take the GPU where there is one; bfloat16 there if it can, unless the configuration says otherwise.

    Raises TrainerError when several are visible: this program drives one.
    """
    if torch.cuda.device_count() > 1:
        raise TrainerError(
            "Several GPUs are visible, and this trainer uses one. Name it in CUDA_VISIBLE_DEVICES.",
            code="several_gpus",
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    able = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return Numerics(device, half=able if config.precision == "auto" else config.precision == "bfloat16")


def load_tokenizer(config: TrainerConfig) -> PreTrainedTokenizerBase:
    """Load the base model's tokenizer; raises TrainerError, also when it has no chat template."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(config.base_model, **_origin(config))
    except (OSError, ValueError, KeyError) as error:
        raise _cannot_load(config, error) from None
    if not tokenizer.chat_template:
        raise TrainerError(
            f"The tokenizer of {config.recorded_base_model} has no chat template, so conversations cannot be "
            "written as it expects. Choose an instruction-tuned model, or add a chat_template.jinja.",
            code="no_chat_template",
        )
    return tokenizer


def load_policy(config: TrainerConfig, *, numerics: Numerics) -> Model:
    """Load the base model, and give it a fresh adapter where the configuration asks for one."""
    # Full fine-tuning keeps its master weights in float32: bfloat16 would swallow small updates.
    weights = torch.bfloat16 if numerics.half and config.lora else torch.float32
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(config.base_model, dtype=weights, **_origin(config))
    except (OSError, ValueError, KeyError) as error:
        raise _cannot_load(config, error) from None
    _refuse_longer_than_model(config, model=model)
    model.to(device=numerics.device)
    set_seed(config.seed)
    return (
        _with_adapter(model, lora=config.lora, base_model=config.recorded_base_model)
        if config.lora
        else model
    )


def reference_context(model: Model) -> contextlib.AbstractContextManager[Any]:
    """Return the context in which `model` is the reference: its adapter off, or not yet trained."""
    return model.disable_adapter() if isinstance(model, PeftModel) else contextlib.nullcontext()


def write_adapter(model: PeftModel, *, config: TrainerConfig, target: Path) -> None:
    """Write the adapter as safetensors, naming its base model by id and revision, not by a local path."""
    aside = _fresh_folder(target)
    # Asking peft to find out about embeddings itself would look the base model up on a hub.
    model.save_pretrained(str(aside), save_embedding_layers=False)
    settings_file = aside / "adapter_config.json"
    settings = json.loads(settings_file.read_text(encoding="utf-8"))
    settings["base_model_name_or_path"] = config.recorded_base_model
    settings["revision"] = config.revision or None
    settings_file.write_text(json.dumps(_in_order(settings), indent=2) + "\n", encoding="utf-8")
    (aside / "README.md").unlink(missing_ok=True)  # an empty template; the card is ours
    _put_in_place(aside, target=target)


def write_model(model: PreTrainedModel, *, tokenizer: PreTrainedTokenizerBase, target: Path) -> None:
    """Write a fully fine-tuned model with its tokenizer, ready to load."""
    aside = _fresh_folder(target)
    model.save_pretrained(aside)
    tokenizer.save_pretrained(aside)
    _put_in_place(aside, target=target)


def _with_adapter(model: PreTrainedModel, *, lora: LoraSettings, base_model: str) -> PeftModel:
    modules = lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules)
    settings = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=modules,
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, settings)
    except ValueError:
        raise TrainerError(
            f"lora.target_modules ({', '.join(modules)}) names no layer of {base_model}. "
            "Use 'all-linear', or names such as q_proj.",
            code="bad_config",
        ) from None


def _refuse_longer_than_model(config: TrainerConfig, *, model: PreTrainedModel) -> None:
    longest = getattr(model.config, "max_position_embeddings", None)
    if longest and config.max_length > longest:
        raise TrainerError(
            f"max_length ({config.max_length}) is more than the {longest} tokens that "
            f"{config.recorded_base_model} can read. Lower it.",
            code="bad_config",
        )


def _origin(config: TrainerConfig) -> dict[str, Any]:
    return {"revision": config.revision or None, "trust_remote_code": False}


def _cannot_load(config: TrainerConfig, error: Exception) -> TrainerError:
    reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
    return TrainerError(f"The base model {config.base_model} cannot be loaded: {reason}", code="base_model")


def _in_order(settings: dict[str, Any]) -> dict[str, Any]:
    # peft keeps module names as a set; sorting makes equal adapters equal files.
    return {
        name: sorted(value) if isinstance(value, list) else value for name, value in sorted(settings.items())
    }


def _fresh_folder(target: Path) -> Path:
    aside = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    return aside


def _put_in_place(aside: Path, *, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)
