"""Files as people hand them over: plain or packed, in whatever encoding, streamed as UTF-8."""

import codecs
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from curation.domain.corpus.records import Position, Refusal, RefusalReason
from curation.domain.importers.archives import Member, archive_members
from curation.domain.importers.encodings import marked_encoding, unmarked_utf16
from curation.domain.importers.unpacking import (
    CHUNK_BYTES,
    BrokenSourceError,
    ByteCounter,
    ExpansionError,
    Limits,
    Package,
    Packing,
    SourceError,
    in_megabytes,
)

__all__ = [
    "BrokenSourceError",
    "ByteCounter",
    "ExpansionError",
    "Limits",
    "SourceError",
    "in_megabytes",
]

HEAD_BYTES = 4096
EXCERPT_CHARACTERS = 200

_PACKINGS = {b"\x1f\x8b": Packing.GZIP, b"\x28\xb5\x2f\xfd": Packing.ZSTD, b"PK\x03\x04": Packing.ZIP}
_PARQUET = b"PAR1"
_OTHER_PACKINGS = {
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
_BINARY_FORMATS = {
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was looked at and may be streamed, as often as wanted.

    `is_encoding_guessed` says that nothing in the file tells its encoding, so a person should confirm it. With
    `only_first` reading ends, after a whole line where there is one, when so many bytes have come out.
    """

    path: Path
    name: str
    size: int
    packing: Packing = Packing.PLAIN
    member: Member | None = field(default=None, compare=False)
    is_parquet: bool = False
    encoding: str = "utf-8"
    is_encoding_guessed: bool = False
    only_first: int = 0
    limits: Limits
    bytes_read: ByteCounter = field(default_factory=ByteCounter, compare=False)

    def chunks(self) -> Generator[bytes, None, None]:
        """Yield the content as UTF-8 bytes without a mark; raises BrokenSourceError on the way."""
        if self.encoding == "utf-8":
            return self.raw_chunks()
        return self._recoded_chunks()

    def raw_chunks(self) -> Generator[bytes, None, None]:
        """Yield the unpacked content as it is; raises BrokenSourceError on the way."""
        package = Package(
            path=self.path,
            name=self.name,
            packing=self.packing,
            limits=self.limits,
            bytes_read=self.bytes_read,
            member=self.member.about if self.member else None,
        )
        yield from _beginning(package.chunks(), self.only_first) if self.only_first else package.chunks()

    def _recoded_chunks(self) -> Generator[bytes, None, None]:
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        if self.encoding == "utf-8-sig":
            # Only the mark goes; bytes that are no UTF-8 stay for the record that holds them to be refused.
            decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="surrogateescape")
        try:
            for chunk in self.raw_chunks():
                yield decoder.decode(chunk).encode(errors="surrogateescape")
            yield decoder.decode(b"", final=True).encode(errors="surrogateescape")
        except UnicodeError as error:
            # Such as UTF-16 of neither byte order: whatever replaces what is wrong, there is nothing to go on with.
            raise BrokenSourceError(f"{self.name} cannot be read as {self.encoding}.") from error


def _beginning(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    left = count
    for chunk in chunks:
        if len(chunk) > left:
            kept = chunk[:left]
            yield kept[: kept.rfind(b"\n") + 1] or kept
            return
        left -= len(chunk)
        yield chunk


def head_bytes(source: Source) -> bytes:
    """Return the first bytes of a source's text, from its first character that is no white space."""
    with closing(source.chunks()) as chunks:
        start = next((chunk.lstrip() for chunk in chunks if chunk.strip()), b"")
    return start[:HEAD_BYTES]


def holds_objects(source: Source) -> bool:
    """Say whether a source holds JSON objects, or the rows of a Parquet file, which are read as such."""
    return source.is_parquet or head_bytes(source).startswith((b"{", b"["))


class Line(NamedTuple):
    """A line without its newline; `content` is None where it was longer than the cap and skipped."""

    number: int
    content: bytes | None
    size: int


def open_source(
    path: str | Path,
    *,
    name: str = "",
    limits: Limits | None = None,
    member: str | Member = "",
    encoding: str = "",
) -> Source:
    """Look at a file and return it ready to stream; `name` is what people see where the path is not theirs.

    Of a ZIP archive the `member` is opened, or the only one; where it is known by its name alone, the archive is
    listed to find it. Raises SourceError, in a sentence, for what is
    no file, is empty, is packed in a way that is not read here, stands in for the real file, or is a bomb.
    """
    place = Path(path)
    shown = name or place.name
    _require_file(place, shown=shown)
    start = _first_bytes(place, shown=shown)
    _require_known_packing(start, shown=shown)
    packing = next((each for magic, each in _PACKINGS.items() if start.startswith(magic)), Packing.PLAIN)
    source = Source(
        path=place, name=shown, size=place.stat().st_size, packing=packing, limits=limits or Limits()
    )
    if packing is Packing.ZIP:
        source = _member_source(source, member=member, is_named=bool(name))
    if packing is not Packing.PLAIN:
        start = _expanded_start(source)
    return _known_content(source, start=start, encoding=encoding)


def members_of(path: str | Path, *, name: str = "", limits: Limits | None = None) -> list[tuple[str, str]]:
    """Return (name, member) of what a file holds: of a plain one itself with member "", of a ZIP archive each file."""
    shown = name or Path(path).name
    members = listed_members(path, name=name, limits=limits)
    return [(f"{shown}/{member}", member) for member in members] or [(shown, "")]


def listed_members(path: str | Path, *, name: str = "", limits: Limits | None = None) -> dict[str, Member]:
    """Return the members of a ZIP archive by name, nothing for any other file."""
    place = Path(path)
    shown = name or place.name
    _require_file(place, shown=shown)
    if not _first_bytes(place, shown=shown).startswith(b"PK\x03\x04"):
        return {}
    return {member.name: member for member in archive_members(place, name=shown, limits=limits)}


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
        sentence=(
            "This record is not UTF-8 text. Save the file as UTF-8 and import it again, or say its encoding."
        ),
        excerpt=content[:EXCERPT_CHARACTERS].decode(errors="replace").replace("\x00", ""),
    )


def _require_file(path: Path, *, shown: str) -> None:
    if path.is_dir():
        raise SourceError(f"{shown} is a folder. Name the file in it that holds the conversations.")
    if not path.exists():
        raise SourceError(f"There is no file {shown} here. Check its path, or upload it again.")
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


def _member_source(source: Source, *, member: str | Member, is_named: bool) -> Source:
    """Return the source of one member of a ZIP archive, whose names and sizes were looked at."""
    chosen = member if isinstance(member, Member) else _found_member(source, name=member)
    shown = source.name if is_named and member else f"{source.name}/{chosen.name}"
    return replace(source, name=shown, member=chosen, size=chosen.size)


def _found_member(source: Source, *, name: str) -> Member:
    members = archive_members(source.path, name=_archive_name(source, name))
    if not name and len(members) > 1:
        raise SourceError(
            f"{source.name} holds {len(members)} files, and one is wanted here. Unpack it, and name one of them."
        )
    chosen = next((each for each in members if name in ("", each.name)), None)
    if chosen is None:
        raise SourceError(f"{source.name} is not in its archive any more. Upload the archive again.")
    return chosen


def _archive_name(source: Source, member: str) -> str:
    return source.name.removesuffix(f"/{member}") if member else source.name


def _require_known_packing(start: bytes, *, shown: str) -> None:
    for magic, kind in _OTHER_PACKINGS.items():
        if start.startswith(magic):
            raise SourceError(f"{shown} is {kind}. Unpack it, or pack it with gzip, and import it again.")


def _known_content(source: Source, *, start: bytes, encoding: str) -> Source:
    """Return the source with what its first bytes tell; raises SourceError for what is no text and no Parquet."""
    if start.startswith(_PARQUET):
        return replace(source, is_parquet=True)
    _require_readable_kind(start, shown=source.name)
    marked = marked_encoding(start)
    if marked or encoding:
        return replace(source, encoding=marked or encoding)
    if guessed := unmarked_utf16(start):
        return replace(source, encoding=guessed, is_encoding_guessed=True)
    if start.count(0) > len(start) // 5:
        raise SourceError(f"{source.name} holds binary content. Save its records as JSONL, CSV or Parquet.")
    return source


def _require_readable_kind(start: bytes, *, shown: str) -> None:
    if not start.strip():
        raise SourceError(f"{shown} is empty. Choose a file that holds conversations.")
    if start.startswith((*_PACKINGS, *_OTHER_PACKINGS)):
        raise SourceError(f"{shown} is packed twice. Unpack it once, and import what comes out.")
    for magic, kind in _BINARY_FORMATS.items():
        if start.startswith(magic):
            raise SourceError(f"{shown} is {kind}, which is not read here. Save it as JSONL, CSV or Parquet.")
    if start.startswith(b"version https://git-lfs.") and b"\noid sha256:" in start:
        raise SourceError(
            f"{shown} is a Git-LFS pointer, not the file itself. Run `git lfs pull` where it came from,"
            " and import the file that is then there."
        )


def _expanded_start(source: Source) -> bytes:
    """Return the first bytes that come out; raises for a bomb, and for what is damaged from its first byte.

    A bomb shows at the start; a damaged end is left to the reader, which keeps what came before it.
    """
    start, expanded = b"", 0
    try:
        with closing(source.raw_chunks()) as chunks:
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
