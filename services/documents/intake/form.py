"""The form with which a paper is given: its kind, its files, and until when it is valid."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from libs.contracts.bounds import Day
from libs.contracts.documents import DocumentKind
from libs.contracts.papers import MOST_FILES
from libs.errors import Refused, Unreadable
from libs.web.handling.field_errors import field_errors_of
from services.documents.intake.pipeline import GivenPaper
from services.documents.uploads.rules import clean_name

_FILES: Final = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_FILES,
    "items": {"type": "string", "format": "binary"},
}

FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "examples": {"example": {"value": {"kind": "epi_card", "file": ["photo.jpg"]}}},
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
                        "valid_until": {"type": "string", "format": "date"},
                        "file": _FILES,
                    },
                },
            }
        },
    }
}
"""The form in the API's document."""

FILES_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "examples": {"example": {"value": {"file": ["photo.jpg"]}}},
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _FILES},
                },
            }
        },
    }
}
"""The same of a form with nothing but files."""

_READ_BYTES: Final = 256 * 1024
_MOST_FIELDS: Final = 10


class _Fields(BaseModel):
    """The fields of the form beside its files."""

    kind: DocumentKind
    valid_until: Day | None = None


_QUOTE_IN_FORM: Final = "%22"
"""How browsers write a quotation mark in the name of a file that a form sends."""


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[GivenPaper]:
    """Read the form of a request, and yield the paper; its files are gone afterwards.

    A control without a file, which a browser sends without a name, counts as none.

    Raises:
        Refused: it is no form, or has no file.
        Unreadable: a field is missing or wrong.
    """
    async with _form_of(request) as form:
        fields = _fields(form)
        files = _files_in(form)
        yield GivenPaper(
            fields.kind,
            fields.valid_until,
            clean_name((files[0].filename or "").replace(_QUOTE_IN_FORM, '"')),
            [_content(file) for file in files],
        )


@asynccontextmanager
async def read_files(request: Request) -> AsyncIterator[Sequence[AsyncIterator[bytes]]]:
    """Read a form of which only the files count, and yield them; they are gone afterwards.

    Raises:
        Refused: it is no form, or has no file.
    """
    async with _form_of(request) as form:
        yield [_content(file) for file in _files_in(form)]


@asynccontextmanager
async def _form_of(request: Request) -> AsyncIterator[FormData]:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused("upload_media_type")
    async with request.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS) as form:
        yield form


def _files_in(form: FormData) -> list[UploadFile]:
    files = [
        file
        for file in form.getlist("file")
        if isinstance(file, UploadFile) and (file.filename or file.size)
    ]
    if not files:
        raise Refused("document_missing", pointer="/file")
    return files


def _fields(form: FormData) -> _Fields:
    try:
        return _Fields.model_validate(
            {name: form.get(name) or None for name in _Fields.model_fields}
        )
    except ValidationError as failure:
        raise Unreadable("wrong_shape", "form", field_errors=field_errors_of(failure)) from None


async def _content(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_READ_BYTES):
        yield piece
