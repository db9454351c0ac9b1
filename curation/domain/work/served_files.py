"""How a kept file is handed to a browser: a clean picture to be looked at, everything else to be saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Only what was encoded anew here is ever shown; what a file says of itself decides nothing.
SHOWN_TYPES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
OPAQUE = "application/octet-stream"
# No script, no guess at another type; and no copy, since who may see a file may cease to, and it may be withdrawn.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The type that a file is served as, a name that is ours, and whether it may only be saved."""

    content_type: str
    file_name: str
    is_download: bool


def serving_of(media_type: str, *, is_picture: bool, sha256: str) -> Serving:
    """Say how a file is served."""
    is_shown = is_picture and media_type in SHOWN_TYPES
    ending = SHOWN_TYPES[media_type] if is_shown else "bin"
    return Serving(
        content_type=media_type if is_shown else OPAQUE,
        file_name=f"attachment-{sha256[:12]}.{ending}",
        is_download=not is_shown,
    )
