"""The limits and the answer of a process that opens files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from libs.contracts.papers import MediaType, PhotoConcern

CONTENT: Final = "content"
THUMBNAIL: Final = "thumbnail"
"""Names of the files that the process writes into its folder; its input is `source-00` and so on.
"""

UNCHANGED: Final = "unchanged"
"""Asks the process to check one PDF and to keep it as it is."""

FileRefusal = Literal[
    "document_empty",
    "document_type_unknown",
    "document_unreadable",
    "document_encrypted",
    "document_too_many_pages",
    "document_too_many_pixels",
    "document_too_large",
    "document_too_demanding",
    "document_no_pdf",
    "document_active",
]


class WrongFile(Exception):
    """A file that cannot become a paper.

    Args:
        code: the problem's code.
    """

    def __init__(self, code: FileRefusal) -> None:
        super().__init__(code)
        self.code: FileRefusal = code


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Measurements of a photo.

    Args:
        longest_px: its longer edge, as it was given.
        brightness: mean of all pixels, 0 for black to 255 for white.
        contrast: standard deviation of all pixels, in the same unit.
        sharpness: the share of its edges that goes when it is blurred, 0 to 1: the softer a photo
            is, the less it loses.
    """

    longest_px: int
    brightness: float
    contrast: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Processed:
    """The properties of a paper that the process made.

    Args:
        media_type: of the content.
        pages: how many; a photo is one.
        photos: of which it was made.
    """

    media_type: MediaType
    pages: int
    photos: tuple[PhotoFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The one line that the process prints, as JSON.

    Args:
        processed: the paper that it made.
        refused: why it made none.
    """

    processed: Processed | None = None
    refused: FileRefusal | None = None


SMALL_BELOW_PX: Final = 500
"""On a page of A4 a letter of 2 mm has then 3 dots, and cannot be read; a passport photo (40 by 50
mm with 300 dots per inch) has 590."""
DARK_BELOW: Final = 40.0
"""A paper is white: a photo of one is darker only in the dark, or with a finger on the lens."""
EMPTY_BELOW: Final = 2.0
"""The standard deviation of a page with three lines of print is 11, of an empty one under 1."""
BLURRED_BELOW: Final = 0.42
"""Print in focus has 0.85 or more, a drawn face 0.6. Print that cannot be read, blurred by a third
of the height of its small letters, has less than 0.4. The tests measure drawn pages. The grain of a
photo counts as edges: a very grainy one is not found."""


def concerns_of(photos: Iterable[PhotoFacts]) -> list[PhotoConcern]:
    """Return the concerns that a person should check before a paper of these photos is sent."""
    found: set[PhotoConcern] = set()
    for photo in photos:
        if photo.longest_px < SMALL_BELOW_PX:
            found.add("small")
        if photo.brightness < DARK_BELOW:
            found.add("dark")
        elif photo.contrast < EMPTY_BELOW:
            found.add("empty")
        elif photo.sharpness < BLURRED_BELOW:
            found.add("blurred")
    return sorted(found)


def source_name(number: int) -> str:
    """Return the name of an input file."""
    return f"source-{number:02}"
