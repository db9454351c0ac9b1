"""The consensus of a queue as its page shows it: how sure it is, its ties and circles, and whom it can rely on."""

from collections.abc import Mapping
from typing import Any

from annotation.consensus import CONSENSUS, load_method
from annotation.domain.consensus.contract import Consensus, ItemConsensus, Reliability
from annotation.domain.consensus.judgements import sides_of
from annotation.domain.consensus.orders import Order, parse_order
from annotation.domain.figures import Undefined, json_value
from annotation.models import Queue
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.queue_agreement import PREFERENCE, asked_in, judgement_count
from annotation.queries.queue_figures.queue_consensus import infer_with_decisions
from annotation.queries.queue_figures.queue_judgements import queue_decisions, queue_judgements
from curation.domain.errors import HarkenError
from curation.models import Project

AT_ONCE = 3_000
# Items that a page shows of each kind; the file has them all.
MOST_SHOWN = 40
# Votes alone decide by the first, and it shows ties and circles; a mean of few ratings is drawn to that of all.
FOR_PREFERENCES, FOR_RATINGS = "ranked_pairs", "shrunken_mean"
# Where a confidence counts as sure, and where as likely.
SURE, LIKELY = 0.9, 0.7
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the consensus in figures, or under `problem` the sentence that says why the method gives none."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    judged = queue_judgements(queue)
    asked = list(asked_in(judged))
    attribute, method = chosen_question(question, asked=asked)
    found: dict[str, Any] = {
        "asked": asked,
        "attribute": attribute,
        "method": method,
        "method_title": load_method(method).title,
    }
    report(0, 1)
    try:
        consensus = infer_with_decisions(
            judged,
            queue_decisions(queue),
            method=load_method(method),
            attribute=attribute_of(attribute),
        )
    except HarkenError as error:
        return {**found, "problem": str(error)}
    report(1, 1)
    return {**found, **_in_figures(consensus)}


def chosen_question(question: Question, *, asked: list[str]) -> tuple[str, str]:
    """Return the attribute and the method that were asked for, or those that suit what was judged."""
    attribute = question.get("attribute") or next(iter(asked), PREFERENCE)
    usual = FOR_PREFERENCES if attribute == PREFERENCE else FOR_RATINGS
    method = question.get("method", "")
    return attribute, method if method in CONSENSUS else usual


def attribute_of(name: str) -> str:
    """Return the attribute as consensus knows it, where preferences have none."""
    return "" if name == PREFERENCE else name


def _in_figures(consensus: Consensus) -> dict[str, Any]:
    decided = [each for each in consensus.items if each.note.startswith("Decided by")]
    voted = [each for each in consensus.items if not each.note.startswith("Decided by")]
    unsure = sorted(voted, key=lambda each: (each.confidence, each.item))
    tied = [each for each in voted if each.tied]
    circles = [each for each in voted if "circle" in each.note]
    return {
        "items": len(consensus.items),
        "tied": len(tied),
        "circles": len(circles),
        "decided": len(decided),
        "confidence": _confidence(voted),
        "annotators": [_reliability(each) for each in consensus.annotators],
        "reliability_means": consensus.reliability_means,
        "figures": dict(consensus.figures),
        "notes": list(consensus.notes),
        "shown": {
            "tied": [_item(each) for each in tied[:MOST_SHOWN]],
            "circles": [_item(each) for each in circles[:MOST_SHOWN]],
            "decided": [_item(each) for each in decided[:MOST_SHOWN]],
            "unsure": [_item(each) for each in unsure[:MOST_SHOWN] if not each.tied],
        },
    }


def _confidence(items: list[ItemConsensus]) -> dict[str, int]:
    sure = sum(each.confidence >= SURE for each in items)
    likely = sum(LIKELY <= each.confidence < SURE for each in items)
    return {"sure": sure, "likely": likely, "open": len(items) - sure - likely}


def _reliability(each: Reliability) -> dict[str, Any]:
    return {
        "annotator": each.annotator,
        "reliability": each.reliability,
        "interval": json_value(each.interval),
        "judgements": each.judgements,
        "reason": each.interval.reason if isinstance(each.interval, Undefined) else "",
    }


def _item(each: ItemConsensus) -> dict[str, Any]:
    """Return an item for a table: its answers as letters in the order of their ids, and what was said of them."""
    subject, sides = sides_of(each.item)
    order = _order(each, sides=sides)
    letters = {name: LETTERS[at % len(LETTERS)] for at, name in enumerate(order.names)} if order else {}
    return {
        "item": subject,
        "answers": list(letters),
        "label": _lettered(order, letters=letters) if order else each.label,
        "confidence": each.confidence,
        "judgements": each.judgements,
        "note": _in_letters(each.note, letters=letters),
    }


def _order(each: ItemConsensus, *, sides: list[str]) -> Order | None:
    """Return the order of answers that an item's label writes out; None where the label is a rating."""
    if sides:
        tiers = {"a": ((sides[0],), (sides[1],)), "b": ((sides[1],), (sides[0],))}
        return Order(tiers.get(each.label, ((sides[0], sides[1]),)))
    return parse_order(each.label) if ">" in each.label or "=" in each.label else None


def _lettered(order: Order, *, letters: Mapping[str, str]) -> str:
    return " > ".join(" = ".join(sorted(letters[name] for name in tier)) for tier in order.tiers)


def _in_letters(note: str, *, letters: Mapping[str, str]) -> str:
    for name, letter in letters.items():
        note = note.replace(name, letter)
    return note
