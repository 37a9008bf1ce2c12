"""The process that opens files of others; the opener starts it, with limits.

It reads and writes in its folder only, and prints one line of JSON. Its failure affects no other
process.

A process starts for each paper, so it imports little: with pydantic it took twice as long.
"""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from services.documents.processing.rules import (
    CONTENT,
    THUMBNAIL,
    UNCHANGED,
    Answer,
    PhotoFacts,
    Processed,
    WrongFile,
)


def process(folder: Path) -> Processed:
    """Make content and thumbnail of the files in a folder; several become one PDF.

    Raises:
        WrongFile: one of them cannot become a paper.
    """
    # Loaded here, after the limits, and only what the files need.
    from services.documents.processing import images, pdfs

    sources = sorted(folder.glob("source-*"))
    if any(source.stat().st_size == 0 for source in sources):
        raise WrongFile("document_empty")
    content, thumbnail = folder / CONTENT, folder / THUMBNAIL
    if len(sources) == 1 and not pdfs.is_pdf(sources[0]):
        facts = images.upright_jpeg(sources[0], content)
        images.thumbnail_of_jpeg(content, thumbnail)
        return Processed(media_type="image/jpeg", pages=1, photos=(facts,))
    photos: list[PhotoFacts] = []
    parts = [
        _part(source, folder / f"part-{number:02}", photos) for number, source in enumerate(sources)
    ]
    pages = pdfs.joined(parts, content)
    pdfs.thumbnail_of_pdf(content, thumbnail)
    return Processed(media_type="application/pdf", pages=pages, photos=tuple(photos))


def check(folder: Path) -> Processed:
    """Check the one PDF in a folder, which stays as it is.

    Raises:
        WrongFile: it is none, or has what a paper may not have.
    """
    from services.documents.processing import pdfs

    (source,) = folder.glob("source-*")
    if source.stat().st_size == 0:
        raise WrongFile("document_empty")
    if not pdfs.is_pdf(source):
        raise WrongFile("document_no_pdf")
    pages = pdfs.check_unchanged(source)
    pdfs.thumbnail_of_pdf(source, folder / THUMBNAIL)
    shutil.copyfile(source, folder / CONTENT)
    return Processed(media_type="application/pdf", pages=pages)


def _part(source: Path, target: Path, photos: list[PhotoFacts]) -> Path:
    """Write one file as a PDF, and return its path; add the measurements of a photo."""
    from services.documents.processing import images, pdfs

    if pdfs.is_pdf(source):
        pdfs.clean_pdf(source, target)
    else:
        photo = target.with_suffix(".jpg")
        photos.append(images.upright_jpeg(source, photo))
        pdfs.pdf_of_photo(photo, target)
    return target


def main(arguments: list[str]) -> None:
    """Process one folder, which is the first argument; `UNCHANGED` behind it only checks."""
    folder, *how = arguments
    try:
        answer = Answer(processed=(check if how == [UNCHANGED] else process)(Path(folder)))
    except WrongFile as failure:
        answer = Answer(refused=failure.code)
    except MemoryError:
        answer = Answer(refused="document_too_demanding")
    sys.stdout.write(json.dumps(asdict(answer)))
