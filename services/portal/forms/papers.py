"""The papers in a form, shown by their names.

A draft stores the id of a paper, as the body of an application does.
"""

from dataclasses import replace

from libs.contracts.documents import DocumentList, DocumentView
from libs.contracts.language import Language
from libs.errors import Unavailable
from libs.pages.forms.controls import is_paper
from libs.pages.forms.filling import Filling, with_service_named
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.papers import GIVEN_BEFORE, UNNAMED
from libs.pages.visits import Visit


async def read_locker(gateway: Gateway, visit: Visit) -> list[DocumentView]:
    """Return the citizen's papers, the newest first."""
    return (await gateway.read(visit, DocumentList, "/v1/documents", personal=True)).items


async def in_words(gateway: Gateway, visit: Visit, filling: Filling) -> Filling:
    """Return a form to be checked or read: names of papers and services, and no ids."""
    return await with_names(gateway, visit, await with_service_named(gateway, visit, filling))


async def with_names(gateway: Gateway, visit: Visit, filling: Filling) -> Filling:
    """Return a form to be shown: with the names of its papers in the place of their ids."""
    named = {name: value for name, value in filling.typed.items() if is_paper(name)}
    if not named:
        return filling
    try:
        papers = {
            str(document_view.document_id): document_view
            for document_view in await read_locker(gateway, visit)
        }
    except (ApiProblem, Unavailable):  # a form is filled in without the names of its papers
        papers = {}
    names = {
        name: name_of(papers[value], visit.language)
        if value in papers
        else GIVEN_BEFORE.in_language(visit.language)
        for name, value in named.items()
    }
    return replace(filling, typed={**filling.typed, **names})


def name_of(paper: DocumentView, language: Language) -> str:
    """Return the name of a paper."""
    return paper.name or UNNAMED.in_language(language)
