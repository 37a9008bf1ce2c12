"""HTTP routes of the catalogue: all of them read, and all from memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import Malformed, ascii_digits, parse_int
from libs.contracts.catalogue import AreaKind
from libs.errors import Refused
from services.catalogue.atlas import Within
from services.catalogue.serving import Question, Rendered, Stock
from services.catalogue.shelf import ServiceQuery

MOST_SERVICES: Final = 100
MOST_AREAS: Final = 500
_AREAS_AT_ONCE: Final = 100
_FURTHEST: Final = 1_000_000
_STALE_IF_ERROR_S: Final = 24 * 3600

_PATHS: Final[Mapping[str, AreaKind]] = {
    "geo-divisions": "geo_division",
    "districts": "district",
    "upazilas": "upazila",
    "city-corporations": "city_corporation",
    "unions": "union",
}
_PARENTS: Final[tuple[AreaKind, ...]] = ("geo_division", "district", "upazila")
_YES_NO: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Services:
    query: ServiceQuery

    def answer(self, stock: Stock) -> BaseModel:
        return stock.shelf.list_services(self.query)


@dataclass(frozen=True, slots=True)
class _OneService:
    public_service_id: str

    def answer(self, stock: Stock) -> BaseModel:
        return stock.shelf.view(self.public_service_id)


@dataclass(frozen=True, slots=True)
class _Categories:
    def answer(self, stock: Stock) -> BaseModel:
        return stock.shelf.categories()


@dataclass(frozen=True, slots=True)
class _Bodies:
    def answer(self, stock: Stock) -> BaseModel:
        return stock.shelf.bodies()


@dataclass(frozen=True, slots=True)
class _Areas:
    kind: AreaKind
    within: Within

    def answer(self, stock: Stock) -> BaseModel:
        return stock.atlas.areas(self.kind, self.within)


@dataclass(frozen=True, slots=True)
class _PostOffices:
    within: Within
    post_code: str | None

    def answer(self, stock: Stock) -> BaseModel:
        return stock.atlas.post_offices(self.within, self.post_code)


class CatalogueApi:
    """The routes, over what this process serves.

    Args:
        stock: gives what is offered now; raises Unavailable while there is nothing.
        cache_s: seconds for which a browser or proxy may keep an answer.
    """

    def __init__(self, stock: Callable[[], Stock], *, cache_s: int) -> None:
        self._stock = stock
        self._cache_control = (
            f"public, max-age={cache_s}, stale-if-error={max(cache_s, _STALE_IF_ERROR_S)}"
        )

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/services", self.list_services),
            Route("/v1/services/{public_service_id}", self.view_service),
            Route("/v1/categories", self.list_categories),
            Route("/v1/bodies", self.list_bodies),
            Route("/v1/areas/postcodes", self.list_postcodes),
            Route("/v1/areas/{kind}", self.list_areas),
        ]

    async def list_services(self, request: Request) -> Response:
        """List, filter and search public services."""
        asked = request.query_params
        query = ServiceQuery(
            q=asked.get("q"),
            category=asked.get("category"),
            body=asked.get("body"),
            open=_yes_no(asked, "open"),
            limit=_number(asked, "limit", MOST_SERVICES, least=1, most=MOST_SERVICES),
        )
        return self._answer(request, _Services(query))

    async def view_service(self, request: Request) -> Response:
        """Show one public service with its form."""
        return self._answer(request, _OneService(request.path_params["public_service_id"]))

    async def list_categories(self, request: Request) -> Response:
        """List the categories."""
        return self._answer(request, _Categories())

    async def list_bodies(self, request: Request) -> Response:
        """List the bodies of government."""
        return self._answer(request, _Bodies())

    async def list_areas(self, request: Request) -> Response:
        """List areas of one kind, those inside of others where asked for.

        Raises:
            Refused: there is no such kind of area.
        """
        kind = _PATHS.get(request.path_params["kind"])
        if kind is None:
            raise Refused("not_found")
        return self._answer(request, _Areas(kind, _within(request.query_params)))

    async def list_postcodes(self, request: Request) -> Response:
        """List post offices, by area or by code."""
        asked = request.query_params
        post_code = asked.get("post_code")
        if post_code is not None:
            post_code = ascii_digits(post_code.strip())
        return self._answer(request, _PostOffices(_within(asked), post_code))

    def _answer(self, request: Request, question: Question) -> Response:
        rendered = self._stock().rendered(question)
        headers = {"etag": rendered.etag, "cache-control": self._cache_control}
        if _is_known(request, rendered):
            return Response(status_code=304, headers=headers)
        return Response(rendered.body, media_type="application/json", headers=headers)


def _is_known(request: Request, rendered: Rendered) -> bool:
    """Tell whether the caller has the answer already (RFC 9110, 13.1.2: weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in _header(request).split(",")]
    return rendered.etag in known or known == ["*"]


def _header(request: Request) -> str:
    return ",".join(request.headers.getlist("if-none-match"))


def _within(asked: QueryParams) -> Within:
    areas = tuple((kind, ascii_digits(asked[kind])) for kind in _PARENTS if kind in asked)
    return Within(
        areas,
        offset=_number(asked, "offset", 0, least=0, most=_FURTHEST),
        limit=_number(asked, "limit", _AREAS_AT_ONCE, least=1, most=MOST_AREAS),
    )


def _number(asked: QueryParams, name: str, default: int, *, least: int, most: int) -> int:
    """Read a number from the query.

    Raises:
        Refused: it is no number, or out of bounds.
    """
    text = asked.get(name)
    if text is None:
        return default
    try:
        number = parse_int(text)
    except Malformed:
        raise Refused("bad_query", pointer=f"/{name}") from None
    if not least <= number <= most:
        raise Refused("bad_query", pointer=f"/{name}")
    return number


def _yes_no(asked: QueryParams, name: str) -> bool | None:
    """Read true or false from the query.

    Raises:
        Refused: it is neither.
    """
    text = asked.get(name)
    if text is None:
        return None
    if text not in _YES_NO:
        raise Refused("bad_query", pointer=f"/{name}")
    return _YES_NO[text]
