"""Kinds of papers: their names, and drawings of how a photo has to look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from libs.contracts.catalogue import (
    DocumentKindList,
    DocumentKindView,
    PaperLooks,
    PartOfPaper,
    ServiceView,
)
from libs.contracts.language import Text
from libs.contracts.papers import PhotoConcern
from libs.pages.forms.questions import Question
from libs.pages.gateway import Gateway
from libs.pages.visits import Visit

UNNAMED: Final = Text(bn="কাগজ", en="Paper")
GIVEN_BEFORE: Final = Text(bn="আগে দেওয়া কাগজ", en="A paper that you gave before")

CONCERNS: Final[Mapping[PhotoConcern, Text]] = {
    "small": Text(
        bn="ছবিটি খুব ছোট: ছাপার লেখা পড়া নাও যেতে পারে।",
        en="The photo is very small: print on it may not be readable.",
    ),
    "dark": Text(
        bn="ছবিটি প্রায় কালো। আলোতে, ক্যামেরা থেকে আঙুল সরিয়ে তুলুন।",
        en="The photo is almost black. Take it in the light, with no finger on the lens.",
    ),
    "empty": Text(bn="ছবিতে কিছু দেখা যাচ্ছে না।", en="There seems to be nothing on the photo."),
    "blurred": Text(
        bn="ছবিটি ঝাপসা মনে হচ্ছে। ফোন স্থির রেখে, কাগজে ফোকাস করে তুলুন।",
        en="The photo seems to be blurred. Hold the phone still, and focus on the paper.",
    ),
}
"""The words about a photo that a person should look at again."""

Kinds: TypeAlias = Mapping[str, DocumentKindView]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, width and height."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The drawing of papers of one look.

    Args:
        width: of the drawing.
        height: of the drawing.
        parts: the place of every part on it.
        pages: the number of sheets, or of the sides of a card.
    """

    width: int
    height: int
    parts: Mapping[PartOfPaper, Box]
    pages: int = 1


DRAWINGS: Final[Mapping[PaperLooks, Drawing]] = {
    "card": Drawing(
        320, 214,
        {"photo": (26, 52, 78, 96), "rows": (26, 52, 78, 96), "name": (122, 52, 164, 26),
         "number": (122, 88, 164, 26), "date": (122, 124, 164, 26)},
        pages=2,
    ),
    "booklet": Drawing(
        320, 240,
        {"photo": (26, 46, 78, 96), "name": (122, 46, 172, 26), "number": (122, 81, 172, 26),
         "date": (122, 116, 172, 26), "lines": (26, 160, 268, 36)},
    ),
    "photo": Drawing(
        190, 240,
        {"face": (52, 38, 86, 100), "shoulders": (34, 152, 122, 44), "ground": (148, 24, 26, 62)},
    ),
    "certificate": Drawing(
        250, 310,
        {"number": (28, 64, 120, 24), "name": (28, 106, 194, 28), "date": (28, 214, 92, 26),
         "seal": (150, 200, 72, 64)},
    ),
    "receipt": Drawing(
        220, 280,
        {"number": (26, 52, 130, 24), "name": (26, 90, 168, 26), "date": (26, 186, 74, 28),
         "amount": (114, 186, 80, 28)},
    ),
    "deed": Drawing(
        250, 320,
        {"number": (28, 76, 150, 24), "name": (28, 114, 188, 28), "rows": (28, 156, 188, 60),
         "seal": (140, 232, 76, 44)},
        pages=3,
    ),
    "table": Drawing(
        300, 250,
        {"number": (24, 46, 140, 24), "name": (24, 88, 92, 84), "rows": (128, 88, 146, 84),
         "seal": (206, 184, 68, 34)},
    ),
    "form": Drawing(
        250, 310,
        {"name": (28, 58, 194, 26), "rows": (28, 102, 194, 96), "date": (28, 218, 84, 28),
         "seal": (138, 210, 84, 44)},
    ),
}  # fmt: skip


async def read_kinds(gateway: Gateway, visit: Visit) -> Kinds:
    """Return all kinds of papers by id."""
    listed = await gateway.read(visit, DocumentKindList, "/v1/document-kinds")
    return {kind_view.kind: kind_view for kind_view in listed.items}


def known_kinds(kinds: Kinds, names: Iterable[str]) -> list[DocumentKindView]:
    """Return the kinds with these ids, without repeats and unknown ids."""
    return [kinds[name] for name in dict.fromkeys(names) if name in kinds]


def kinds_for(kinds: Kinds, service: ServiceView, question: Question) -> list[DocumentKindView]:
    """Return the papers that a question takes: its kind, or all that the service names."""
    if question.document_kind is not None:
        return known_kinds(kinds, [question.document_kind])
    return known_kinds(
        kinds,
        (
            kind
            for required_document in service.required_documents.items
            for kind in required_document.kinds
        ),
    )
