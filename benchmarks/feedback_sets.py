"""Messages with labels that nobody here wrote, and messages of which it is known that they say nothing of an answer."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.taxonomy import Polarity

# The turn number that some reactions begin with, and all that is no word.
_NO_WORDS = re.compile(r"\A\d+\s|\W+")
WENT_ON = "Ignore and Continue"
LOWEST_PLEASED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Messages with whether each voices a polarity; messages of a cluster are drawn together."""

    name: str
    polarity: Polarity
    contexts: Sequence[FeedbackContext]
    labels: NDArray[np.bool_]
    clusters: Sequence[str]

    @property
    def texts(self) -> list[str]:
        """Return the messages."""
        return [context.text for context in self.contexts]

    @property
    def wordings(self) -> list[str]:
        """Return the words of each message: what two messages that say the same share."""
        return [_NO_WORDS.sub(" ", text.casefold()).strip() for text in self.texts]

    def part(self, chosen: NDArray[np.bool_], *, name: str) -> "Labelled":
        """Return some of the messages."""
        places = np.flatnonzero(chosen).tolist()
        return Labelled(
            name=name,
            polarity=self.polarity,
            contexts=[self.contexts[place] for place in places],
            labels=self.labels[places],
            clusters=[self.clusters[place] for place in places],
        )


@dataclass(frozen=True, slots=True)
class Reactions:
    """The reactions to system errors, and the type that each has."""

    labelled: Labelled
    types: NDArray[np.str_]


def reactions(folder: Path) -> Reactions:
    """Return feedback_types; all but "Ignore and Continue" are feedback, and so voice dissatisfaction."""
    lines = (folder / "feedback_types" / "erroneous_train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if (row["user_reaction"] or "").strip(" -")]
    contexts = [
        _context(str(n), row["user_reaction"], row["error_text"] or "", _users_in(row["context"]))
        for n, row in enumerate(rows)
    ]
    types = np.array([row["user_reaction_type"] for row in rows])
    labelled = Labelled(
        name="feedback_types",
        polarity=Polarity.DSAT,
        contexts=contexts,
        labels=types != WENT_ON,
        clusters=[context.conversation for context in contexts],
    )
    return Reactions(labelled, types)


def _users_in(dialogue: str) -> list[str]:
    parts = re.split(r"<(user|system)>", dialogue)
    said = zip(parts[1::2], parts[2::2], strict=False)
    return [text.strip() for role, text in said if role == "user" and text.strip()]


def ratings(folder: Path) -> list[Labelled]:
    """Return ifllm: each query after a rated answer; 4 or 5 of 5 satisfied, fewer did not. A cluster is a person."""
    contexts, likert, people = [], [], []
    for number, turns in enumerate(_tasks(folder)):
        for place in range(1, len(turns)):
            answered = turns[place - 1]
            if answered["likert_1"]:
                earlier = [row["user_query"] for row in turns[:place]]
                text = turns[place]["user_query"]
                contexts.append(_context(f"{number}-{place}", text, answered["llm_response_1"], earlier))
                likert.append(float(answered["likert_1"]))
                people.append(answered["user_id"])
    pleased = np.array(likert) >= LOWEST_PLEASED
    wanted: dict[Polarity, tuple[str, Callable[[NDArray[np.bool_]], NDArray[np.bool_]]]] = {
        Polarity.DSAT: ("ifllm: rating below 4", np.logical_not),
        Polarity.SAT: ("ifllm: rating 4 or 5", np.asarray),
    }
    return [
        Labelled(name=name, polarity=polarity, contexts=contexts, labels=of(pleased), clusters=people)
        for polarity, (name, of) in wanted.items()
    ]


def _tasks(folder: Path) -> list[list[dict[str, str]]]:
    """Return the turns of each person's task, in the order of time."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (folder / "ifllm" / "query_logs_a.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["user_id"], row["task_id"]].append(row)
    for turns in groups.values():
        turns.sort(key=lambda row: (row["query_timestamp"], int(row["query_ID"])))
    return list(groups.values())


def unrelated(folder: Path) -> dict[str, list[FeedbackContext]]:
    """Return first requests, each put after the first request of another conversation and the answer to that.

    Whatever words such a request has, it says nothing of that answer.
    """
    return {"oasst1": _moved(_oasst1(folder)), "dove": _moved(_dove(folder))}


def _oasst1(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / "oasst1" / "en-validation.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    answers = {row["parent_id"]: row["text"] for row in rows if row.get("parent_id")}
    first = [row for row in rows if not row.get("parent_id") and row["message_id"] in answers]
    return [(row["text"], answers[row["message_id"]]) for row in first]


def _dove(folder: Path) -> list[tuple[str, str]]:
    """Return the instructions, with the worse answer to every other one."""
    lines = (folder / "dove" / "val_conditional_pref.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        (row["i_chosen"], row["r_chosen"] if place % 2 else row["r_reject"]) for place, row in enumerate(rows)
    ]


def _moved(exchanges: Sequence[tuple[str, str]]) -> list[FeedbackContext]:
    return [
        _context(str(n), later, answer, [asked])
        for n, ((asked, answer), (later, _)) in enumerate(pairwise(exchanges))
    ]


def _context(name: str, text: str, response: str, earlier: Sequence[str]) -> FeedbackContext:
    place = 2 * len(earlier)
    return FeedbackContext(
        conversation=name,
        index=place,
        text=text,
        response=response,
        response_index=max(place - 1, 0),
        earlier_requests=tuple(earlier),
    )
