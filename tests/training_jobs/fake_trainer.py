"""A trainer that trains nothing and keeps to the protocol of the real one: `fake_trainer.py BEHAVIOUR RUN_DIR`.

finish: a line of metrics a step, a checkpoint, an adapter, an evaluation. wait: train until asked to stop, then
save and end with 75. deaf: ignore being asked. fail, memory, killed: end as the name says.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

BEHAVIOUR, RUN_DIR = sys.argv[1], Path(sys.argv[2])
STEPS = json.loads((RUN_DIR / "config.json").read_text())["max_steps"]
asked: list[int] = []


def ask_to_stop(number: int, _frame: FrameType | None) -> None:
    """Note that a stop was asked for."""
    if BEHAVIOUR != "deaf":
        asked.append(number)


def write(name: str, content: object) -> None:
    """Write JSON aside and rename it."""
    aside = RUN_DIR / f".{name}.tmp"
    aside.write_text(json.dumps(content))
    aside.replace(RUN_DIR / name)


def status(state: str, step: int = 0, *, error: dict[str, str] | None = None) -> None:
    """Say how far it is."""
    said = {"state": state, "step": step, "total_steps": STEPS, "resumed_from": START or None, "error": error}
    write("status.json", said)


def checkpoint_steps() -> list[int]:
    """Return the steps that there are checkpoints of."""
    return sorted(int(path.parent.name[5:]) for path in RUN_DIR.glob("checkpoints/step-*/COMPLETE"))


def checkpoint(step: int) -> None:
    """Leave a complete checkpoint."""
    folder = RUN_DIR / "checkpoints" / f"step-{step}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "COMPLETE").write_text(
        json.dumps({"schema": 1, "step": step, "files": {}, "configuration": {}})
    )


def measure(step: int) -> None:
    """Append a line of metrics."""
    values = {
        "loss": 1 / step,
        "accuracy": 0.5,
        "margin": 0.1,
        "rewards_chosen": 0.1,
        "rewards_rejected": -0.1,
    }
    with (RUN_DIR / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"time": "", "step": step, "split": "train", "values": values}) + "\n")


def leave_results() -> None:
    """Leave an adapter and an evaluation of two pairs."""
    (RUN_DIR / "adapter").mkdir(exist_ok=True)
    (RUN_DIR / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (RUN_DIR / "adapter" / "training_args.bin").write_bytes(b"a pickle")
    accuracy = {"preference_accuracy": 0.5, "interval": [0.1, 0.9]}
    rows = [
        {
            "id": "a",
            "logp_chosen": -1.0,
            "logp_rejected": -2.0,
            "ref_logp_chosen": -2.0,
            "ref_logp_rejected": -2.0,
        }
    ]
    write(
        "evaluation.json",
        {"schema": 1, "split": "test", "n": 2, **accuracy, "reward_margin": 0.1, "policy_ranking": 0.5}
        | {"policy_ranking_interval": [0.1, 0.9], "base": accuracy, "longer_wins": 0.5}
        | {"mean_words": {"chosen": 5, "rejected": 4}, "by": {"decided_by": {"miner": {"n": 2, **accuracy}}}}
        | {"rows": rows},
    )


START = max(checkpoint_steps(), default=0)
signal.signal(signal.SIGTERM, ask_to_stop)
status("loading")
if BEHAVIOUR == "fail":
    status("failed", error={"code": "no_usable_rows", "sentence": "None of the rows can be used."})
    sys.exit(1)
if BEHAVIOUR == "memory":
    status("failed", error={"code": "gpu_out_of_memory", "sentence": "The GPU ran out of memory."})
    sys.exit(42)
if BEHAVIOUR == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
for step in range(START + 1, STEPS + 1):
    measure(step)
    status("training", step)
    while BEHAVIOUR in {"wait", "deaf"} and not asked:
        time.sleep(0.02)
    if asked:
        checkpoint(step)
        status("stopped", step)
        sys.exit(75)
checkpoint(STEPS)
leave_results()
status("finished", STEPS)
