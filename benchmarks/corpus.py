"""Conversations to measure with: of a generator that is named by its path, or of the small one here.

Ours writes 2 to 10 turns of about 150 words out of 6,000 made-up ones, frequent and rare as words are. Record i is a
function of i alone.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from random import Random

STARTS = "b c d f g h j k l m n p r s t v w z br cr dr fl gr pl st tr"
VOWELS = "a e i o u ai ea oo ou"
ENDS = "n r s t l m nd st ng ck p b d f g k rt ft lt sk mp nk rd rm rn"
WORDS = [start + vowel + end for start in STARTS.split() for vowel in VOWELS.split() for end in ENDS.split()]
_WEIGHTS = list(accumulate(1 / (rank + 2.7) for rank in range(len(WORDS))))
MODELS = ("aster-7b", "birch-13b", "cedar-70b", "dogwood-8b")


def write_conversations(folder: Path, *, count: int, generator: Path | None) -> Path:
    """Write a file of OpenAI chats, one a line, and return its path."""
    path = folder / "conversations.jsonl"
    if generator is None:
        _write_lines(path, (_conversation(number) for number in range(count)))
    else:
        options = ["--n", str(count), "--only", "conversations", "--out", str(folder)]
        subprocess.run([sys.executable, str(generator), *options], check=True, stdout=subprocess.DEVNULL)
    return path


def write_preferences(folder: Path, *, count: int) -> Path:
    """Write a file of preferences as trainers read them, to be imported and exported again."""
    path = folder / "preferences.jsonl"
    _write_lines(path, (_preference(number) for number in range(count)))
    return path


def _write_lines(path: Path, records: Iterator[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _conversation(number: int) -> dict[str, object]:
    chance = Random(number)
    turns = 2 * chance.randint(1, 5)
    messages = [
        {"role": ("user", "assistant")[turn % 2], "content": _text(chance, words=150)}
        for turn in range(turns)
    ]
    about = {"model": chance.choice(MODELS), "language": chance.choice(("en", "de", "fr"))}
    return {"id": f"conversation-{number}", "messages": messages, **about}


def _preference(number: int) -> dict[str, object]:
    chance = Random(-1 - number)
    prompt, chosen, rejected = (_text(chance, words=150) for _ in range(3))
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


def _text(chance: Random, *, words: int) -> str:
    length = min(600, max(8, int(chance.lognormvariate(0, 0.5) * words)))
    return " ".join(chance.choices(WORDS, cum_weights=_WEIGHTS, k=length)).capitalize() + "."
