"""Pictures as they are kept: decoded within limits and encoded anew, so that nothing but what is seen remains."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

MAXIMUM_BYTES: Final = 10_000_000
MAXIMUM_PIXELS: Final = 24_000_000
LONGEST_SIDE: Final = 1_600
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg"}
_QUALITY: Final = 85
_PHOTOGRAPHS: Final = frozenset({"JPEG", "WEBP"})
_WORDS_NO_PICTURE: Final = "This is no picture that can be read here. Take a PNG, JPEG, WebP or GIF file."
_WORDS_TOO_MANY: Final = f"The picture has more than {MAXIMUM_PIXELS // 1_000_000} million pixels."


class UnusablePictureError(ValueError):
    """The file is no picture that can be kept; the message says why, in words for its author."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: its bytes, `png` or `jpeg`, and its size in pixels."""

    content: bytes
    kind: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Return what no other picture has: 64 hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def encoded_anew(given: bytes) -> Picture:
    """Return the picture in a file: upright, at most 1,600 pixels wide and high, without anything hidden in the file.

    Of one that moves, the first image. Raises UnusablePictureError. Files that unfold to more than 24 million
    pixels are refused before they are decoded.
    """
    if len(given) > MAXIMUM_BYTES:
        raise UnusablePictureError(f"The file is larger than {MAXIMUM_BYTES // 1_000_000} MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _kept(given)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePictureError(_WORDS_TOO_MANY) from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
        IndexError,
        KeyError,
        TypeError,
        Warning,
    ) as error:
        if isinstance(error, UnusablePictureError):
            raise
        raise UnusablePictureError(_WORDS_NO_PICTURE) from error


def _kept(given: bytes) -> Picture:
    with Image.open(io.BytesIO(given), formats=FORMATS) as opened:
        if opened.width * opened.height > MAXIMUM_PIXELS:
            raise UnusablePictureError(_WORDS_TOO_MANY)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # of a photograph, no more is decoded than is kept
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        kind = "jpeg" if opened.format in _PHOTOGRAPHS and not _is_clear(upright) else "png"
    drawn = _plain(upright, kind)
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=_QUALITY, optimize=True) if kind == "jpeg" else drawn.save(file, "PNG")
    return Picture(file.getvalue(), kind, drawn.width, drawn.height)


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """Return the pixels alone, as a new image: no profile, comment or palette comes along."""
    grey = image.mode in {"1", "L"}
    mode = "RGBA" if kind == "png" and _is_clear(image) else "L" if grey else "RGB"
    drawn = Image.new(mode, image.size)
    drawn.paste(image.convert(mode))
    return drawn


def _is_clear(image: Image.Image) -> bool:
    """Tell whether parts of a picture may be seen through."""
    return image.mode in {"LA", "La", "RGBA", "RGBa", "PA"} or "transparency" in image.info
