r"""Fields of a row in the text format of PostgreSQL's COPY.

A JSON string is escaped as COPY escapes a text: \n, \t, \\ and even \" read the same in both. So the string that
was made for the hash serves the row as well, and nothing is escaped twice.
"""

from collections.abc import Iterable

import orjson

NULL = b"\\N"


def text_field(text: str) -> bytes:
    """Return a text as a field; it holds no NUL character."""
    return field_of_json_string(orjson.dumps(text))


def number_field(number: int | None) -> bytes:
    """Return a whole number as a field."""
    return NULL if number is None else b"%d" % number


def field_of_json_string(string: bytes) -> bytes:
    """Return the text of a JSON string, quotes included, as a field."""
    # Looking for one byte is ten times as fast as looking for two, and is mostly enough.
    if b"\\" in string and b"\\u" in string:
        # Other control characters: COPY does not know this escape, and takes the character itself.
        return _escaped(orjson.loads(string))
    return string[1:-1]


def json_field(value: bytes) -> bytes:
    """Return a JSON text as a field: without line ends, since JSON escapes them inside strings."""
    return value.replace(b"\\", b"\\\\")


def line_of(fields: Iterable[bytes]) -> bytes:
    """Return fields as one line."""
    return b"\t".join(fields) + b"\n"


def with_last_fields(lines: bytes, fields: Iterable[bytes]) -> bytes:
    """Return lines, each with these fields at its end: line ends inside of fields are escaped."""
    return lines.replace(b"\n", b"\t" + line_of(fields))


def _escaped(text: str) -> bytes:
    if "\x00" in text:
        raise ValueError("PostgreSQL keeps no NUL characters")
    content = text.encode().replace(b"\\", b"\\\\")
    return content.replace(b"\n", b"\\n").replace(b"\r", b"\\r").replace(b"\t", b"\\t")
