"""Pictures lose everything but their pixels, and hostile files cost nothing."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from curation.domain.importers.pictures import MAX_PIXELS, TooManyPixelsError, clean_picture

SECRET = b"N 48.2082 E 16.3738"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(mode: str = "RGB") -> Image.Image:
    image = Image.linear_gradient("L").resize((64, 40))
    return image.convert(mode)


def photo_with_place(*, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 29.5)
    return encoded(gradient(), "JPEG", exif=exif, comment=SECRET)


def test_the_place_of_a_photo_is_gone() -> None:
    kept = clean_picture(photo_with_place())
    assert SECRET in photo_with_place()
    assert kept is not None
    assert SECRET not in kept.content
    assert not Image.open(io.BytesIO(kept.content)).getexif()


def test_a_photo_stays_the_way_up_that_its_camera_was_held() -> None:
    kept = clean_picture(photo_with_place(orientation=6))
    assert kept is not None
    assert (kept.width, kept.height) == (40, 64)


def test_the_texts_of_a_png_are_gone_and_its_pixels_are_not() -> None:
    notes = PngInfo()
    notes.add_text("Comment", SECRET.decode())
    given = encoded(gradient("RGBA"), "PNG", pnginfo=notes)
    kept = clean_picture(given)
    assert kept is not None
    assert SECRET not in kept.content
    assert Image.open(io.BytesIO(kept.content)).tobytes() == gradient("RGBA").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_these_kinds_lose_no_pixel(kind: str) -> None:
    given = encoded(gradient("RGB"), kind, **({"lossless": True} if kind == "WEBP" else {}))
    kept = clean_picture(given)
    assert kept is not None
    before, after = Image.open(io.BytesIO(given)), Image.open(io.BytesIO(kept.content))
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_a_clean_picture_stays_as_it_is(kind: str) -> None:
    once = clean_picture(encoded(gradient(), kind))
    assert once is not None
    twice = clean_picture(once.content)
    assert twice is not None
    assert twice.content == once.content


def test_what_hides_behind_a_picture_is_gone() -> None:
    script = b"<script>alert(1)</script>PK\x03\x04"
    for kind in ("PNG", "JPEG", "GIF"):
        kept = clean_picture(encoded(gradient(), kind) + script)
        assert kept is not None
        assert b"script" not in kept.content


def test_a_bomb_is_refused_by_its_header_alone() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(TooManyPixelsError):
        clean_picture(bomb + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")))


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"",
        encoded(gradient(), "PNG")[:60],
        encoded(gradient(), "TIFF"),
        encoded(gradient("P"), "GIF", save_all=True, append_images=[Image.new("P", (64, 40), 3)]),
    ],
    ids=["svg", "pdf", "empty", "cut", "another kind", "animated"],
)
def test_what_is_no_still_picture_is_none(content: bytes) -> None:
    assert clean_picture(content) is None
