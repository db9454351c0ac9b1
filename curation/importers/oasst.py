"""OpenAssistant message trees: a message a record, or a whole nested tree a record.

Rows of one tree need not stand together, and a parent need not stand before its replies. A tree whose rows
lie further apart than what is held in memory comes out in pieces; what misses its parent then is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from curation.domain.corpus.records import (
    JsonValue,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    TextPart,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    all_or_refused,
    label_of,
    moment_of,
    object_of,
    or_refused,
    required_text,
    wrong_type,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.message_trees import Node, imported_tree
from curation.domain.importers.reading import Source
from curation.domain.versions.grouping import OpenGroups

_ROLES = {"prompter": "user", "assistant": "assistant"}


class OasstImporter:
    """Each way from a root to a leaf is a conversation; ranks and labels of sibling replies become groups.

    A deleted message, one whose parent is missing, and all that stands below either are refused by name.
    Labels are kept for replies as mean values in [0, 1] under their own names: quality, toxicity ...
    """

    name = "oasst"
    title = "OpenAssistant trees"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that are messages of trees, or trees."""
        return 0.98 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the threads of each tree after its refusals; units count messages."""
        open_trees: OpenGroups[str, Node] = OpenGroups()
        for record in json_records(source):
            for each in _nodes_or_refusal(record):
                if isinstance(each, Refusal):
                    yield each
                    continue
                tree_id, node = each
                for nodes in open_trees.add(tree_id, node, weight=len(node.message.text)):
                    yield from _imported_tree(nodes)
        for nodes in open_trees.close_all():
            yield from _imported_tree(nodes)


def _imported_tree(nodes: list[Node]) -> list[Imported]:
    return all_or_refused(partial(imported_tree, nodes), position=nodes[0].position, units=len(nodes))


def _nodes_or_refusal(record: JsonRecord | Refusal) -> Iterator[tuple[str, Node] | Refusal]:
    if isinstance(record, Refusal):
        yield record
        return
    found = all_or_refused(partial(_messages_of, record), position=record.position, excerpt=record.excerpt)
    for each in found:
        if isinstance(each, Refusal):
            yield each
            continue
        tree_id, message = each
        node = or_refused(
            partial(_node_of, message, position=record.position),
            position=record.position,
            excerpt=record.excerpt,
        )
        yield node if isinstance(node, Refusal) else (tree_id, replace(node, cleaned=record.cleaned))


def _messages_of(record: JsonRecord) -> Iterator[tuple[str, JsonObject]]:
    """Yield the messages of a record with the id of their tree."""
    value = object_of(record)
    tree_id = _tree_id(value)
    for message in _flattened(value):
        yield tree_id, message


def _tree_id(value: JsonObject) -> str:
    """Return the tree's id: a root that does not name its tree is the tree's name."""
    return label_of(value, "message_tree_id") or required_text(_root_of(value), "message_id")


def _root_of(value: JsonObject) -> JsonObject:
    nested = value.get("prompt")
    return nested if isinstance(nested, Mapping) else value


def _flattened(value: JsonObject) -> Iterator[JsonObject]:
    """Yield a record's messages: itself, or those of a nested tree with their parents' ids filled in."""
    stack: list[tuple[JsonObject, JsonValue]] = [(_root_of(value), value.get("parent_id"))]
    while stack:
        message, parent_id = stack.pop()
        yield {**message, "parent_id": parent_id}
        replies = message.get("replies") or []
        inner = (
            [reply for reply in replies if isinstance(reply, Mapping)] if isinstance(replies, list) else []
        )
        stack += [(reply, message.get("message_id")) for reply in reversed(inner)]


def _node_of(message: JsonObject, *, position: Position) -> Node:
    message_id = required_text(message, "message_id")
    if not message_id:
        # An empty parent_id means that there is none, so an empty id would be the parent of every root.
        raise RecordError(RefusalReason.MISSING_FIELD, 'The field "message_id" is empty.')
    parent_id = label_of(message, "parent_id")
    role = required_text(message, "role")
    return Node(
        id=message_id,
        parent_id=parent_id,
        message=MessageRecord(
            role=_ROLES.get(role, role),
            parts=(TextPart(text=required_text(message, "text")),),
            sent_at=moment_of(message.get("created_date")),
            source_id=message_id,
        ),
        position=position,
        rank=_rank_of(message),
        ratings=_ratings_of(message.get("labels")),
        user=label_of(message, "user_id"),
        language=label_of(message, "lang"),
        model=label_of(message, "model_name"),
        fault=_fault_of(message, role=role, is_root=not parent_id),
    )


def _fault_of(message: JsonObject, *, role: str, is_root: bool) -> RecordError | None:
    """Return why a message that can be read is not imported; the sentence goes on from its id."""
    if message.get("deleted"):
        return RecordError(RefusalReason.DELETED, "is marked as deleted in the source, so it was left out.")
    if role not in _ROLES:
        known = ", ".join(_ROLES)
        return RecordError(
            RefusalReason.UNKNOWN_ROLE, f'has the role "{role[:40]}", which is not known. Known: {known}.'
        )
    if not required_text(message, "text").strip():
        return RecordError(RefusalReason.EMPTY_MESSAGE, "is empty.")
    if is_root and role != "prompter":
        return RecordError(RefusalReason.ROLES_OUT_OF_ORDER, "begins a tree but is not a prompter's.")
    return None


def _rank_of(message: JsonObject) -> int | None:
    rank = message.get("rank")
    if rank is None or (isinstance(rank, int) and not isinstance(rank, bool)):
        return rank
    raise wrong_type("rank", value=rank, wanted="a whole number")


def _ratings_of(labels: JsonValue) -> dict[str, float]:
    """Return label → mean value, from parallel lists or from an object of objects."""
    if not isinstance(labels, Mapping):
        return {}
    names, values = labels.get("name"), labels.get("value")
    if isinstance(names, list) and isinstance(values, list):
        means = dict(zip(map(str, names), values, strict=False))
    else:
        means = {name: label.get("value") for name, label in labels.items() if isinstance(label, Mapping)}
    return {name: number for name, value in means.items() if (number := number_of(value)) is not None}


def _fits(record: JsonObject) -> bool:
    if isinstance(record.get("prompt"), Mapping):
        return "replies" in record["prompt"]
    return {"message_id", "parent_id", "role", "text"} <= set(record)
