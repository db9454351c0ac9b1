"""Requests that say they are larger than an upload may be: not a byte of them is kept."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

# Under this key of a request's META the view learns that its upload was not read.
TOO_LARGE = "harken.upload_too_large"
# What a form has besides its file.
_FORM_BYTES = 1 << 20


class BoundedUploadHandler(FileUploadHandler):
    """Leaves every request to the handlers after it, except one that is too large to be read at all."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django passes it by this name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Look at the length before anything is read; a request beyond the limit comes out empty."""
        if content_length <= settings.HARKEN_UPLOAD_MAX_BYTES + _FORM_BYTES:
            return None
        META[TOO_LARGE] = True
        return QueryDict(), MultiValueDict()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand every chunk on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""
