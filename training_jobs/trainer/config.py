"""The frozen configuration of one run, read from `config.json` and checked before all else."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from training_jobs.trainer.failures import TrainerError
from training_jobs.trainer.objectives import ObjectiveSpec, UnknownObjectiveError, load_objective

SCHEMA = 1
SCHEDULES = ("constant", "linear", "cosine")
PRECISIONS = ("auto", "float32", "bfloat16")


# What the database counts steps in, and what every library takes for a seed.
LARGEST = 2**31 - 1


def _whole(*, at_least: int) -> dict[str, Any]:
    return {"kind": int, "low": at_least, "words": f"a whole number from {at_least} to {LARGEST}"}


def _number(words: str, *, low: float, high: float = float("inf"), open_low: bool = False) -> dict[str, Any]:
    return {"kind": float, "low": low, "high": high, "open_low": open_low, "words": words}


def _text(words: str = "a text that is not empty", *, may_be_empty: bool = False) -> dict[str, Any]:
    return {"kind": str, "may_be_empty": may_be_empty, "words": words}


def _one_of(*choices: str) -> dict[str, Any]:
    return {"kind": str, "choices": choices, "words": f"one of {', '.join(choices)}"}


def _flag() -> dict[str, Any]:
    return {"kind": bool, "words": "true or false"}


class ConfigError(TrainerError):
    """`config.json` cannot be used; the sentence names the key, the value found and what is allowed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="bad_config")


class _NotAllowedError(Exception):
    """A value breaks the rule of its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """The shape of a low-rank adapter (Hu et al. 2021): updates of rank `r`, scaled by `alpha` / `r`."""

    r: int = field(default=8, metadata=_whole(at_least=1))
    alpha: int = field(default=16, metadata=_whole(at_least=1))
    dropout: float = field(default=0.0, metadata=_number("a number from 0 to below 1", low=0.0, high=0.999))
    target_modules: str | tuple[str, ...] = field(
        default="all-linear", metadata={"kind": "names", "words": "'all-linear' or a list of module names"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerConfig:
    """Everything that decides what a run does; the same configuration and rows give the same model.

    objective            name in `OBJECTIVES`; `objective_settings` are its own, with defaults from its spec
    base_model           a folder, or a name that the local cache (or a hub) knows; `revision` of it
    base_model_id        what the adapter records instead of a path of this machine; empty: `base_model`
    max_steps            optimizer steps in all; the rows are shuffled anew for every pass
    batch_size           pairs per step; `gradient_accumulation` such batches make one optimizer step
    warmup_steps         steps over which the learning rate rises from 0; `schedule` says what follows
    max_length           tokens of prompt and response together; a longer response is cut at its end
    precision            auto: bfloat16 on a GPU that has it, else float32
    lora                 null trains all weights
    checkpoint_every     in steps, as `evaluate_every` is; 0 evaluates at the end only
    max_attempts_keep    how many complete checkpoints stay on disk
    """

    objective: str = field(metadata=_text())
    base_model: str = field(metadata=_text())
    max_steps: int = field(metadata=_whole(at_least=1))
    schema: int = field(default=SCHEMA, metadata=_whole(at_least=1))
    revision: str = field(default="", metadata=_text("a text", may_be_empty=True))
    base_model_id: str = field(default="", metadata=_text("a text", may_be_empty=True))
    seed: int = field(default=7, metadata=_whole(at_least=0))
    batch_size: int = field(default=8, metadata=_whole(at_least=1))
    gradient_accumulation: int = field(default=1, metadata=_whole(at_least=1))
    learning_rate: float = field(
        default=1e-4, metadata=_number("a number above 0 and at most 1", low=0.0, high=1.0, open_low=True)
    )
    warmup_steps: int = field(default=0, metadata=_whole(at_least=0))
    schedule: str = field(default="constant", metadata=_one_of(*SCHEDULES))
    max_length: int = field(default=512, metadata=_whole(at_least=8))
    precision: str = field(default="auto", metadata=_one_of(*PRECISIONS))
    gradient_checkpointing: bool = field(default=False, metadata=_flag())
    objective_settings: Mapping[str, float] = field(
        default_factory=dict, metadata={"kind": "settings", "words": "an object of numbers"}
    )
    lora: LoraSettings | None = field(
        default_factory=LoraSettings, metadata={"kind": "lora", "words": "an object, or null"}
    )
    checkpoint_every: int = field(default=50, metadata=_whole(at_least=1))
    evaluate_every: int = field(default=50, metadata=_whole(at_least=0))
    heartbeat_seconds: float = field(
        default=5.0, metadata=_number("a number of seconds from 0.1 to 60", low=0.1, high=60.0)
    )
    max_attempts_keep: int = field(default=2, metadata=_whole(at_least=1))

    @property
    def recorded_base_model(self) -> str:
        """The name under which an adapter remembers what it was trained on."""
        return self.base_model_id or self.base_model


def read_config(path: Path) -> TrainerConfig:
    """Read and check `config.json`; raises ConfigError with one clear sentence."""
    try:
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path.name} in {path.parent}, so there is nothing to train."
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name} cannot be read as JSON: {error}.") from None
    return config_from_mapping(parsed)


def config_from_mapping(found: object) -> TrainerConfig:
    """Check an already parsed configuration; raises ConfigError with one clear sentence."""
    if not isinstance(found, Mapping):
        raise ConfigError("config.json must hold one JSON object.")
    config = TrainerConfig(**_checked_values(TrainerConfig, found, where=""))
    if config.schema != SCHEMA:
        raise ConfigError(
            f"config.json has schema {config.schema}, and this trainer reads schema {SCHEMA}. "
            "Use the version of the trainer that it was written for."
        )
    if config.warmup_steps > config.max_steps:
        raise ConfigError(
            f"warmup_steps ({config.warmup_steps}) exceeds max_steps ({config.max_steps}), "
            "so the learning rate would never be reached."
        )
    _check_objective_settings(config)
    return config


def complete_settings(config: TrainerConfig, *, spec: ObjectiveSpec) -> Mapping[str, float]:
    """Return the objective's settings, with its own default for each that the configuration leaves out."""
    return MappingProxyType({**spec.defaults, **config.objective_settings})


