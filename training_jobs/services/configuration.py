"""From a few settings to the whole frozen configuration of a run, checked by the trainer's own rules without torch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from math import ceil
from typing import Any

from curation.domain.corpus.hashing import canonical_json
from training_jobs.domain.errors import RunRefusedError
from training_jobs.trainer.config import LoraSettings, TrainerConfig, complete_settings, config_from_mapping
from training_jobs.trainer.failures import TrainerError
from training_jobs.trainer.objectives import ObjectiveSpec, UnknownObjectiveError, load_objective

# Set by Harken itself, so nobody may ask for another.
RESERVED = frozenset(
    {"schema", "objective", "base_model", "base_model_id", "objective_settings", "heartbeat_seconds"}
)
FULL_FINE_TUNING = frozenset({"none", "null", "false", "off"})


def objective_spec(name: str) -> ObjectiveSpec:
    """Return what is known of an objective; raises RunRefusedError that names the known ones."""
    try:
        return load_objective(name).SPEC
    except UnknownObjectiveError as error:
        raise RunRefusedError(str(error)) from None


def suggested_settings(*, train_rows: int, is_random_model: bool) -> dict[str, Any]:
    """Return settings to begin with: three passes over the rows, at least 20 and at most 2,000 steps.

    A random model needs a learning rate far above what keeps a trained one whole.
    """
    batch_size = 8
    steps = min(2000, max(20, ceil(3 * train_rows / batch_size)))
    if is_random_model:
        steps = min(steps, 60)
    return {
        "max_steps": steps,
        "batch_size": batch_size,
        "learning_rate": 5e-3 if is_random_model else 5e-5,
        "warmup_steps": min(5, steps),
        "checkpoint_every": max(5, min(200, ceil(steps / 6))),
        "evaluate_every": max(5, min(200, ceil(steps / 6))),
    }


def completed_settings(chosen: Mapping[str, Any], suggested: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen with suggestions for the rest; a suggested warm-up never outlasts the steps chosen."""
    settings = {**suggested, **chosen}
    steps = settings["max_steps"]
    if "warmup_steps" not in chosen and isinstance(steps, int):
        settings["warmup_steps"] = max(0, min(suggested["warmup_steps"], steps))
    return settings


def parse_assignments(assignments: list[str]) -> dict[str, Any]:
    """Read `key=value` settings of a command line; a value is JSON where it can be read as such, else text."""
    parsed: dict[str, Any] = {}
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator or not key:
            message = f"A setting is written key=value, not '{assignment}'."
            raise RunRefusedError(message)
        parsed[key.strip()] = _parsed_value(value.strip())
    return parsed


def _parsed_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def frozen_configuration(
    *, objective: str, base_model: str, base_model_id: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the whole `config.json`, every default spelled out; raises RunRefusedError with one clear sentence.

    `settings` is flat: `learning_rate`, `beta` of the objective, `lora.r`; `lora=none` trains all weights.
    """
    spec = objective_spec(objective)
    document = _document(settings, spec)
    document |= {"objective": objective, "base_model": base_model, "base_model_id": base_model_id}
    try:
        config = config_from_mapping(document)
    except TrainerError as error:
        raise RunRefusedError(error.sentence) from None
    return _as_json(config, spec)


def _document(settings: Mapping[str, Any], spec: ObjectiveSpec) -> dict[str, Any]:
    plain = {entry.name for entry in fields(TrainerConfig)} - RESERVED - {"lora"}
    shapes = {f"lora.{entry.name}": entry.name for entry in fields(LoraSettings)}
    document: dict[str, Any] = {"objective_settings": {}}
    lora: dict[str, Any] | None = {}
    for key, value in settings.items():
        if key in plain:
            document[key] = value
        elif key in spec.defaults:
            document["objective_settings"][key] = value
        elif key in shapes and lora is not None:
            lora[shapes[key]] = value
        elif key == "lora" and (value is None or str(value).lower() in FULL_FINE_TUNING):
            lora = None
        else:
            raise RunRefusedError(_unknown_setting(key, sorted({*plain, *spec.defaults, *shapes, "lora"})))
    return {**document, "lora": lora}


def _unknown_setting(key: str, known: list[str]) -> str:
    return f"There is no setting named '{key}' that can be chosen. Known: {', '.join(known)}."


def _as_json(config: TrainerConfig, spec: ObjectiveSpec) -> dict[str, Any]:
    document = {entry.name: getattr(config, entry.name) for entry in fields(config)}
    document["objective_settings"] = dict(complete_settings(config, spec=spec))
    if config.lora is not None:
        lora = asdict(config.lora)
        modules = lora["target_modules"]
        document["lora"] = {**lora, "target_modules": modules if isinstance(modules, str) else list(modules)}
    return document


def configuration_sha256(configuration: Mapping[str, Any]) -> str:
    """Return the hash by which two runs are known to ask for the same."""
    return sha256(canonical_json(configuration)).hexdigest()
