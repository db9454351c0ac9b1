"""Ids that one file gives to different texts: noticed in little memory, and never merged or overwritten."""

from array import array
from collections.abc import Iterable, Iterator

from curation.domain.corpus.records import ConversationRecord, MessageRecord, Position, Refusal, RefusalReason
from curation.domain.importers.importing import Imported
from curation.domain.importers.reading import EXCERPT_CHARACTERS

# Numbers of an array, not objects: 16 bytes a slot, of which a third to two thirds are taken.
_FIRST_SLOTS = 1 << 10
# Two thirds of 2²¹ slots, which take 32 MB: the ids that follow in the same file are not watched.
MAX_IDS = 1_398_101
# Two texts of one id are taken for the same once in four thousand million times.
_TEXT_BITS = (1 << 32) - 1
_ID_BITS = (1 << 64) - 1


def without_repeated_ids(records: Iterable[Imported]) -> Iterator[Imported]:
    """Yield the records, and refuse a conversation whose id an earlier one with another text has.

    A record that says the same under the same id passes: it is a duplicate, and counted as one where it is stored.
    So does one that may continue, whose id names the conversation that its rows grow into.
    """
    seen = SeenIds()
    for record in records:
        if not isinstance(record, ConversationRecord) or record.may_continue or not record.source_id:
            yield record
            continue
        place = record.position.line or record.position.record or 0
        earlier = seen.add(record.source_id, text=_whole_text(record.messages), place=place)
        yield record if earlier is None else _refused(record, earlier=earlier)


class SeenIds:
    """A table of ids with the text and the place that each stands for first."""

    def __init__(self, *, max_ids: int = MAX_IDS) -> None:
        self._max_ids = max_ids
        self._count = 0
        self._make(_FIRST_SLOTS)

    def add(self, key: str, *, text: int, place: int) -> int | None:
        """Note an id; returns the place of the first text that it stands for where this one is another."""
        number = _number(key) or 1
        text, place = text & _TEXT_BITS, place & _TEXT_BITS
        slot = self._slot_of(number)
        if self._keys[slot]:
            return None if self._texts[slot] == text else self._places[slot]
        if self._count < self._max_ids:
            self._fill(slot, number, text, place)
            if 3 * self._count > 2 * len(self._keys):
                self._grow()
        return None

    def _make(self, slots: int) -> None:
        self._keys = array("Q", bytes(8 * slots))
        self._texts, self._places = array("I", bytes(4 * slots)), array("I", bytes(4 * slots))

    def _slot_of(self, number: int) -> int:
        last = len(self._keys) - 1
        slot = number & last
        while self._keys[slot] not in (0, number):
            slot = (slot + 1) & last
        return slot

    def _fill(self, slot: int, number: int, text: int, place: int) -> None:
        self._keys[slot], self._texts[slot], self._places[slot] = number, text, place
        self._count += 1

    def _grow(self) -> None:
        known = zip(self._keys, self._texts, self._places, strict=True)
        self._make(2 * len(self._keys))
        self._count = 0
        for number, text, place in known:
            if number:
                self._fill(self._slot_of(number), number, text, place)


def _number(key: str) -> int:
    """Return 64 bits of a text that nobody can foresee: Python's own hash, salted anew for each process."""
    return hash(key) & _ID_BITS


def _whole_text(messages: tuple[MessageRecord, ...]) -> int:
    return hash(tuple((message.role, message.text) for message in messages))


def _refused(record: ConversationRecord, *, earlier: int) -> Refusal:
    here = record.position
    name = "line" if here.line is not None else "record"
    place = f"{name} {here.line or here.record}"
    return Refusal(
        position=Position(file=here.file, line=here.line, record=here.record),
        reason=RefusalReason.REPEATED_ID,
        sentence=(
            f'The id "{record.source_id[:60]}" stands for two different texts: in {name} {earlier} and in {place}.'
            " The first was kept. Give this one an id of its own to import it."
        ),
        excerpt=record.messages[0].text[:EXCERPT_CHARACTERS],
        units=record.units,
    )
