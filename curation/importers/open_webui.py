"""Chats and feedback as Open WebUI exports them: each chat a tree of messages, of which one way is current."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from curation.domain.corpus.records import (
    AttachmentPart,
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Part,
    Position,
    Refusal,
    RefusalReason,
    Reply,
    ReplyGroup,
    SourceScore,
    TextPart,
)
from curation.domain.importers.chat_parts import Files, content_parts, embedded_file
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import EDITED, REGENERATED, THUMB, number_of, thumb_of
from curation.domain.importers.growing_prefixes import joined_calls
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    all_or_refused,
    label_of,
    moment_of,
    object_of,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source
from curation.domain.work.turns import accepted_turns, has_content

# The detailed rating beside a thumb, from 1 to 10.
DETAILED = "rating of 10"
_ROLES = {"user", "assistant", "system"}


class OpenWebUiImporter:
    """A chat a record, or a piece of feedback with the chat it was given on.

    The current way through the tree is the conversation. An answer beside the one that the way goes through is one
    that was written anew; other ways are conversations whose shared beginning is marked as a repeat. An answer that a
    person rewrote stands as the model wrote it, with the rewritten one beside it.
    """

    name = "open_webui"
    title = "Open WebUI"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that hold a chat with a history, or feedback on one."""
        return 0.98 * head.share_of(_holds_chat)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the ways through each chat; the first accounts for the record."""
        return joined_calls(_conversations(source))


def _conversations(source: Source) -> Iterator[Imported]:
    for record in json_records(source):
        if isinstance(record, Refusal):
            yield record
            continue
        yield from all_or_refused(partial(_ways_of, record), position=record.position, excerpt=record.excerpt)


def _ways_of(record: JsonRecord) -> Iterator[ConversationRecord]:
    """Yield the ways through the chat of a record; the first accounts for it."""
    for number, way in enumerate(_ways_through(object_of(record), position=record.position)):
        yield replace(way, units=int(number == 0), cleaned=record.cleaned if number == 0 else 0)


def _ways_through(record: JsonObject, *, position: Position) -> Iterator[ConversationRecord]:
    chat = _chat_of(record)
    if chat is None:
        raise RecordError(
            RefusalReason.MISSING_FIELD,
            'This record holds no chat: it has neither "chat" nor a "snapshot" of one.',
        )
    tree = _Tree(chat.body, feedback=_feedback_of(record))
    for number, leaf in enumerate(tree.leaves()):
        way = tree.way(leaf, source_id=chat.id if number == 0 else leaf)
        yield replace(way, source_user=chat.user, tags=chat.tags, position=position)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chat:
    id: str
    user: str
    tags: tuple[str, ...]
    body: JsonObject


def _chat_of(record: JsonObject) -> _Chat | None:
    """Return the chat of a record: the record itself, what it wraps, or the snapshot that feedback carries."""
    outer = _wrapped(record)
    body = _body_of(outer)
    if not _has_messages(body):
        return None
    about = record.get("meta")
    chat_id = label_of(outer, "id") or label_of(body, "id")
    if not chat_id and isinstance(about, Mapping):
        chat_id = label_of(about, "chat_id")
    user = label_of(outer, "user_id") or label_of(record, "user_id")
    return _Chat(id=chat_id, user=user, tags=_tags_of(outer, body), body=body)


def _holds_chat(record: JsonObject) -> bool:
    return _has_messages(_body_of(_wrapped(record)))


def _wrapped(record: JsonObject) -> JsonObject:
    snapshot = record.get("snapshot")
    outer = snapshot.get("chat", snapshot) if isinstance(snapshot, Mapping) else record
    return outer if isinstance(outer, Mapping) else {}


def _body_of(outer: JsonObject) -> JsonObject:
    inner = outer.get("chat")
    return inner if isinstance(inner, Mapping) else outer


def _has_messages(body: JsonObject) -> bool:
    history = body.get("history")
    if isinstance(history, Mapping) and isinstance(history.get("messages"), Mapping):
        return True
    # Without a history, only what carries Open WebUI's own marks is taken for one of its chats.
    return isinstance(body.get("messages"), list) and "models" in body


def _tags_of(outer: JsonObject, body: JsonObject) -> tuple[str, ...]:
    meta = outer.get("meta")
    named = [body.get("tags"), meta.get("tags") if isinstance(meta, Mapping) else None]
    tags = [tag for each in named if isinstance(each, list) for tag in each]
    names = [tag.get("name") if isinstance(tag, Mapping) else tag for tag in tags]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name.strip()))


def _feedback_of(record: JsonObject) -> dict[str, dict[str, float]]:
    """Return message id → name → value of a feedback record; empty for a chat."""
    about, body = record.get("meta"), record.get("data")
    if not isinstance(about, Mapping) or not isinstance(body, Mapping):
        return {}
    message_id = label_of(about, "message_id")
    return {message_id: _ratings_of(body)} if message_id else {}


def _ratings_of(annotation: JsonValue) -> dict[str, float]:
    """Return what an annotation says: a thumb, and the detailed rating beside it."""
    if not isinstance(annotation, Mapping):
        return {}
    details = annotation.get("details")
    found = {
        THUMB: thumb_of(annotation.get("rating")),
        DETAILED: number_of(details.get("rating")) if isinstance(details, Mapping) else None,
    }
    return {name: value for name, value in found.items() if value is not None}


@dataclass(slots=True, kw_only=True)
class _Node:
    """A message of the tree; `edited` is what a person made of the answer."""

    id: str
    parent: str
    message: MessageRecord
    model: str = ""
    edited: str = ""
    ratings: dict[str, float] = field(default_factory=dict)
    is_side_by_side: bool = False
    children: list[str] = field(default_factory=list)


class _Tree:
    """The messages of one chat. What says nothing is left out, and what stands below it moves up."""

    def __init__(self, body: JsonObject, *, feedback: Mapping[str, Mapping[str, float]]) -> None:
        self.files: Files = []
        self._nodes: dict[str, _Node] = {}
        self._carried: set[str] = set()
        rows, self._current = _rows_of(body)
        silent: dict[str, str] = {}
        for key, row in rows.items():
            node = _node_of(key, row, files=self.files)
            if node is None:
                silent[key] = label_of(row, "parentId")
            else:
                node.ratings |= feedback.get(key, {})
                self._nodes[key] = node
        self._link(silent)

    def leaves(self) -> list[str]:
        """Return the ends of the ways that are conversations, the current one first."""
        current = self._current if self._current in self._nodes else next(reversed(self._nodes), "")
        if not current:
            raise RecordError(RefusalReason.NO_MESSAGES, "This chat holds no messages.")
        # The way to it ends at a root, so nothing below it leads back: a circle was refused here.
        through = {node.id for node in self._path_to(current)}
        while self._nodes[current].children:
            current = self._nodes[current].children[-1]
            through.add(current)
        others = [node.id for node in self._nodes.values() if not node.children and node.id not in through]
        return [current, *(leaf for leaf in others if not self._is_replaced(leaf))]

    def way(self, leaf: str, *, source_id: str) -> ConversationRecord:
        """Return the conversation that ends with a message."""
        path = self._path_to(leaf)
        messages = accepted_turns(replace(node.message, is_repeat=node.id in self._carried) for node in path)
        kept = path[len(path) - len(messages) :]
        shas = {
            part.sha256 for message in messages for part in message.parts if isinstance(part, AttachmentPart)
        }
        groups = [*self._groups_along(kept), *_edits_along(kept, carried=self._carried)]
        record = ConversationRecord(
            messages=messages,
            source_id=source_id,
            model=next((node.model for node in kept if node.model), ""),
            started_at=messages[0].sent_at,
            reply_groups=tuple(groups),
            scores=tuple(_scores_along(kept, carried=self._carried)),
            attached_files=tuple(each for each in self.files if each.sha256 in shas),
            may_continue=True,
            position=Position(file=""),
        )
        self._carried.update(node.id for node in kept)
        return record

    def _link(self, silent: Mapping[str, str]) -> None:
        for node in self._nodes.values():
            seen: set[str] = set()
            while node.parent in silent and node.parent not in seen:
                seen.add(node.parent)
                node.parent = silent[node.parent]
            if node.parent in self._nodes:
                self._nodes[node.parent].children.append(node.id)
            else:
                node.parent = ""

    def _path_to(self, leaf: str) -> list[_Node]:
        path, seen = [self._nodes[leaf]], {leaf}
        while path[-1].parent:
            if path[-1].parent in seen:
                raise RecordError(RefusalReason.PARENT_CYCLE, "The messages of this chat form a circle.")
            path.append(self._nodes[path[-1].parent])
            seen.add(path[-1].id)
        return path[::-1]

    def _is_replaced(self, leaf: str) -> bool:
        """Say whether a leaf is an answer that stands beside another one: it is told there."""
        node = self._nodes[leaf]
        if node.message.role != "assistant" or not node.parent:
            return False
        beside = [self._nodes[key] for key in self._nodes[node.parent].children if key != leaf]
        return any(other.message.role == "assistant" for other in beside)

    def _groups_along(self, path: Sequence[_Node]) -> Iterator[ReplyGroup]:
        for at in range(1, len(path)):
            asked, kept = path[at - 1], path[at]
            siblings = [self._nodes[key] for key in asked.children if key != kept.id]
            answers = [node for node in siblings if node.message.role == "assistant"]
            is_new = kept.message.role == "assistant" and kept.id not in self._carried
            if answers and is_new and asked.message.role == "user":
                is_beside = any(node.is_side_by_side for node in (asked, kept, *answers))
                yield _group_of(kept, answers, at=at, is_kept=at + 1 < len(path), is_beside=is_beside)


def _group_of(kept: _Node, others: Sequence[_Node], *, at: int, is_kept: bool, is_beside: bool) -> ReplyGroup:
    """Return answers of one prompt, the one that the way goes through first.

    Answers that were shown side by side replaced none: only going on with one of them says something.
    """
    mark = {} if is_beside else {REGENERATED: 1.0}
    replies = [Reply(parts=kept.message.parts, model=kept.model, message_index=at)]
    replies += [
        Reply(parts=node.message.parts, model=node.model, ratings={**mark, **node.ratings}, source_id=node.id)
        for node in others
    ]
    return ReplyGroup(
        prompt_length=at,
        replies=tuple(replies),
        judged_by="unknown",
        kept_reply=0 if is_kept or not is_beside else None,
    )


def _edits_along(path: Sequence[_Node], *, carried: set[str]) -> Iterator[ReplyGroup]:
    for at, node in enumerate(path):
        if at and node.edited and node.id not in carried and path[at - 1].message.role == "user":
            edited = Reply(parts=(TextPart(text=node.edited),), source_id=f"{node.id} edited", is_edited=True)
            logged = Reply(parts=node.message.parts, model=node.model, message_index=at)
            yield ReplyGroup(prompt_length=at, replies=(edited, logged), judged_by="unknown", kept_reply=0)


def _scores_along(path: Sequence[_Node], *, carried: set[str]) -> Iterator[SourceScore]:
    for at, node in enumerate(path):
        if node.id not in carried:
            marks = {**node.ratings, **({EDITED: 1.0} if node.edited else {})}
            for name, value in marks.items():
                yield SourceScore(name=name, value=value, message_index=at)


def _rows_of(body: JsonObject) -> tuple[dict[str, JsonObject], str]:
    """Return the messages by id, and the id of the current one; a plain list is a tree of one way."""
    history = body.get("history")
    if isinstance(history, Mapping) and isinstance(history.get("messages"), Mapping):
        rows = {key: row for key, row in history["messages"].items() if isinstance(row, Mapping)}
        return rows, label_of(history, "currentId", "current_id")
    listed = [row for row in body.get("messages", ()) if isinstance(row, Mapping)]
    keys = [f"{number} {label_of(row, 'id')}" for number, row in enumerate(listed)]
    linked = zip(keys, ["", *keys], listed, strict=False)
    return {key: {**row, "parentId": parent} for key, parent, row in linked}, keys[-1] if keys else ""


def _node_of(key: str, row: JsonObject, *, files: Files) -> _Node | None:
    role = label_of(row, "role")
    if role not in _ROLES:
        known = ", ".join(sorted(_ROLES))
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE,
            f'A message has the role "{role[:40]}", which is not known. Known: {known}.',
        )
    written, edited = _wordings_of(row, role=role)
    parts = (*content_parts(written, files=files), *_files_of(row, files=files))
    if not has_content(parts):
        return None
    is_answer = role == "assistant"
    return _Node(
        id=key,
        parent=label_of(row, "parentId"),
        message=MessageRecord(
            role=role,
            parts=parts,
            sent_at=moment_of(row.get("timestamp")),
            source_id=label_of(row, "id"),
        ),
        model=label_of(row, "model") if is_answer else "",
        edited=edited if edited.strip() else "",
        ratings=_ratings_of(row.get("annotation")) if is_answer else {},
        is_side_by_side=_is_side_by_side(row),
    )


def _wordings_of(row: JsonObject, *, role: str) -> tuple[JsonValue, str]:
    """Return what was written first, and what a person made of it where it is an answer that was edited."""
    shown, original = row.get("content"), row.get("originalContent")
    is_edited = (
        role == "assistant" and isinstance(original, str) and bool(original.strip()) and original != shown
    )
    return (original, shown if isinstance(shown, str) else "") if is_edited else (shown, "")


def _is_side_by_side(row: JsonObject) -> bool:
    """Say whether several models were asked at once: the question names them, the answers count them from 0."""
    models, number = row.get("models"), row.get("modelIdx")
    return (isinstance(models, list) and len(models) > 1) or (isinstance(number, int) and number > 0)


def _files_of(row: JsonObject, *, files: Files) -> Iterator[Part]:
    attached = row.get("files")
    for each in attached if isinstance(attached, list) else ():
        if isinstance(each, Mapping):
            yield _file_of(each, files=files)


def _file_of(each: JsonObject, *, files: Files) -> AttachmentPart:
    """Return a file of a message: its bytes where they lie in the chat, else its name."""
    url, name = label_of(each, "url"), label_of(each, "name")
    if url.startswith("data:"):
        return embedded_file(url, name=name, files=files)
    kind = label_of(each, "content_type") or f"{label_of(each, 'type') or 'application'}/*"
    return AttachmentPart(sha256="", media_type=kind, name=name or url or label_of(each, "id"))
