"""The messages that the shipped linear head is fitted on: of the demo, of exchanges, and requests moved elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from curation.demo import FOLDER, true_labels
from feedback_mining.detectors.embedding.exchanges import exchanges, moved_requests
from feedback_mining.detectors.embedding.training import Example
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.taxonomy import Polarity, polarity_of


@dataclass(frozen=True, slots=True)
class _Turn:
    role: str
    text: str
    is_repeat: bool = False


def shipped_examples() -> list[Example]:
    """Return the labelled messages of the demo conversations and of exchanges, and requests that judge no answer.

    A topic is a group, and so is a kind of exchange.
    """
    return [*_labelled_examples(), *_unrelated_examples(), *_exchanged_examples()]


def _exchanged_examples() -> list[Example]:
    return [
        Example(context=each.context, sat=each.sat, dsat=each.dsat, group=f"exchanges: {each.group}")
        for each in (*exchanges(), *moved_requests())
    ]


def _unrelated_examples() -> list[Example]:
    """Return each conversation's first request as if it came after the first answer of a conversation before it.

    It was written before any answer, so it is no feedback, whatever words it has.
    """
    first = {context.conversation: (topic, context) for topic, context in reversed(list(_demo_contexts()))}
    ordered = list(reversed(first.values()))
    examples = []
    for place, (topic, context) in enumerate(ordered):
        _topic, before = ordered[place - len(ordered) // 2]
        moved = replace(before, text=context.earlier_requests[0]) if context.earlier_requests else None
        if moved is not None:
            examples.append(Example(context=moved, sat=False, dsat=False, group=topic))
    return examples


def _labelled_examples() -> list[Example]:
    labels = {(label.conversation, label.index): label for label in true_labels()}
    examples = []
    for topic, context in _demo_contexts():
        label = labels.get((context.conversation, context.index))
        if label is not None:
            polarities = {polarity_of(name) for name in label.criteria}
            examples.append(
                Example(
                    context=context,
                    sat=Polarity.SAT in polarities,
                    dsat=Polarity.DSAT in polarities,
                    group=topic,
                )
            )
    return examples


def _demo_contexts() -> Iterator[tuple[str, FeedbackContext]]:
    for path in sorted((FOLDER / "labels").glob("*.jsonl")):
        for line in (FOLDER / "corpus" / path.name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            turns = [_Turn(each["role"], str(each["content"] or "")) for each in record["messages"]]
            for context in contexts_of(turns, conversation=record["id"], language=record.get("language", "")):
                yield path.stem, context
