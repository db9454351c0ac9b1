"""The tokenizers that rows are checked with: folders that the settings name, and paths on the command line."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.exporters.chat_templates import ChatTokenizer, read_tokenizer


def tokenizer_names() -> list[str]:
    """Return the names of the folders with a tokenizer that people may choose."""
    folder = Path(settings.HARKEN_TOKENIZERS)
    if not folder.is_dir():
        return []
    return sorted(file.parent.name for file in folder.glob("*/tokenizer.json"))


def tokenizer_named(name: str) -> ChatTokenizer | None:
    """Return the tokenizer of a name, None for none; raises HarkenError for a name that is not offered."""
    if not name:
        return None
    known = tokenizer_names()
    if name not in known:
        raise HarkenError(
            _("There is no tokenizer named %(name)s. Known: %(known)s.")
            % {"name": name[:80], "known": ", ".join(known) or _("none")}
        )
    return read_tokenizer(Path(settings.HARKEN_TOKENIZERS) / name)


def tokenizer_at(place: str) -> ChatTokenizer | None:
    """Return the tokenizer of a name or, for whoever sits at this machine, of a folder; None for none."""
    if place and place not in tokenizer_names():
        return read_tokenizer(Path(place))
    return tokenizer_named(place)
