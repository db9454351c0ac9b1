"""The elements of a JSON array, or JSON objects in a row, as a stream.

A streaming parser would stop at the first flaw. This one decodes an element at a time with the standard
library's decoder, so that a flawed element is refused alone and reading goes on behind its closing bracket.
"""

import codecs
import re
from collections.abc import Iterator

from curation.domain.corpus.records import Position, Refusal, RefusalReason
from curation.domain.importers.cleaning import clean_text
from curation.domain.importers.json_decoding import (
    Decoded,
    Fault,
    JsonRecord,
    RecordDecoder,
    record_or_refusal,
)
from curation.domain.importers.reading import (
    EXCERPT_CHARACTERS,
    BrokenSourceError,
    Source,
    broken_source_refusal,
    not_utf8_refusal,
    oversize_refusal,
)

_BETWEEN = re.compile(r"[\s,]*")
_MARKS = re.compile(r'["\\\[\]{}]')
_BARE_WORD = re.compile(r"[^,\[\]{}]*")
# A byte that is no UTF-8, as the decoder hands it on.
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
# A decoder that fails this far from the end of what was read has met a flaw, not the end of the buffer.
_FLAW_MARGIN = 1 << 16


def records_of_stream(source: Source) -> Iterator[JsonRecord | Refusal]:
    """Yield the elements of an array, or the objects that follow each other; positions count records."""
    text = _Buffer(source)
    try:
        yield from _Elements(text, source=source).read()
    except BrokenSourceError as error:
        yield broken_source_refusal(error, source=source)


class BracketSkipper:
    """Finds the end of a flawed element over any number of texts, by counting brackets outside strings."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped_at = -1

    def end_in(self, text: str, *, start: int) -> int | None:
        """Return the index behind the closing bracket, None where the text ends before it."""
        for mark in _MARKS.finditer(text, start):
            if self._closes(mark.group(), at=mark.start()):
                return mark.end()
        # An escape at the very end protects the first character of the next text.
        self._escaped_at = 0 if self._escaped_at == len(text) else -1
        return None

    def _closes(self, mark: str, *, at: int) -> bool:
        if at == self._escaped_at:
            return False
        if self._in_string:
            self._read_in_string(mark, at=at)
        elif mark == '"':
            self._in_string = True
        elif mark in "[{":
            self._depth += 1
        elif mark in "]}":
            self._depth -= 1
            return self._depth <= 0
        return False

    def _read_in_string(self, mark: str, *, at: int) -> None:
        if mark == "\\":
            self._escaped_at = at + 1
        elif mark == '"':
            self._in_string = False


class _Buffer:
    """The part of a source's text that is in memory, and the place in it that was read up to."""

    def __init__(self, source: Source) -> None:
        # Bytes that are no UTF-8 become lone surrogates, by which the element that holds them is refused.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._chunks = source.chunks()
        self.text = ""
        self.at = 0
        self.is_whole = False

    def fill(self) -> None:
        """Drop what was read and append the next chunk."""
        chunk = next(self._chunks, None)
        self.is_whole = chunk is None
        self.text = self.text[self.at :] + self._decoder.decode(chunk or b"", final=chunk is None)
        self.at = 0

    def skip_between(self) -> str:
        """Go to the next character that is neither space nor comma, and return it; "" at the end."""
        while True:
            match = _BETWEEN.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or self.is_whole:
                return self.text[self.at : self.at + 1]
            self.fill()

    @property
    def ahead(self) -> int:
        """Return how many characters are in memory and not yet read."""
        return len(self.text) - self.at


class _Elements:
    """Reads element after element out of a buffer."""

    def __init__(self, buffer: _Buffer, *, source: Source) -> None:
        self._buffer = buffer
        self._name = source.name
        self._cap = source.limits.record_bytes
        self._decoder = RecordDecoder()
        self._count = 0
        self._is_lost = False

    def read(self) -> Iterator[JsonRecord | Refusal]:
        is_array = self._buffer.skip_between() == "["
        self._buffer.at += is_array
        while mark := self._buffer.skip_between():
            if mark in "]}":
                # The end of the array, or a bracket too many behind a flawed element.
                self._buffer.at += 1
                is_array = is_array and mark != "]"
                continue
            self._count += 1
            yield self._next_element()
        if is_array and not self._is_lost:
            yield self._unclosed()

    def _next_element(self) -> JsonRecord | Refusal:
        decoded = self._decoder.decode(self._buffer.text, start=self._buffer.at)
        while decoded.fault and decoded.fault.at is not None and self._may_be_cut(decoded.fault):
            self._buffer.fill()
            decoded = self._decoder.decode(self._buffer.text, start=self._buffer.at)
        if decoded.fault and decoded.fault.at is not None:
            return self._flawed(decoded.fault)
        return self._whole(decoded)

    def _whole(self, decoded: Decoded) -> JsonRecord | Refusal:
        text, start = self._buffer.text, self._buffer.at
        self._buffer.at = decoded.end
        if _ESCAPED_BYTE.search(text, start, decoded.end):
            content = text[start : decoded.end].encode(errors="surrogateescape")
            return not_utf8_refusal(self._position, content=content)
        if decoded.end - start > self._cap:
            return oversize_refusal(self._position, size=decoded.end - start, cap=self._cap)
        return record_or_refusal(decoded, text=text, start=start, position=self._position)

    def _may_be_cut(self, fault: Fault) -> bool:
        """Say whether more text could mend a fault: it lies near the end of what is in memory."""
        if self._buffer.is_whole or self._buffer.ahead > self._cap:
            return False
        is_near_end = len(self._buffer.text) - (fault.at or 0) < _FLAW_MARGIN
        return is_near_end or "unterminated string" in fault.sentence

    def _flawed(self, fault: Fault) -> Refusal:
        start, text = self._buffer.at, self._buffer.text
        excerpt = clean_text(text[start : start + EXCERPT_CHARACTERS])[0]
        skipped = self._skip_element()
        if skipped > self._cap:
            return oversize_refusal(self._position, size=skipped, cap=self._cap)
        rest = " Its end could not be found, so the rest of the file was not read." if self._is_lost else ""
        return Refusal(
            position=self._position, reason=fault.reason, sentence=fault.sentence + rest, excerpt=excerpt
        )

    def _skip_element(self) -> int:
        """Go behind the element's closing bracket, or to the end; return how many characters that were."""
        if self._buffer.text[self._buffer.at] not in "[{":
            return self._skip_bare_word()
        skipper, skipped = BracketSkipper(), 0
        while (end := skipper.end_in(self._buffer.text, start=self._buffer.at)) is None:
            skipped += self._buffer.ahead
            self._buffer.at = len(self._buffer.text)
            if self._buffer.is_whole:
                self._is_lost = True
                return skipped
            self._buffer.fill()
        skipped += end - self._buffer.at
        self._buffer.at = end
        return skipped

    def _skip_bare_word(self) -> int:
        """Go to the next comma or bracket: what stands here is neither list nor object."""
        match = _BARE_WORD.match(self._buffer.text, self._buffer.at)
        length = max(1, match.end() - self._buffer.at if match else 1)
        self._buffer.at += length
        return length

    @property
    def _position(self) -> Position:
        return Position(file=self._name, record=self._count)

    def _unclosed(self) -> Refusal:
        return Refusal(
            position=Position(file=self._name, record=self._count),
            reason=RefusalReason.BROKEN_JSON,
            sentence=(
                f"The list is not closed after record {self._count}: the file may be cut. Check its end."
            ),
        )
