"""The files of an import: listed once, then opened and recognised one after another."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError, UnknownFormatError
from curation.domain.importers.archives import Member
from curation.domain.importers.encoding_doubt import encoding_doubt, require_certain_encoding
from curation.domain.importers.object_table import open_any_table
from curation.domain.importers.reading import Source, SourceError, listed_members, open_source
from curation.domain.importers.table_reading import suggested_mapping
from curation.importers import MAPPED_FORMATS, detect_format
from curation.models import ImportBatch

Entry = dict[str, Any]
Opened = tuple[Entry, Source]


class BatchFiles:
    """The files of a batch, each with its entry in `batch.files`; an archive has one for each file in it."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        # An archive may hold thousands of files, and listing it takes as long as reading many of them.
        self._members_in = cache(_members_in)
        batch.files = [each for entry in batch.files for each in self._entries_of(entry)]
        self._formats: list[str] = []
        # Who names several files is told of one that cannot be read before anything is stored.
        self._plain = {id(entry): self._open(entry) for entry in batch.files if not entry["member"]}

    @property
    def size(self) -> int:
        """How many bytes all files take."""
        return sum(entry.get("size", 0) for entry in self.batch.files)

    @property
    def newly_refused(self) -> list[Entry]:
        """The files of an archive that cannot be read, and were not accounted for before an interruption."""
        return [entry for entry in self.batch.files if "refused" in entry and "done" not in entry]

    def opened(self, *, between: Callable[[], None]) -> Iterator[Opened]:
        """Yield every file, recognised; one of an archive that cannot be read is noted as refused, unless all are."""
        is_any_read = False
        for entry in self.batch.files:
            between()
            opened = self._plain.get(id(entry)) or self._open_member(entry)
            if opened is not None:
                is_any_read = True
                yield opened
        if not is_any_read:
            raise HarkenError(self.batch.files[0]["refused"])

    def _entries_of(self, entry: Entry) -> list[Entry]:
        if "kept_as" in entry and not default_storage.exists(entry["kept_as"]):
            raise HarkenError(
                _("%(name)s is not kept here any more. Upload it again.") % {"name": entry["name"]}
            )
        if "member" in entry:
            return [entry]
        name = entry["name"]
        return [
            {**entry, "name": f"{name}/{member.name}", "member": member.name, "size": member.size}
            for member in self._members_in(entry["path"], name).values()
        ] or [{**entry, "member": ""}]

    def _open_member(self, entry: Entry) -> Opened | None:
        if "refused" in entry and "done" in entry:
            return None  # it was accounted for before an interruption
        entry.pop("refused", "")
        try:
            return self._open(entry)
        except (SourceError, UnknownFormatError) as error:
            entry["refused"] = str(error)
            return None

    def _open(self, entry: Entry) -> Opened:
        source = _opened_source(entry, member=self._member_of(entry))
        self._recognise(entry, source)
        return entry, source

    def _member_of(self, entry: Entry) -> Member | str:
        name = str(entry["member"])
        archive = str(entry["name"]).removesuffix(f"/{name}")
        return self._members_in(entry["path"], archive).get(name, name) if name else ""

    def _recognise(self, entry: Entry, source: Source) -> None:
        """Note a file's encoding, its format, and the columns of a table, where nobody named them."""
        require_certain_encoding(source, is_confirmed="encoding" in entry)
        if "format" not in entry:
            entry["format"] = detect_format(source).name
        if entry["format"] in MAPPED_FORMATS and "mapping" not in entry:
            entry["mapping"] = self.batch.mapping or suggested_mapping(open_any_table(source)).as_json()
        entry.setdefault("done", 0)
        self._note_format(entry["format"])

    def _note_format(self, name: str) -> None:
        if name not in self._formats:
            self._formats.append(name)
            self.batch.format = ", ".join(self._formats)[:40]
            self.batch.save(update_fields=["format", "files"])


def _members_in(path: str, name: str) -> dict[str, Member]:
    return listed_members(path, name=name)


def _opened_source(entry: Entry, *, member: Member | str) -> Source:
    """Open a file and require that a resumed import finds it as it was."""
    source = open_source(entry["path"], name=entry["name"], member=member)
    if not member or encoding_doubt(source):
        # Of an archive, only the files that are in doubt are in the encoding that was said.
        encoding = entry.get("encoding", "")
        source = open_source(entry["path"], name=entry["name"], member=member, encoding=encoding)
    if entry.setdefault("size", source.size) != source.size:
        raise HarkenError(
            _("%(name)s changed since this import began. Import it anew: what is known already is skipped.")
            % {"name": source.name}
        )
    return source
