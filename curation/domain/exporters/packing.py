"""Archives whose bytes hang on their content alone."""

from collections.abc import Iterable
from pathlib import Path
from shutil import copyfileobj
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# The earliest moment that the format knows: when a file was packed is nobody's matter.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# What is compressed already is not compressed again.
_PACKED = (".parquet", ".zip")


def write_archive(place: Path, *, members: Iterable[tuple[str, bytes | Path]]) -> None:
    """Write a .zip of files, given as bytes or by their place, in this order."""
    with ZipFile(place, "w", allowZip64=True) as archive:
        for name, content in members:
            with archive.open(_entry(name), "w", force_zip64=True) as target:
                if isinstance(content, bytes):
                    target.write(content)
                else:
                    with content.open("rb") as source:
                        copyfileobj(source, target, 1 << 20)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=_NO_TIME)
    entry.compress_type = ZIP_STORED if name.endswith(_PACKED) else ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # Unix, wherever it is written
    return entry
