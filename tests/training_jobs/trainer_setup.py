"""The cast of the trainer's tests: rows that can be learned, run directories, and a tiny model to train."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
from pyarrow import parquet

if TYPE_CHECKING:
    from training_jobs.trainer.supervision import StopFlag

CHECKOUT = Path(__file__).resolve().parents[2]

TOPICS = [
    *("gardens", "rivers", "trains", "bread", "chess", "music", "clouds", "maps", "bridges"),
    *("poems", "islands", "clocks", "stones", "birds", "lamps", "letters", "harbours", "forests"),
    *("markets", "kitchens", "deserts", "ladders", "windows", "rain", "candles", "ink"),
]
TRAINED, HELD_OUT = TOPICS[:18], TOPICS[18:]
FILLERS = [
    *("there", "are", "many", "quiet", "ways", "to", "think", "about", "this", "and", "people", "often"),
    *("begin", "with", "small", "steps", "before", "going", "further"),
]

Row = dict[str, Any]


def make_row(row_id: str, *, prompt: str, chosen: str, rejected: str, decided_by: str = "people") -> Row:
    """Return one row in the shape that the exporter writes."""
    return {
        "id": row_id,
        "prompt": [{"role": "user", "content": prompt}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
        "decided_by": decided_by,
        "source": "test",
        "split": "train",
    }


def make_learnable_rows(count: int, *, topics: list[str], seed: int = 1, flip_every: int = 0) -> list[Row]:
    """Return pairs of equal length that differ in a marker word: `please` is preferred, `indeed` is not.

    With `flip_every` of 2 every second pair prefers the other marker, so that nothing can be learned.
    """
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        topic, words = chance.choice(topics), chance.randint(6, 12)
        replies = [
            _reply(topic, marker=marker, words=words, chance=chance) for marker in ("please", "indeed")
        ]
        if flip_every and number % flip_every == 0:
            replies.reverse()
        rows.append(
            make_row(f"r{number}", prompt=f"Tell me about {topic}.", chosen=replies[0], rejected=replies[1])
        )
    return rows


def make_run(
    folder: Path, *, model: Path, train: list[Row], held_out: Sequence[Row] = (), **config: Any
) -> Path:
    """Write a run directory that trains a small adapter for a few steps unless `config` says otherwise."""
    (folder / "rows").mkdir(parents=True)
    for split, rows in (("train", train), ("test", held_out)):
        if rows:
            write_rows(folder, split=split, rows=rows)
    write_config(folder, base_model=str(model), **config)
    return folder


def write_rows(folder: Path, *, split: str, rows: Sequence[Row]) -> None:
    """Write the rows of one split."""
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), folder / "rows" / f"{split}.parquet")


def write_config(folder: Path, **changes: Any) -> None:
    """Write `config.json`: the tests' defaults with these changes."""
    usual = {"schema": 1, "objective": "dpo", "max_steps": 6, "batch_size": 4, "learning_rate": 1e-2}
    usual |= {"warmup_steps": 2, "max_length": 128, "checkpoint_every": 2, "evaluate_every": 0}
    (folder / "config.json").write_text(json.dumps(usual | changes), encoding="utf-8")


def start_trainer(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start the trainer as a supervisor does; its output goes to `log.txt` in the run directory."""
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **environment}
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "training_jobs.trainer", str(folder)],
            cwd=CHECKOUT,
            env=settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def train_here(folder: Path, *, stop: "StopFlag | None" = None) -> None:
    """Train a run directory in this process, without signals and heartbeat."""
    from training_jobs.trainer.config import read_config
    from training_jobs.trainer.preference_trainer import RunFiles
    from training_jobs.trainer.run import Run, train_and_evaluate
    from training_jobs.trainer.run_directory import MetricsLog, RunDirectory, StatusFile
    from training_jobs.trainer.supervision import StopFlag

    directory = RunDirectory(folder)
    files = RunFiles(
        directory=directory, status=StatusFile(directory.status), metrics=MetricsLog(directory.metrics)
    )
    train_and_evaluate(Run(config=read_config(directory.config), files=files, stop=stop or StopFlag()))


def wait_until(fact: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Return as soon as `fact` holds; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


def step_reached(folder: Path) -> int:
    """Return the step that `status.json` tells of, 0 before there is one."""
    status = folder / "status.json"
    return int(read_json(status)["step"]) if status.exists() else 0


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def read_metrics(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of `metrics.jsonl`."""
    for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def corpus() -> list[str]:
    """Return texts that teach the tokenizer the words of the learnable rows."""
    return [f"Tell me about {topic}. On {topic}, please indeed {' '.join(FILLERS)}" for topic in TOPICS]


def _reply(topic: str, *, marker: str, words: int, chance: random.Random) -> str:
    chosen = chance.choices(FILLERS, k=words)
    chosen.insert(chance.randint(1, words - 1), marker)
    return f"On {topic}, {' '.join(chosen)}"
