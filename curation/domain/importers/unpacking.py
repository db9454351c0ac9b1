"""What files come packed in: gzip, Zstandard, or a member of a ZIP archive, streamed within limits."""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipExtFile, ZipFile, ZipInfo

import zstandard

from curation.domain.errors import HarkenError

CHUNK_BYTES = 1 << 20
# Four bytes of Zstandard can stand for a block of 128 KB, so this much makes at most 64 MB at a step.
_ZSTD_STEP_BYTES = 2 << 10
# Steps are gathered to chunks of at least this size, since each chunk costs its reader something.
_ZSTD_CHUNK_BYTES = 256 << 10
# The window of the format's "long" mode; a frame that asks for more asks for that much memory.
_ZSTD_WINDOW_BYTES = 1 << 27
# How members of a ZIP archive may be packed. LZMA takes as much memory as the member says, up to 4 GB.
_READABLE_METHODS = {ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2}
# Before a member's content: a mark, 22 bytes that the archive's list holds too, the lengths of its name and of more.
_LOCAL_HEADER = struct.Struct("<4s22xHH")


class SourceError(HarkenError):
    """A file that cannot be read at all; the message is a sentence for people."""


class BrokenSourceError(SourceError):
    """A file that stops being readable on the way; what came before it stays valid."""


class ExpansionError(BrokenSourceError):
    """A packed file that expands beyond the limits."""


class Packing(StrEnum):
    """What lies around the content of a file."""

    PLAIN = ""
    GZIP = "gzip"
    ZSTD = "Zstandard"
    ZIP = "ZIP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a file may ask of the machine.

    A packed file of chat text expands 3 to 40 times; deflate cannot go beyond about 1,030 times.
    The ratio is looked at once `ratio_from_bytes` have come out, so that small repetitive files pass.
    """

    record_bytes: int = 16 << 20
    expanded_bytes: int = 256 << 30
    packed_ratio: int = 200
    ratio_from_bytes: int = 32 << 20
    members: int = 10_000


@dataclass(slots=True)
class ByteCounter:
    """How many bytes of the file itself were read so far, for progress bars."""

    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A file with what is around its content; `name` is what people know it by, `member` lies in a ZIP archive."""

    path: Path
    name: str
    packing: Packing
    limits: Limits
    bytes_read: ByteCounter
    member: ZipInfo | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces; raises BrokenSourceError on the way, ExpansionError for a bomb."""
        expanded = 0
        for chunk, packed in self._steps():
            expanded += len(chunk)
            self.bytes_read.count = packed
            if self.packing is not Packing.PLAIN:
                self._require_no_bomb(expanded, packed=packed)
            yield chunk

    def _steps(self) -> Iterator[tuple[bytes, int]]:
        """Yield each piece with the number of packed bytes that were read for all until now."""
        with self.path.open("rb") as file:
            if self.member is not None:
                yield from self._member_steps(file, self.member)
            elif self.packing is Packing.GZIP:
                yield from self._gzip_steps(file)
            elif self.packing is Packing.ZSTD:
                yield from self._zstd_steps(file)
            else:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk, file.tell()

    def _gzip_steps(self, file: BinaryIO) -> Iterator[tuple[bytes, int]]:
        with gzip.GzipFile(fileobj=file) as stream:
            while chunk := self._next_of(stream):
                yield chunk, file.tell()

    def _next_of(self, stream: gzip.GzipFile) -> bytes:
        try:
            # read1 returns what one step expands to, so a broken end costs at most that step.
            return stream.read1(CHUNK_BYTES)
        except EOFError as error:
            raise self._cut() from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise self._damaged() from error

    def _zstd_steps(self, file: BinaryIO) -> Iterator[tuple[bytes, int]]:
        opener = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        frame, pending = opener.decompressobj(), bytearray()
        is_open = False
        while packed := file.read(_ZSTD_STEP_BYTES):
            while packed:
                is_open = True
                try:
                    pending += frame.decompress(packed)
                except zstandard.ZstdError as error:
                    yield bytes(pending), file.tell()
                    raise self._damaged() from error
                packed = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame, is_open = opener.decompressobj(), False
            if len(pending) >= _ZSTD_CHUNK_BYTES:
                yield bytes(pending), file.tell()
                pending.clear()
        if pending:
            yield bytes(pending), file.tell()
        if is_open:
            raise self._cut()

    def _member_steps(self, file: BinaryIO, member: ZipInfo) -> Iterator[tuple[bytes, int]]:
        ratio = member.compress_size / max(1, member.file_size)
        expanded = 0
        try:
            stream = _member_stream(file, member)
            while chunk := stream.read(CHUNK_BYTES):
                expanded += len(chunk)
                # What an archive says of itself is not to be trusted further than for a progress bar.
                yield chunk, min(member.compress_size, round(expanded * ratio))
        except EOFError as error:
            raise self._cut() from error
        except (BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError, OSError) as error:
            raise self._damaged() from error

    def _require_no_bomb(self, expanded: int, *, packed: int) -> None:
        limits = self.limits
        if expanded > limits.expanded_bytes:
            raise ExpansionError(
                f"{self.name} expands to more than {in_megabytes(limits.expanded_bytes)}, so it was not read"
                " further. Split it into smaller files."
            )
        if expanded > limits.ratio_from_bytes and expanded > packed * limits.packed_ratio:
            raise ExpansionError(
                f"{self.name} expands to more than {limits.packed_ratio} times its size, as a {self.packing}"
                " bomb does, so it was not read further. If it is genuine, unpack it yourself and import the"
                " plain file."
            )

    def _cut(self) -> BrokenSourceError:
        return BrokenSourceError(
            f"{self.name} breaks off: its {self.packing} stream has no end. Copy it again."
        )

    def _damaged(self) -> BrokenSourceError:
        return BrokenSourceError(f"{self.name} is damaged: it cannot be unpacked further. Copy it again.")


def opened_archive(path: Path, *, name: str) -> ZipFile:
    """Open a ZIP archive; raises SourceError where its list of members cannot be read."""
    try:
        return ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError(
            f"{name} is a ZIP archive whose list of files cannot be read, so it is damaged or cut. Copy it again."
        ) from error


def _member_stream(file: BinaryIO, member: ZipInfo) -> ZipExtFile:
    """Return the content of a member, without reading the archive's list again, which may be long."""
    file.seek(member.header_offset)
    mark, name_length, more_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if mark != b"PK\x03\x04":
        raise BadZipFile
    file.seek(name_length + more_length, os.SEEK_CUR)
    return ZipExtFile(file, "r", member)


def is_readable(member: ZipInfo) -> bool:
    """Say whether a member of an archive is packed in a way that is read here."""
    return member.compress_type in _READABLE_METHODS


def is_encrypted(member: ZipInfo) -> bool:
    """Say whether a member of an archive asks for a password."""
    return bool(member.flag_bits & 1)


def in_megabytes(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / (1 << 20):,.1f} MB" if size < 100 << 20 else f"{size / (1 << 20):,.0f} MB"
