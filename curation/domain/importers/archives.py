"""ZIP archives: which of their members hold conversations. Nothing is ever written where a member's name says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from curation.domain.importers.unpacking import (
    Limits,
    SourceError,
    in_megabytes,
    is_encrypted,
    is_readable,
    opened_archive,
)

# What file managers add to archives by themselves.
_BY_THE_WAY = re.compile(r"(?:^|/)(?:__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_NESTED = re.compile(r"\.(?:zip|tar|tgz|tbz2?|txz|7z|rar|gz|bz2|xz|zst)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
# Of a name that a sentence quotes, in characters.
SHOWN_NAME = 120
# Notes that come with datasets and hold no records.
_NOTES = re.compile(r"(?:^|/)(?:readme|licen[cs]e|notice|changelog|citation)(?:\.[a-z]+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive, under a name that no other has; `about` is what the archive's list says of it."""

    name: str
    about: ZipInfo

    @property
    def size(self) -> int:
        """How much of the archive it takes."""
        return self.about.compress_size


def archive_members(path: Path, *, name: str = "", limits: Limits | None = None) -> list[Member]:
    """Return the members of an archive that may hold records, in their order.

    Raises SourceError, in a sentence, for an archive that is damaged, asks for a password, holds another archive,
    names a place outside itself, holds too much, or holds nothing.
    """
    shown, allowed = name or path.name, limits or Limits()
    with opened_archive(path, name=shown) as archive:
        listed = archive.infolist()
    _require_bounds(listed, shown=shown, limits=allowed)
    for each in listed:
        _require_harmless(each, shown=shown)
    held = [each for each in listed if _may_hold(each)]
    if not held:
        raise SourceError(f"{shown} holds no file with records. Pack the files that hold the conversations.")
    return [
        Member(name=name, about=about)
        for name, about in zip(_told_apart([_plain_name(each) for each in held]), held, strict=True)
    ]


def _told_apart(names: list[str]) -> Iterator[str]:
    """Yield the names, and a number behind one that came before: an archive may hold two files of one name."""
    taken: set[str] = set()
    for name in names:
        numbered = (f"{name} ({number})" for number in count(2))
        free = next(each for each in chain([name], numbered) if each not in taken)
        taken.add(free)
        yield free


def _plain_name(member: ZipInfo) -> str:
    """Return a member's name without the "./" that some programs write before each."""
    return member.filename.removeprefix("./")


def _may_hold(member: ZipInfo) -> bool:
    name = _plain_name(member)
    is_aside = _BY_THE_WAY.search(name) or _NOTES.search(name)
    return not (member.is_dir() or is_aside) and member.file_size > 0


def _require_bounds(listed: list[ZipInfo], *, shown: str, limits: Limits) -> None:
    if len(listed) > limits.members:
        raise SourceError(
            f"{shown} holds {len(listed):,} files, more than the {limits.members:,} that are read from one archive."
            " Put their records together into fewer files."
        )
    if (total := sum(each.file_size for each in listed)) > limits.expanded_bytes:
        raise SourceError(
            f"{shown} expands to {in_megabytes(total)}, more than the {in_megabytes(limits.expanded_bytes)} that"
            " are read. Split it."
        )


def _require_harmless(member: ZipInfo, *, shown: str) -> None:
    name = printable(member.filename)[:SHOWN_NAME]
    if points_outside(member.orig_filename):
        raise SourceError(
            f'{shown} holds a file named "{name}", which points outside the archive, so none of it was read.'
            " Pack the files again without such names."
        )
    if is_encrypted(member):
        raise SourceError(
            f"{shown} is locked with a password. Unpack it, and pack the files again without one."
        )
    if not member.is_dir() and not is_readable(member):
        raise SourceError(
            f'{shown} holds "{name}", which is packed in a way that is not read here. Pack the files again as ZIP'
            " does by default."
        )
    if _NESTED.search(member.filename) and not _BY_THE_WAY.search(_plain_name(member)):
        raise SourceError(
            f'{shown} holds "{name}", which is packed itself; archives in archives are not read.'
            " Unpack it, and import the files in it."
        )


def points_outside(name: str) -> bool:
    """Say whether a member's name is absolute, names a drive, climbs out of its folder, or hides its end."""
    plain = name.replace("\\", "/")
    is_absolute = plain.startswith("/") or bool(_DRIVE.match(plain))
    return is_absolute or "\x00" in name or ".." in PurePosixPath(plain).parts


def printable(name: str) -> str:
    """Return a name without what could hide or turn its letters."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
