"""Files handed over from any byte on, so that a download that broke off can go on (RFC 9110, section 14)."""

import base64
import re
from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

CHUNK_BYTES = 64 * 1024

# No file has more bytes than 18 digits count; a longer number is no range, and is ignored.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def download_response(
    request: HttpRequest, file: IO[bytes], *, size: int, sha256: str, file_name: str
) -> HttpResponseBase:
    """Return a file to be saved, or the part that is asked for; its sha256 is the tag that says it is the same file.

    Answers 416 for a part that lies outside the file. Several parts at once are answered with the whole file.
    """
    tag = f'"{sha256}"'
    span = _wanted_span(request, size=size, tag=tag)
    response: HttpResponseBase
    if span is None:
        response = FileResponse(file, as_attachment=True, filename=file_name)
    elif span.start >= size or not span:
        file.close()
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        response = _part(file, span, size=size, file_name=file_name)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    return response


def _wanted_span(request: HttpRequest, *, size: int, tag: str) -> range | None:
    """Return the bytes that are asked for; None for the whole file, as for a part of another file."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or found.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size) if int(last) else range(size, size)
    end = min(int(last), size - 1) if last else size - 1
    # A last byte before the first is no range at all, and is ignored.
    return None if last and int(last) < int(first) else range(int(first), end + 1)


def _part(file: IO[bytes], span: range, *, size: int, file_name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        _bytes_of(file, span), status=206, content_type="application/octet-stream"
    )
    # The name is one that Harken made: letters, digits, hyphens and dots.
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["Content-Length"] = str(len(span))
    response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    return response


def _bytes_of(file: IO[bytes], span: range) -> Iterator[bytes]:
    with file:
        file.seek(span.start)
        left = len(span)
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
