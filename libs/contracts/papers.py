"""The limits of a paper, and the media types in which papers are kept.

It imports nothing: the process that opens a file of others starts for each paper, and pydantic
would take two thirds of its start.
"""

from typing import Final, Literal

LARGEST_BYTES: Final = 20 * 1024 * 1024
"""The largest file that is taken. Photos of common phones have 3 to 8 MB, of the best 15."""

MOST_PAGES: Final = 40
MOST_PIXELS: Final = 50_000_000
MOST_FILES: Final = 40
"""Files of one paper; each is a page at least."""

MediaType = Literal["application/pdf", "image/jpeg"]
"""The media type of a kept paper: one photo is JPEG, several photos and PDFs are PDF."""

PhotoConcern = Literal["blurred", "dark", "empty", "small"]
"""Why somebody should look at a photo again: it is taken all the same."""
