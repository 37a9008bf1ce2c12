"""The limits and the answer of a process that opens files."""

from dataclasses import dataclass
from typing import Final, Literal

from libs.contracts.papers import MediaType

CONTENT: Final = "content"
THUMBNAIL: Final = "thumbnail"
"""Names of the files that the process writes into its folder; its input is `source-00` and so on.
"""

FileRefusal = Literal[
    "document_empty",
    "document_type_unknown",
    "document_unreadable",
    "document_encrypted",
    "document_too_many_pages",
    "document_too_many_pixels",
    "document_too_large",
    "document_too_demanding",
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
class Processed:
    """The properties of a paper that the process made.

    Args:
        media_type: of the content.
        pages: how many; a photo is one.
    """

    media_type: MediaType
    pages: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The one line that the process prints, as JSON.

    Args:
        processed: the paper that it made.
        refused: why it made none.
    """

    processed: Processed | None = None
    refused: FileRefusal | None = None


def source_name(number: int) -> str:
    """Return the name of an input file."""
    return f"source-{number:02}"
