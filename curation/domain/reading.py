"""Files as people hand them over: plain or gzip, with or without a byte-order mark, streamed as UTF-8."""

import codecs
import gzip
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from curation.domain.errors import HarkenError
from curation.domain.records import Position, Refusal, RefusalReason

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 4096
EXCERPT_CHARACTERS = 200

_GZIP = b"\x1f\x8b"
_OTHER_PACKINGS = {
    b"PK\x03\x04": "a ZIP archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"7z\xbc\xaf": "a 7-Zip archive",
}
_BINARY_FORMATS = {
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 begins with that of UTF-16, so it is looked for first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class SourceError(HarkenError):
    """A file that cannot be read at all; the message is a sentence for people."""


class BrokenSourceError(SourceError):
    """A file that stops being readable on the way; what came before it stays valid."""


class ExpansionError(BrokenSourceError):
    """A gzip file that expands beyond the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a file may ask of the machine.

    A gzip file of chat text expands 3 to 40 times; deflate cannot go beyond about 1,030 times.
    The ratio is looked at once `ratio_from_bytes` have come out, so that small repetitive files pass.
    """

    record_bytes: int = 16 << 20
    expanded_bytes: int = 256 << 30
    gzip_ratio: int = 200
    ratio_from_bytes: int = 32 << 20


class ByteCounter:
    """How many bytes of the file itself were read so far, for progress bars."""

    def __init__(self) -> None:
        self.count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was looked at and may be streamed, as often as wanted."""

    path: Path
    name: str
    size: int
    is_gzip: bool
    encoding: str
    limits: Limits
    bytes_read: ByteCounter = field(default_factory=ByteCounter, compare=False)

    def chunks(self) -> Generator[bytes, None, None]:
        """Yield the content as UTF-8 bytes without a mark; raises BrokenSourceError on the way."""
        if self.encoding == "utf-8":
            return self._raw_chunks()
        return self._recoded_chunks()

    def _raw_chunks(self) -> Generator[bytes, None, None]:
        with self.path.open("rb") as file:
            for chunk in _expanded(file, source=self) if self.is_gzip else _plain(file):
                self.bytes_read.count = file.tell()
                yield chunk

    def _recoded_chunks(self) -> Generator[bytes, None, None]:
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        if self.encoding == "utf-8-sig":
            # Only the mark goes; bytes that are no UTF-8 stay for the record that holds them to be refused.
            decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="surrogateescape")
        for chunk in self._raw_chunks():
            yield decoder.decode(chunk).encode(errors="surrogateescape")
        yield decoder.decode(b"", final=True).encode(errors="surrogateescape")


def head_bytes(source: Source) -> bytes:
    """Return the first bytes of a source's text, from its first character that is no white space."""
    with closing(source.chunks()) as chunks:
        start = next((chunk.lstrip() for chunk in chunks if chunk.strip()), b"")
    return start[:HEAD_BYTES]


def starts_as_json(source: Source) -> bool:
    """Say whether a source's first character opens a JSON object or list."""
    return head_bytes(source).startswith((b"{", b"["))


class Line(NamedTuple):
    """A line without its newline; `content` is None where it was longer than the cap and skipped."""

    number: int
    content: bytes | None
    size: int


def open_source(path: str | Path, *, name: str = "", limits: Limits | None = None) -> Source:
    """Look at a file and return it ready to stream; `name` is what people see where the path is not theirs.

    Raises SourceError, in a sentence, for what is no file, is empty, is packed in a way that is not read
    here, stands in for the real file, or is a gzip bomb.
    """
    place = Path(path)
    shown = name or place.name
    _require_file(place, shown=shown)
    start = _first_bytes(place, shown=shown)
    _require_readable_kind(start, shown=shown)
    source = Source(
        path=place,
        name=shown,
        size=place.stat().st_size,
        is_gzip=start.startswith(_GZIP),
        encoding=_encoding_of(start),
        limits=limits or Limits(),
    )
    return _looked_into(source) if source.is_gzip else source


def split_lines(chunks: Iterable[bytes], *, cap: int) -> Iterator[Line]:
    """Yield the lines of a byte stream in constant memory: a line over `cap` bytes is skipped, and said."""
    pending = bytearray()
    size, number, is_over = 0, 1, False
    for chunk in chunks:
        *ended, tail = chunk.split(b"\n")
        for piece in ended:
            size += len(piece)
            is_over = is_over or size > cap
            yield Line(number, None if is_over else bytes(pending) + piece, size)
            pending.clear()
            size, number, is_over = 0, number + 1, False
        size += len(tail)
        is_over = is_over or size > cap
        if is_over:
            pending.clear()
        else:
            pending += tail
    if size:
        yield Line(number, None if is_over else bytes(pending), size)


def read_lines(source: Source) -> Iterator[Line | Refusal]:
    """Yield the lines of a source; where it breaks off, the last thing yielded is a Refusal that says so."""
    try:
        yield from split_lines(source.chunks(), cap=source.limits.record_bytes)
    except BrokenSourceError as error:
        yield broken_source_refusal(error, source=source)


def broken_source_refusal(error: BrokenSourceError, *, source: Source) -> Refusal:
    """Return the refusal that stands for the unread rest of a source."""
    return Refusal(
        position=Position(file=source.name),
        reason=RefusalReason.BROKEN_ARCHIVE,
        sentence=f"{error} What came before was read.",
    )


def oversize_refusal(position: Position, *, size: int, cap: int) -> Refusal:
    """Return the refusal of a record that is longer than a record may be."""
    return Refusal(
        position=position,
        reason=RefusalReason.TOO_LARGE,
        sentence=(
            f"This record holds {in_megabytes(size)}, more than the {in_megabytes(cap)} that one record may"
            " have. It was skipped; split it to import it."
        ),
    )


def in_megabytes(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / (1 << 20):,.1f} MB" if size < 100 << 20 else f"{size / (1 << 20):,.0f} MB"


def decode_utf8(content: bytes) -> str | None:
    """Return bytes as text, lone surrogates included for a cleaner; None for what is no UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    try:
        return content.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return None


def not_utf8_refusal(position: Position, *, content: bytes) -> Refusal:
    """Return the refusal of a record whose bytes are no UTF-8."""
    return Refusal(
        position=position,
        reason=RefusalReason.NOT_UTF8,
        sentence="This record is not UTF-8 text. Save the file as UTF-8 and import it again.",
        excerpt=content[:EXCERPT_CHARACTERS].decode(errors="replace").replace("\x00", ""),
    )


def _require_file(path: Path, *, shown: str) -> None:
    if path.is_dir():
        raise SourceError(f"{shown} is a folder. Name the file in it that holds the conversations.")
    if not path.exists():
        raise SourceError(f"There is no file {path}. Check the path.")
    if not path.is_file():
        raise SourceError(
            f"{shown} is no ordinary file, so it cannot be imported. Save its content as a file."
        )


def _first_bytes(path: Path, *, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise SourceError(f"{shown} could not be opened: {error.strerror}.") from error


def _require_readable_kind(start: bytes, *, shown: str) -> None:
    if not start.strip():
        raise SourceError(f"{shown} is empty. Choose a file that holds conversations.")
    _require_no_pointer(start, shown=shown)
    for magic, kind in _OTHER_PACKINGS.items():
        if start.startswith(magic):
            raise SourceError(f"{shown} is {kind}. Unpack it, or pack it with gzip, and import it again.")
    for magic, kind in _BINARY_FORMATS.items():
        if start.startswith(magic):
            raise SourceError(f"{shown} is {kind}, which is not read here. Save it as JSONL or CSV.")
    is_plain = _encoding_of(start) == "utf-8" and not start.startswith(_GZIP)
    if is_plain and start.count(0) > len(start) // 5:
        raise SourceError(
            f"{shown} holds binary content, or UTF-16 text without a mark. Save it as UTF-8 text."
        )


def _require_no_pointer(start: bytes, *, shown: str) -> None:
    if start.startswith(b"version https://git-lfs.") and b"\noid sha256:" in start:
        raise SourceError(
            f"{shown} is a Git-LFS pointer, not the file itself. Run `git lfs pull` where it came from,"
            " and import the file that is then there."
        )


def _encoding_of(start: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "utf-8")


def _looked_into(source: Source) -> Source:
    """Expand the start of a gzip file: a bomb shows there, and a mark or a pointer may be inside."""
    start = _expanded_start(source)
    _require_readable_kind(start, shown=source.name)
    return Source(
        path=source.path,
        name=source.name,
        size=source.size,
        is_gzip=True,
        encoding=_encoding_of(start),
        limits=source.limits,
    )


def _expanded_start(source: Source) -> bytes:
    """Return the first bytes that come out; raises for a bomb, and for what is damaged from its first byte.

    A damaged end is left to the reader, which keeps what came before it.
    """
    start, expanded = b"", 0
    try:
        with closing(source.chunks()) as chunks:
            for chunk in chunks:
                start = start if len(start) >= HEAD_BYTES else start + chunk[:HEAD_BYTES]
                expanded += len(chunk)
                if expanded > source.limits.ratio_from_bytes + CHUNK_BYTES:
                    break
    except ExpansionError:
        raise
    except BrokenSourceError:
        if not start:
            raise
    return start


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _expanded(file: BinaryIO, *, source: Source) -> Iterator[bytes]:
    expanded = 0
    with gzip.GzipFile(fileobj=file) as stream:
        while chunk := _next_expanded(stream, shown=source.name):
            expanded += len(chunk)
            _require_no_bomb(expanded, packed=file.tell(), source=source)
            yield chunk


def _next_expanded(stream: gzip.GzipFile, *, shown: str) -> bytes:
    try:
        # read1 returns what one step expands to, so a broken end costs at most that step.
        return stream.read1(CHUNK_BYTES)
    except EOFError as error:
        raise BrokenSourceError(f"{shown} breaks off: its gzip stream has no end. Copy it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BrokenSourceError(
            f"{shown} is damaged: it cannot be unpacked further. Copy it again."
        ) from error


def _require_no_bomb(expanded: int, *, packed: int, source: Source) -> None:
    limits = source.limits
    if expanded > limits.expanded_bytes:
        raise ExpansionError(
            f"{source.name} expands to more than {in_megabytes(limits.expanded_bytes)}, so it was not read"
            " further. Split it into smaller files."
        )
    if expanded > limits.ratio_from_bytes and expanded > packed * limits.gzip_ratio:
        raise ExpansionError(
            f"{source.name} expands to more than {limits.gzip_ratio} times its size, as a gzip bomb does,"
            " so it was not read further. If it is genuine, unpack it yourself and import the plain file."
        )
