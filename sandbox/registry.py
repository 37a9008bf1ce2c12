"""The citizen registry, with people who do not exist."""

from typing import Final, Literal

from pydantic import BaseModel
from starlette.responses import Response

from libs.bangladesh.identifiers import parse_nid
from libs.bangladesh.text import Malformed
from libs.errors import Refused
from libs.web.handling.responses import json_response
from libs.web.handling.routes import Routes
from sandbox.faults.destinations import REGISTRY
from sandbox.faults.injector import FaultInjector

Match = Literal["full", "partial", "none"]

_BY_ENDING: Final[dict[str, Match]] = {"00": "none", "01": "partial"}

routes = Routes()


class Found(BaseModel):
    """The match of a national identity number with the registry."""

    match: Match


@routes.get("/registry/citizens/{nid}", public=False)
async def find_citizen(nid: str, injector: FaultInjector) -> Response:
    """Show how well a national identity number matches."""

    async def act() -> Response:
        try:
            return json_response(Found(match=match_of(parse_nid(nid))))
        except Malformed as failure:
            raise Refused("sandbox_nid_malformed", failure.reason) from None

    return await injector.through(REGISTRY, act)


def match_of(nid: str) -> Match:
    """Return how well a number matches; its last two digits decide, so that a caller can choose.

    Args:
        nid: as `libs.bangladesh.identifiers.parse_nid` returns it.
    """
    return _BY_ENDING.get(nid[-2:], "full")
