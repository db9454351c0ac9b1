"""How a kept file is handed to a browser: a clean picture to be looked at, everything else to be saved."""

from collections.abc import Mapping

# Only what was encoded anew here is ever shown; what a file says of itself decides nothing.
SHOWN_TYPES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
OPAQUE = "application/octet-stream"


def content_type_of(media_type: str, *, is_picture: bool) -> str:
    """Return the type a file is served as."""
    return media_type if is_picture and media_type in SHOWN_TYPES else OPAQUE


def headers_of(media_type: str, *, is_picture: bool, sha256: str) -> Mapping[str, str]:
    """Return the headers that keep a foreign file from doing anything: no script, no guess, no name of its own."""
    content_type = content_type_of(media_type, is_picture=is_picture)
    ending = SHOWN_TYPES.get(content_type, "bin")
    disposition = "attachment" if content_type == OPAQUE else "inline"
    return {
        "Content-Disposition": f'{disposition}; filename="attachment-{sha256[:12]}.{ending}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        # Who may see a file may cease to, and it may be withdrawn.
        "Cache-Control": "private, no-cache",
    }
