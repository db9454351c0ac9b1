"""When nothing in a file tells its encoding: what it may be, and that nobody has said so yet."""

from contextlib import closing

from curation.domain.errors import HarkenError
from curation.domain.importers.encodings import (
    SAMPLE_BYTES,
    UTF8,
    EncodingCandidate,
    candidate_of,
    encoding_candidates,
    is_known_encoding,
    seems_not_utf8,
)
from curation.domain.importers.reading import BrokenSourceError, Source, SourceError

_SHOWN_LINES = 3
_SHOWN_CHARACTERS = 120


def encoding_doubt(source: Source) -> list[EncodingCandidate]:
    """Return what a source's encoding may be, the likeliest first; nothing where there is no doubt."""
    if source.is_parquet:
        return []
    sample = _sample(source)
    if source.is_encoding_guessed:
        lines = sample.decode(source.encoding, errors="replace").splitlines()[:_SHOWN_LINES]
        return [candidate_of(source.encoding, sample=tuple(line[:_SHOWN_CHARACTERS] for line in lines))]
    if source.encoding != UTF8 or not seems_not_utf8(sample):
        return []
    return encoding_candidates(sample)


def require_certain_encoding(source: Source, *, is_confirmed: bool) -> None:
    """Raise SourceError, with the likely encodings, for a file of which nobody said what it is written in."""
    if is_confirmed:
        return
    if candidates := encoding_doubt(source):
        likely = ", ".join(f"{each.name} ({each.label})" for each in candidates)
        raise SourceError(
            f"{source.name} is not UTF-8 text, and nothing in it says what it is. Likely: {likely}."
            " Confirm its encoding on the import page, or name it with --encoding."
        )


def require_known_encoding(name: str) -> None:
    """Raise HarkenError for an encoding that does not exist."""
    if name and not is_known_encoding(name):
        message = (
            f"No encoding is named {name!r}. Name one as Python does, such as cp1252, shift_jis or utf-16-le."
        )
        raise HarkenError(message)


def _sample(source: Source) -> bytes:
    sample = bytearray()
    try:
        with closing(source.raw_chunks()) as chunks:
            for chunk in chunks:
                sample += chunk
                if len(sample) >= SAMPLE_BYTES:
                    break
    except BrokenSourceError:
        # What came before the break is enough to tell.
        pass
    return bytes(sample[:SAMPLE_BYTES])
