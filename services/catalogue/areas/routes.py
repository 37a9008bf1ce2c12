"""HTTP routes of areas and post offices; responses come from memory."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.catalogue import (
    AreaKind,
    AreaPage,
    AreasQuery,
    PostOfficePage,
    PostOfficesQuery,
)
from libs.errors import Refused
from libs.web.handling.routes import Routes
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.snapshot import Snapshot

routes = Routes()

_KIND_OF_PATH: Final[Mapping[str, AreaKind]] = {
    "geo-divisions": "geo_division",
    "districts": "district",
    "upazilas": "upazila",
    "city-corporations": "city_corporation",
    "unions": "union",
}
_KIND: Final = Field(examples=["districts"], json_schema_extra={"enum": [*_KIND_OF_PATH]})


@routes.get("/v1/areas/postcodes", answer=PostOfficePage, cached=True, problems=("area_not_found",))
async def list_post_offices(
    query: PostOfficesQuery, request: Request, index: Snapshot[AreaIndex]
) -> Response:
    """Post offices and their codes. One is in an upazila if its thana has the upazila's name.

    One in four is in none: thanas of cities, and other spellings.
    """
    return index.answer(request, AreaIndex.post_offices, query)


@routes.get("/v1/areas/{kind}", answer=AreaPage, cached=True, problems=("area_not_found",))
async def list_areas(
    kind: Annotated[str, _KIND],
    query: AreasQuery,
    request: Request,
    index: Snapshot[AreaIndex],
) -> Response:
    """Divisions, districts, upazilas, city corporations, unions.

    Raises:
        Refused: there is no such kind of area.
    """
    if kind not in _KIND_OF_PATH:
        raise Refused("not_found")
    return index.answer(request, AreaIndex.areas, _KIND_OF_PATH[kind], query)
