"""Decisions of an adjudicator: the answer of their item, whatever a method makes of its votes."""

from collections.abc import Mapping
from dataclasses import replace

from annotation.domain.consensus.contract import Consensus, ItemConsensus, Takes
from annotation.domain.consensus.judgements import JudgementRow, Judgements
from annotation.domain.label_tables import number_in


def with_decisions(consensus: Consensus, *, decisions: Judgements, takes: Takes) -> Consensus:
    """Put each decision in the place of what the votes on its item came to; items without votes come last.

    How far people can be relied on stays as their votes say: a decision was given in view of no vote, and no
    person is marked against it.
    """
    decided = {each.item: each for each in _decided(decisions, takes=takes)}
    if not decided:
        return consensus
    voted = {each.item: each for each in consensus.items}
    kept = [_settled(each, decided.get(each.item)) for each in consensus.items]
    added = [each for name, each in decided.items() if name not in voted]
    return replace(
        consensus, items=[*kept, *added], notes=[*consensus.notes, _sentence(decided, voted=voted)]
    )


def _decided(decisions: Judgements, *, takes: Takes) -> list[ItemConsensus]:
    if takes is Takes.ORDERS:
        return [_of_order(row, decisions) for row in decisions.rows if row.label is not None]
    labels = decisions.labels
    return [
        _decision(labels.items[item], label=labels.values[value], by=labels.annotators[annotator])
        for item, annotator, value in zip(labels.item, labels.annotator, labels.value, strict=True)
    ]


def _of_order(row: JudgementRow, decisions: Judgements) -> ItemConsensus:
    order = next(each.order for each in decisions.orders if each.item == row.item)
    top = order.tiers[0]
    return replace(
        _decision(row.item, label=str(order), by=row.annotator),
        soft={name: 1 / len(top) if name in top else 0.0 for name in order.names},
        tied=tuple(sorted(top)) if len(top) > 1 else (),
        value=None,
    )


def _decision(item: str, *, label: str, by: str) -> ItemConsensus:
    return ItemConsensus(
        item=item,
        label=label,
        confidence=1.0,
        soft={label: 1.0},
        judgements=0,
        value=number_in(label),
        used=(by,),
        note=f"Decided by {by}.",
    )


def _settled(voted: ItemConsensus, decision: ItemConsensus | None) -> ItemConsensus:
    if decision is None:
        return voted
    return replace(decision, judgements=voted.judgements, note=f"{decision.note} {_votes_said(voted)}")


def _votes_said(voted: ItemConsensus) -> str:
    if voted.tied:
        return f"The votes were tied between {', '.join(voted.tied)}."
    return f"The votes came to {voted.label} ({voted.confidence:.2f})."


def _sentence(decided: Mapping[str, ItemConsensus], *, voted: Mapping[str, ItemConsensus]) -> str:
    changed = sum(name not in voted or voted[name].label != each.label for name, each in decided.items())
    return (
        f"{len(decided)} items stand as an adjudicator decided them;"
        f" {changed} of these are not what the votes came to."
    )
