"""Photos: turned upright, freed of everything but the picture, and made small enough to read."""

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from libs.contracts.papers import MOST_PIXELS
from services.documents.processing.rules import WrongFile

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
LONGEST_EDGE: Final = 2_600
"""A page of A4 with 220 dots per inch, at which the small print of a certificate can be read."""

THUMBNAIL_EDGE: Final = 360
_QUALITY = 82
_WHITE = (255, 255, 255)

register_heif_opener()


def upright_jpeg(source: Path, target: Path) -> None:
    """Write a photo as JPEG without its metadata; of several pictures the first.

    Raises:
        WrongFile: it is no photo of a kind that is taken, is damaged, or has too many pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked here instead
        try:
            with Image.open(source, formats=FORMATS) as photo:
                _check_pixels(photo)
                photo.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a JPEG is read smaller at once
                save_jpeg(plain(ImageOps.exif_transpose(photo)), target)
        except UnidentifiedImageError:
            raise WrongFile("document_type_unknown") from None
        except Image.DecompressionBombError:
            raise WrongFile("document_too_many_pixels") from None
        except (OSError, SyntaxError, ValueError, EOFError):  # Pillow's ways to say damaged
            raise WrongFile("document_unreadable") from None


def plain(photo: Image.Image) -> Image.Image:
    """Return the picture alone: RGB on white, no metadata, at most `LONGEST_EDGE`."""
    if photo.mode.startswith("I") or photo.mode == "F":
        photo = photo.point(lambda value: value / 256).convert("L")
    if photo.has_transparency_data:
        layered = photo.convert("RGBA")
        photo = Image.new("RGB", photo.size, _WHITE)
        photo.paste(layered, mask=layered.getchannel("A"))
    made = photo.convert("RGB")
    made.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    made.info = {}
    return made


def save_jpeg(picture: Image.Image, target: Path) -> None:
    """Write a picture; the info of its source is not written."""
    picture.save(target, "JPEG", quality=_QUALITY, optimize=True, progressive=True)


def save_thumbnail(picture: Image.Image, target: Path) -> None:
    """Write a small picture for lists."""
    small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    small.info = {}
    save_jpeg(small, target)


def thumbnail_of_jpeg(source: Path, target: Path) -> None:
    """Write the thumbnail of a photo of ours."""
    with Image.open(source, formats=("JPEG",)) as photo:
        photo.draft("RGB", (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
        save_thumbnail(photo, target)


def _check_pixels(photo: Image.Image) -> None:
    if photo.width * photo.height > MOST_PIXELS:
        raise WrongFile("document_too_many_pixels")