def _check_objective_settings(config: TrainerConfig) -> None:
    try:
        spec = load_objective(config.objective).SPEC
    except UnknownObjectiveError as error:
        raise ConfigError(str(error)) from None
    for name, value in config.objective_settings.items():
        if name not in spec.defaults:
            known = ", ".join(sorted(spec.defaults)) or "none"
            raise ConfigError(f"The objective {spec.name} has no setting '{name}'. Its settings: {known}.")
        low, high = spec.limits[name]
        if not low <= value <= high:
            raise ConfigError(f"objective_settings.{name} must be from {low:g} to {high:g}, not {value:g}.")


def _checked_values(shape: type, found: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    known = {one.name: one for one in fields(shape)}
    unknown = sorted(set(found) - set(known))
    if unknown:
        names = ", ".join(f"'{where}{name}'" for name in unknown)
        raise ConfigError(
            f"config.json has keys this trainer does not know: {names}. Known: {', '.join(known)}."
        )
    for name, one in known.items():
        if name not in found and one.default is MISSING and one.default_factory is MISSING:
            raise ConfigError(f"config.json must say {where}{name}.")
    return {name: _checked(known[name], value, where=where) for name, value in found.items()}


def _checked(one: Field[Any], value: object, *, where: str) -> object:
    check = _CHECKS[one.metadata["kind"]]
    try:
        return check(value, one.metadata)
    except _NotAllowedError:
        shown = json.dumps(value, ensure_ascii=False)[:80]
        raise ConfigError(f"{where}{one.name} must be {one.metadata['words']}, not {shown}.") from None


def _check_whole(value: object, rule: Mapping[str, Any]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not rule["low"] <= value <= LARGEST:
        raise _NotAllowedError
    return value


def _check_number(value: object, rule: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _NotAllowedError
    if not rule["low"] <= value <= rule["high"] or (rule["open_low"] and value == rule["low"]):
        raise _NotAllowedError
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        raise _NotAllowedError from None


def _check_text(value: object, rule: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or value not in rule.get("choices", (value,)):
        raise _NotAllowedError
    if not value.strip() and not rule.get("may_be_empty"):
        raise _NotAllowedError
    return value


def _check_flag(value: object, rule: Mapping[str, Any]) -> bool:
    if not isinstance(value, bool):
        raise _NotAllowedError
    return value


def _check_names(value: object, rule: Mapping[str, Any]) -> str | tuple[str, ...]:
    if value == "all-linear":
        return "all-linear"
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name for name in value):
        raise _NotAllowedError
    return tuple(value)


def _check_settings(value: object, rule: Mapping[str, Any]) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise _NotAllowedError
    finite = {"low": float("-inf"), "high": float("inf"), "open_low": False}
    return MappingProxyType({str(name): _check_number(number, finite) for name, number in value.items()})


def _check_lora(value: object, rule: Mapping[str, Any]) -> LoraSettings | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _NotAllowedError
    return LoraSettings(**_checked_values(LoraSettings, value, where="lora."))


_CHECKS: dict[Any, Any] = {
    int: _check_whole,
    float: _check_number,
    str: _check_text,
    bool: _check_flag,
    "names": _check_names,
    "settings": _check_settings,
    "lora": _check_lora,
}
