"""HTTP routes of areas and post offices, answered from memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import ascii_digits
from libs.contracts.catalogue import AreaKind
from libs.errors import Refused
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.rules import AreaFilter
from services.catalogue.responses import CachedBodies, conditional_response, int_query

LIMIT_MAX: Final = 500
_LIMIT_DEFAULT: Final = 100
_OFFSET_MAX: Final = 1_000_000

_KIND_OF_PATH: Final[Mapping[str, AreaKind]] = {
    "geo-divisions": "geo_division",
    "districts": "district",
    "upazilas": "upazila",
    "city-corporations": "city_corporation",
    "unions": "union",
}
_FILTER_KINDS: Final[tuple[AreaKind, ...]] = ("geo_division", "district", "upazila")


@dataclass(frozen=True, slots=True)
class AreaRoutes:
    """Routes of areas and post offices.

    Args:
        bodies: returns the bodies of the current index.
        cache_control: of every answer.
    """

    bodies: Callable[[], CachedBodies[AreaIndex]]
    cache_control: str

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/areas/postcodes", self.list_postcodes),
            Route("/v1/areas/{kind}", self.list_areas),
        ]

    async def list_areas(self, request: Request) -> Response:
        """List the areas of one kind, also those inside other areas only.

        Raises:
            Refused: there is no such kind of area.
        """
        kind = _KIND_OF_PATH.get(request.path_params["kind"])
        if kind is None:
            raise Refused("not_found")
        body = self.bodies().read(AreaIndex.areas, kind, _filter(request))
        return conditional_response(request, body, self.cache_control)

    async def list_postcodes(self, request: Request) -> Response:
        """List post offices, by area or by post code."""
        text = request.query_params.get("post_code")
        post_code = None if text is None else ascii_digits(text.strip())
        body = self.bodies().read(AreaIndex.post_offices, _filter(request), post_code)
        return conditional_response(request, body, self.cache_control)


def _filter(request: Request) -> AreaFilter:
    query = request.query_params
    return AreaFilter(
        inside=tuple((kind, ascii_digits(query[kind])) for kind in _FILTER_KINDS if kind in query),
        offset=int_query(request, "offset", 0, minimum=0, maximum=_OFFSET_MAX),
        limit=int_query(request, "limit", _LIMIT_DEFAULT, minimum=1, maximum=LIMIT_MAX),
    )
