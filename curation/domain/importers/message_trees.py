"""A tree of messages turned into threads, so that each message is accounted for exactly once.

A thread is the way from the root to one leaf. A message that is refused takes everything below it with it,
since what stands below cannot be understood without it; each of those messages is refused by name.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    Reply,
    ReplyGroup,
)
from curation.domain.importers.importing import Imported, RecordError
from curation.domain.importers.reading import EXCERPT_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One message of a tree, with what people said about it; `fault` is why it cannot be read."""

    id: str
    parent_id: str
    message: MessageRecord
    position: Position
    rank: int | None = None
    ratings: dict[str, float] = field(default_factory=dict)
    user: str = ""
    language: str = ""
    model: str = ""
    cleaned: int = 0
    fault: RecordError | None = None

    @property
    def is_judged(self) -> bool:
        """Say whether people ranked or rated this message."""
        return self.rank is not None or bool(self.ratings)


def imported_tree(nodes: Sequence[Node]) -> Iterator[Imported]:
    """Yield the threads of one tree and the refusals of what belongs to none; units add up to the nodes.

    Threads come best-ranked first. A message is new in the first thread that holds it and a repeat in the
    others; so is the group of replies to it.
    """
    tree = _Tree(nodes)
    yield from tree.refusals()
    yield from tree.threads()


# What is told of everything below a message that is refused.
_BELOW = {
    RefusalReason.DELETED: RefusalReason.BELOW_DELETED,
    RefusalReason.BELOW_DELETED: RefusalReason.BELOW_DELETED,
    RefusalReason.PARENT_MISSING: RefusalReason.BELOW_MISSING,
    RefusalReason.BELOW_MISSING: RefusalReason.BELOW_MISSING,
}
_BECAUSE = {
    RefusalReason.BELOW_DELETED: "a deleted message",
    RefusalReason.BELOW_MISSING: "a message whose parent is missing",
    RefusalReason.BELOW_REFUSED: "a message that was refused",
}


class _Tree:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self._by_id: dict[str, Node] = {}
        self._refused: dict[str, Refusal] = {}
        self._repeats = [node for node in nodes if self._by_id.setdefault(node.id, node) is not node]
        self._children: dict[str, list[Node]] = defaultdict(list)
        for node in sorted(self._by_id.values(), key=_rank_key):
            self._children[node.parent_id].append(node)
        self._refuse_faulty()
        self._refuse_below()
        self._refuse_circles()

    def refusals(self) -> Iterator[Refusal]:
        yield from self._refused.values()
        for node in self._repeats:
            yield _refusal(
                node, RefusalReason.REPEATED_ID, "stands twice in its tree. The first one was taken."
            )

    def threads(self) -> Iterator[ConversationRecord]:
        carried: set[str] = set()
        # A stack, not a recursion: a tree may be deeper than Python's own stack.
        stack = self._readable("")[::-1]
        while stack:
            node = stack.pop()
            below = self._readable(node.id)
            stack += below[::-1]
            if not below:
                path = self._path_to(node)
                yield self._thread(path, carried=carried)
                carried.update(each.id for each in path)

    def _readable(self, parent_id: str) -> list[Node]:
        return [node for node in self._children.get(parent_id, ()) if node.id not in self._refused]

    def _path_to(self, leaf: Node) -> list[Node]:
        path = [leaf]
        while path[-1].parent_id:
            path.append(self._by_id[path[-1].parent_id])
        return path[::-1]

    def _thread(self, path: Sequence[Node], *, carried: set[str]) -> ConversationRecord:
        fresh = [node for node in path if node.id not in carried]
        return ConversationRecord(
            messages=tuple(replace(node.message, is_repeat=node.id in carried) for node in path),
            source_id=path[-1].id,
            source_user=path[0].user,
            language=path[0].language,
            model=next((node.model for node in path if node.message.role == "assistant"), ""),
            started_at=path[0].message.sent_at,
            reply_groups=tuple(self._groups_along(path, carried=carried)),
            units=len(fresh),
            cleaned=sum(node.cleaned for node in fresh),
            position=path[-1].position,
        )

    def _groups_along(self, path: Sequence[Node], *, carried: set[str]) -> Iterator[ReplyGroup]:
        """Yield the judged or several replies to each message that no earlier thread went through."""
        for depth, parent in enumerate(path, start=1):
            siblings = [node for node in self._readable(parent.id) if node.message.role == "assistant"]
            is_telling = len(siblings) > 1 or any(node.is_judged for node in siblings)
            if parent.id not in carried and is_telling:
                replies = tuple(_reply_of(node, path=path, index=depth) for node in siblings)
                yield ReplyGroup(prompt_length=depth, replies=replies, judged_by="person")

    def _refuse_faulty(self) -> None:
        for node in self._by_id.values():
            if node.fault:
                self._refuse(node, node.fault.reason, node.fault.sentence)
            elif node.parent_id and node.parent_id not in self._by_id:
                reason = RefusalReason.PARENT_MISSING
                self._refuse(node, reason, f"answers message {node.parent_id}, which is not in its tree.")

    def _refuse_below(self) -> None:
        stack = list(self._refused)
        while stack:
            parent_id = stack.pop()
            reason = _BELOW.get(self._refused[parent_id].reason, RefusalReason.BELOW_REFUSED)
            for node in self._readable(parent_id):
                self._refuse(node, reason, f"stands below {_BECAUSE[reason]}: it answers {parent_id}.")
                stack.append(node.id)

    def _refuse_circles(self) -> None:
        reached: set[str] = set()
        stack = self._readable("")
        while stack:
            node = stack.pop()
            reached.add(node.id)
            stack += self._readable(node.id)
        for node in self._by_id.values():
            if node.id not in reached and node.id not in self._refused:
                self._refuse(
                    node, RefusalReason.PARENT_CYCLE, "has no root above it: its parents form a circle."
                )

    def _refuse(self, node: Node, reason: RefusalReason, told: str) -> None:
        self._refused[node.id] = _refusal(node, reason, told)


def _rank_key(node: Node) -> tuple[bool, int]:
    return node.rank is None, node.rank or 0


def _refusal(node: Node, reason: RefusalReason, told: str) -> Refusal:
    """Return the refusal of a message; what is told goes on from its id."""
    return Refusal(
        position=node.position,
        reason=reason,
        sentence=f"Message {node.id} {told}",
        excerpt=node.message.text[:EXCERPT_CHARACTERS],
    )


def _reply_of(node: Node, *, path: Sequence[Node], index: int) -> Reply:
    """Return a sibling as a reply; the one on the path is the message at `index` itself."""
    is_logged = index < len(path) and path[index].id == node.id
    return Reply(
        parts=node.message.parts,
        model=node.model,
        rank=node.rank,
        ratings=node.ratings,
        source_id=node.id,
        message_index=index if is_logged else None,
    )
