"""Photos: turned upright, freed of everything but the picture, and made small enough to read."""

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError
from pillow_heif import register_heif_opener

from libs.contracts.papers import MOST_PIXELS
from services.documents.processing.rules import PhotoFacts, WrongFile

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
LONGEST_EDGE: Final = 2_600
"""A page of A4 with 220 dots per inch, at which the small print of a certificate can be read."""

THUMBNAIL_EDGE: Final = 360
_QUALITY = 82
_MEASURED_EDGE: Final = 1_000
_BLUR_PX: Final = 2
_WHITE = (255, 255, 255)

register_heif_opener()


def upright_jpeg(source: Path, target: Path) -> PhotoFacts:
    """Write a photo as JPEG without its metadata, and measure it; of several pictures the first.

    Raises:
        WrongFile: it is no photo of a kind that is taken, is damaged, or has too many pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked here instead
        try:
            with Image.open(source, formats=FORMATS) as photo:
                _check_pixels(photo)
                longest_px = max(photo.size)
                photo.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a JPEG is read smaller at once
                picture = plain(ImageOps.exif_transpose(photo))
                save_jpeg(picture, target)
                return measured(picture, longest_px)
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


def measured(picture: Image.Image, longest_px: int) -> PhotoFacts:
    """Measure a picture, made small first: so noise counts little, and all sizes alike.

    Sharpness compares the edges with those of the same picture blurred, as Crete and others do
    (2007): so it does not depend on how much is on the page. The softer direction counts, since a
    moved camera blurs one only.
    """
    grey = picture.convert("L")
    grey.thumbnail((_MEASURED_EDGE, _MEASURED_EDGE), Image.Resampling.BOX)
    seen = ImageStat.Stat(grey)
    sharpness = min(_share_of_edges(grey, 1, 0), _share_of_edges(grey, 0, 1))
    return PhotoFacts(longest_px, round(seen.mean[0], 1), round(seen.stddev[0], 1), sharpness)


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


def _share_of_edges(grey: Image.Image, across: int, down: int) -> float:
    """Return the share of the edges in one direction that a blur takes away; 0 if there is none."""
    soft = grey.filter(ImageFilter.BoxBlur((across * _BLUR_PX, down * _BLUR_PX)))
    before, after = (
        ImageStat.Stat(ImageChops.difference(image, ImageChops.offset(image, across, down))).sum2[0]
        for image in (grey, soft)
    )
    return round(1 - after / before, 3) if before else 0.0


def _check_pixels(photo: Image.Image) -> None:
    if photo.width * photo.height > MOST_PIXELS:
        raise WrongFile("document_too_many_pixels")
