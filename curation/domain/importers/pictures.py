"""Pictures as they are kept: encoded anew from their pixels, so that nothing else that lay in the file is."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

# A picture of a telephone's camera has 12 to 50 million pixels; decoded, each takes up to 4 bytes.
MAX_PIXELS = 50_000_000
THUMBNAIL_SIDE = 320

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
# Of all that a file may say beside its pixels, only which of them are clear is kept.
_KEPT_INFO = {"transparency"}


class TooManyPixelsError(Exception):
    """A picture whose header promises more pixels than are ever decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture without metadata, and its thumbnail as PNG."""

    content: bytes
    thumbnail: bytes
    media_type: str
    width: int
    height: int


def clean_picture(content: bytes) -> Picture | None:
    """Return the picture that bytes hold, turned as its camera was held, and stripped of everything but its pixels.

    None for what is no PNG, JPEG, GIF or WebP of one frame, whatever it claims to be, or is damaged. Raises
    TooManyPixelsError before anything is decoded.
    """
    try:
        with Image.open(io.BytesIO(content), formats=list(MEDIA_TYPES)) as image:
            _require_few_pixels(image)
            if getattr(image, "n_frames", 1) > 1:
                return None
            return _cleaned(image, kind=image.format or "")
    except TooManyPixelsError:
        raise
    except Exception:  # noqa: BLE001 - what Pillow raises for a damaged file depends on where the damage is
        return None


def _require_few_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise TooManyPixelsError


def _cleaned(image: Image.Image, *, kind: str) -> Picture:
    options = _options_of(image, kind=kind)
    turned = ImageOps.exif_transpose(image)
    turned.info = {name: value for name, value in turned.info.items() if name in _KEPT_INFO}
    return Picture(
        content=_encoded(turned, kind=kind, options=options),
        thumbnail=_thumbnail(turned),
        media_type=MEDIA_TYPES[kind],
        width=turned.width,
        height=turned.height,
    )


def _options_of(image: Image.Image, *, kind: str) -> Mapping[str, Any]:
    """Return how a picture is encoded with the least loss: a JPEG with its own tables, all others with none."""
    if isinstance(image, JpegImageFile):
        sampling = get_sampling(image)
        # -1 is a sampling that has no number; 4:4:4 loses nothing of it.
        return {"qtables": image.quantization, "subsampling": max(sampling, 0)}
    return {"lossless": True, "exact": True} if kind == "WEBP" else {}


def _encoded(image: Image.Image, *, kind: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _thumbnail(image: Image.Image) -> bytes:
    """Return a small picture as PNG; it is made small first, so that a large one is not copied."""
    is_clear = "A" in image.getbands() or "transparency" in image.info
    shrink = min(1.0, THUMBNAIL_SIDE / max(image.size))
    if image.mode in {"L", "RGB", "RGBA", "CMYK"}:
        size = (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
        image = image.resize(size, reducing_gap=2.0)
    small = image.convert("RGBA" if is_clear else "RGB")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small.info = {}
    return _encoded(small, kind="PNG", options={})
